// Command openmetrics reads OpenMetrics from stdin with the parser of Prometheus, and prints each sample, one JSON object
// a line. What Prometheus would refuse, here or when it stores the samples, is an error.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// Sample is a number of a family.
type Sample struct {
	Family string            `json:"family"`
	Type   string            `json:"type"`
	Unit   string            `json:"unit"`
	Help   string            `json:"help"`
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

func main() {
	if err := read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(from io.Reader, to io.Writer) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	families := map[string]*Sample{}
	family := func(name string) *Sample {
		if families[name] == nil {
			families[name] = &Sample{Family: name}
		}
		return families[name]
	}
	seen := map[string]bool{}
	parser := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			if families[string(name)] != nil {
				return fmt.Errorf("the family %s comes twice", name)
			}
			family(string(name)).Type = string(kind)
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			family(string(name)).Unit = string(unit)
		case textparse.EntryHelp:
			name, help := parser.Help()
			family(string(name)).Help = string(help)
		case textparse.EntrySeries:
			var series labels.Labels
			parser.Labels(&series)
			if seen[series.String()] {
				return fmt.Errorf("%s comes twice", series)
			}
			seen[series.String()] = true
			_, _, value := parser.Series()
			sample := *family(series.Get(labels.MetricName))
			sample.Value = value
			sample.Labels = series.MatchLabels(false, labels.MetricName).Map()
			line, err := json.Marshal(sample)
			if err != nil {
				return err
			}
			fmt.Fprintln(to, string(line))
		}
	}
}
