// The worker counts what it has done.
package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"example.com/pipeline/lib/serve"
)

type worker struct{ done atomic.Int64 }

func main() {
	worker := new(worker)
	go func() {
		for range time.Tick(time.Second) {
			worker.work()
		}
	}()
	serve.Main(worker)
}

func (w *worker) work() { w.done.Add(1) }

func (w *worker) ServeHTTP(to http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(to, w.done.Load())
}
