// Reads files of Tekton as Tekton's own types, which know every field, and asks these whether they are valid.
package main

import (
	"context"
	"fmt"
	"os"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, path := range os.Args[1:] {
		if err := check(path); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

func check(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := yaml.Unmarshal(text, &kind); err != nil {
		return err
	}
	ctx := context.Background()
	switch kind.Kind {
	case "Task":
		task := new(v1.Task)
		if err := yaml.UnmarshalStrict(text, task); err != nil {
			return err
		}
		task.SetDefaults(ctx)
		return asError(task.Validate(ctx))
	case "TaskRun":
		run := new(v1.TaskRun)
		if err := yaml.UnmarshalStrict(text, run); err != nil {
			return err
		}
		run.SetDefaults(ctx)
		return asError(run.Validate(ctx))
	default:
		return fmt.Errorf("no such kind here: %q", kind.Kind)
	}
}

// A nil pointer in an interface is not nil.
func asError(found *apis.FieldError) error {
	if found == nil {
		return nil
	}
	return found
}
