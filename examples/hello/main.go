// Command hello prints a greeting, what it was built from and where it runs.
package main

import (
	"fmt"
	"os"
	"runtime"
)

// coracle stamps these at link time, because this package declares them.
var (
	version   = "dev"
	commit    = "none"
	buildDate = "unknown"
)

func main() {
	fmt.Println("Hello from a coracle!")
	fmt.Println("version: ", version)
	fmt.Println("commit:  ", commit)
	fmt.Println("built:   ", buildDate)
	fmt.Println("platform:", runtime.GOOS+"/"+runtime.GOARCH)
	fmt.Println("user id: ", os.Getuid())
}
