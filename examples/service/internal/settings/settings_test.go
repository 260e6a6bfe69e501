package settings

import (
	"strings"
	"testing"
	"time"
)

func TestTheShippedDefaultsAreValid(t *testing.T) {
	settings, err := Load("../../config/defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if settings.Port != 8080 || settings.ShutdownTimeout != 10*time.Second {
		t.Errorf("unexpected defaults: %+v", settings)
	}
}

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"port: 8080\nportt: 1": `line 2: unknown key "portt"`,
		"port: 80800":          "line 1: port: ",
		"greeting: \"open":     "line 1: greeting: ",
		"just words":           "line 1: expected `key: value`",
		"time_zone: Moon/Mare": "line 1: time_zone: ",
	} {
		_, err := Parse(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
