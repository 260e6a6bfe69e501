// Package greet knows what is said to whom.
package greet

import "strings"

// Hello greets a name, or everybody where there is none.
func Hello(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "everybody"
	}
	return "hello, " + name
}
