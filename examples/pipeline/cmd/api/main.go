// The api greets whoever asks.
package main

import (
	"fmt"
	"net/http"

	"example.com/pipeline/lib/greet"
	"example.com/pipeline/lib/serve"
)

func main() {
	serve.Main(http.HandlerFunc(hello))
}

func hello(w http.ResponseWriter, request *http.Request) {
	fmt.Fprintln(w, greet.Hello(request.URL.Query().Get("name")))
}
