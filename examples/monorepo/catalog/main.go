// Command catalog lists the boats that the fleet lends.
package main

import (
	"net/http"

	"example.com/fleet/shared/serve"
)

// coracle stamps these at link time, because this package declares them.
var (
	version   = "dev"
	commit    = "none"
	buildDate = "unknown"
)

type boat struct {
	Name  string `json:"name"`
	Seats int    `json:"seats"`
}

var boats = []boat{{"coracle", 1}, {"currach", 3}, {"dory", 4}}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /boats", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, boats)
	})
	serve.Main(serve.Build{Service: "catalog", Version: version, Commit: commit, Date: buildDate}, mux)
}
