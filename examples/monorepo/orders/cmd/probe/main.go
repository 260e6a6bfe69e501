// Command probe asks the server in the same container how it is: a health check for an image without a shell or curl.
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"example.com/fleet/shared/serve"
)

func main() {
	if err := probe("http://localhost:" + serve.Port() + "/healthz"); err != nil {
		fmt.Fprintln(os.Stderr, "unhealthy:", err)
		os.Exit(1)
	}
	fmt.Println("healthy")
}

func probe(url string) error {
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return nil
}
