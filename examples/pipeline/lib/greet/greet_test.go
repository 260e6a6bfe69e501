package greet

import "testing"

func TestHello(t *testing.T) {
	for name, want := range map[string]string{
		"ada": "hello, ada",
		" ":   "hello, everybody",
	} {
		if got := Hello(name); got != want {
			t.Errorf("Hello(%q) = %q, not %q", name, got, want)
		}
	}
}
