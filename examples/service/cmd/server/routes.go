package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"example.com/service/internal/settings"
)

// build answers "what exactly is running here?".
type build struct {
	Version   string `json:"version"`
	Commit    string `json:"commit"`
	BuildDate string `json:"buildDate"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
}

func routes(current settings.Settings) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now().In(current.TimeZone)
		fmt.Fprintf(w, "%s. It is %s in %s.\n", current.Greeting, now.Format("15:04"), current.TimeZone)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(build{version, commit, buildDate, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
	})
	return mux
}
