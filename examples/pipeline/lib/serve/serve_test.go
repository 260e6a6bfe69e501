package serve

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestEveryServiceTellsThatItIsWell(t *testing.T) {
	answer := httptest.NewRecorder()
	WithHealth(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if answer.Code != http.StatusOK || answer.Body.String() != "ok\n" {
		t.Errorf("/healthz answers %d %q", answer.Code, answer.Body)
	}
}
