package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheNameIsTakenFromTheQuery(t *testing.T) {
	answer := httptest.NewRecorder()
	hello(answer, httptest.NewRequest(http.MethodGet, "/?name=ada", nil))
	if answer.Body.String() != "hello, ada\n" {
		t.Errorf("the api says %q", answer.Body)
	}
}
