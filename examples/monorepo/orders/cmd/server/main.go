// Command server keeps the orders of the day, in memory.
package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"example.com/fleet/shared/serve"
)

// coracle stamps these at link time, because this package declares them.
var (
	version   = "dev"
	commit    = "none"
	buildDate = "unknown"
)

type order struct {
	Boat string `json:"boat"`
	Days int    `json:"days"`
}

// book holds the orders; requests come from many goroutines.
type book struct {
	mutex  sync.Mutex
	orders []order
}

func (b *book) list(w http.ResponseWriter, _ *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	serve.JSON(w, b.orders)
}

func (b *book) add(w http.ResponseWriter, r *http.Request) {
	var wanted order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&wanted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.orders = append(b.orders, wanted)
	w.WriteHeader(http.StatusCreated)
}

func main() {
	orders := &book{orders: []order{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", orders.list)
	mux.HandleFunc("POST /orders", orders.add)
	serve.Main(serve.Build{Service: "orders", Version: version, Commit: commit, Date: buildDate}, mux)
}
