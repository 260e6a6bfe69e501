// Command storefront serves the fleet's web page, which it carries in its binary.
package main

import (
	"embed"
	"io/fs"
	"log"
	"net/http"

	"example.com/fleet/shared/serve"
)

// coracle stamps these at link time, because this package declares them.
var (
	version   = "dev"
	commit    = "none"
	buildDate = "unknown"
)

//go:embed site
var files embed.FS

func main() {
	site, err := fs.Sub(files, "site")
	if err != nil {
		log.Fatal(err)
	}
	build := serve.Build{Service: "storefront", Version: version, Commit: commit, Date: buildDate}
	serve.Main(build, http.FileServerFS(site))
}
