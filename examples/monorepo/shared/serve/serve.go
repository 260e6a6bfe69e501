// Package serve is what every service of the fleet does alike: port, health, version, graceful stop.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const grace = 10 * time.Second

// Build says what a service was built from.
type Build struct {
	Service string `json:"service"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"buildDate"`
}

// Port returns the port that the fleet's services listen on: PORT in the environment, else 8080.
func Port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}

// Main serves handler, with /healthz and /version beside it, until the process is told to stop.
func Main(build Build, handler http.Handler) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := untilDone(ctx, build, withStatus(build, handler)); err != nil {
		slog.Error("the service stopped", "service", build.Service, "cause", err)
		os.Exit(1)
	}
}

func untilDone(ctx context.Context, build Build, handler http.Handler) error {
	listener, err := net.Listen("tcp", ":"+Port())
	if err != nil {
		return err
	}
	slog.Info("listening", "service", build.Service, "version", build.Version, "address", listener.Addr().String())

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	limit, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func withStatus(build Build, handler http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		JSON(w, build)
	})
	return mux
}

// JSON answers with value.
func JSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
