package main

import (
	"net/http/httptest"
	"testing"
)

func TestTheWorkerTellsHowMuchIsDone(t *testing.T) {
	worker := new(worker)
	worker.work()
	answer := httptest.NewRecorder()
	worker.ServeHTTP(answer, nil)
	if answer.Body.String() != "1\n" {
		t.Errorf("the worker says %q", answer.Body)
	}
}
