// Package settings reads the server's settings from a file of `key: value` lines.
package settings

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Settings are what an operator may change without a new binary.
type Settings struct {
	Port            uint16
	Greeting        string
	TimeZone        *time.Location
	ShutdownTimeout time.Duration
}

// Load reads the settings file at path.
func Load(path string) (Settings, error) {
	file, err := os.Open(path)
	if err != nil {
		return Settings{}, err
	}
	defer file.Close()

	settings, err := Parse(file)
	if err != nil {
		return Settings{}, fmt.Errorf("%s: %w", path, err)
	}
	return settings, nil
}

// Parse reads `key: value` lines: the part of YAML that a flat file needs. Values may be in double quotes; empty lines
// and lines that begin with # say nothing.
func Parse(text io.Reader) (Settings, error) {
	settings := Settings{TimeZone: time.UTC}
	lines := bufio.NewScanner(text)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := settings.set(line); err != nil {
			return Settings{}, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return settings, lines.Err()
}

// SetPort takes the port from its decimal text.
func (s *Settings) SetPort(text string) error {
	port, err := strconv.ParseUint(text, 10, 16)
	s.Port = uint16(port)
	return err
}

func (s *Settings) set(line string) (err error) {
	key, value, found := strings.Cut(line, ":")
	if !found {
		return fmt.Errorf("expected `key: value`, found %q", line)
	}
	if value, err = unquote(strings.TrimSpace(value)); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	switch key {
	case "port":
		err = s.SetPort(value)
	case "greeting":
		s.Greeting = value
	case "time_zone":
		s.TimeZone, err = time.LoadLocation(value)
	case "shutdown_timeout":
		s.ShutdownTimeout, err = time.ParseDuration(value)
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func unquote(value string) (string, error) {
	if strings.HasPrefix(value, `"`) {
		return strconv.Unquote(value)
	}
	return value, nil
}
