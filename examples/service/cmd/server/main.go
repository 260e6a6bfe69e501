// Command server greets over HTTP. Its settings travel in its image, as /config/defaults.yaml.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/service/internal/settings"
)

// coracle stamps these at link time, because this package declares them.
var (
	version   = "dev"
	commit    = "none"
	buildDate = "unknown"
)

func main() {
	path := flag.String("config", "/config/defaults.yaml", "read the settings from this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, *path); err != nil {
		slog.Error("the server stopped", "cause", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then gives open requests time to finish.
func run(ctx context.Context, path string) error {
	current, err := load(path)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", current.Port))
	if err != nil {
		return err
	}
	slog.Info("listening", "address", listener.Addr().String(), "version", version, "uid", os.Getuid())

	server := &http.Server{Handler: routes(current), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	slog.Info("shutting down")
	grace, cancel := context.WithTimeout(context.Background(), current.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// load reads the settings file, then lets the environment override the port.
func load(path string) (settings.Settings, error) {
	current, err := settings.Load(path)
	if err != nil {
		return current, err
	}
	if port, set := os.LookupEnv("PORT"); set {
		if err := current.SetPort(port); err != nil {
			return current, fmt.Errorf("PORT: %w", err)
		}
	}
	return current, nil
}
