// Command licensecheck is the Go project's own detector of licences, for comparison.
//
//	licensecheck patterns        prints the patterns that it knows, as licence-patterns/ holds them
//	licensecheck scan FOLDER...  prints the licences of each folder, one JSON object a line
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/google/licensecheck"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "patterns":
		patterns()
	case len(os.Args) > 2 && os.Args[1] == "scan":
		for _, folder := range os.Args[2:] {
			scan(folder)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: licensecheck patterns | licensecheck scan FOLDER...")
		os.Exit(2)
	}
}

func patterns() {
	for _, license := range licensecheck.BuiltinLicenses() {
		if license.URL != "" {
			fmt.Printf("## %s %s\n", license.ID, license.URL)
		} else {
			fmt.Printf("## %s\n%s\n", license.ID, strings.TrimSpace(license.LRE))
		}
	}
}

// Found is what a folder holds.
type Found struct {
	Folder   string   `json:"folder"`
	Licences []string `json:"licences"`
}

// As pkg.go.dev does: a file of which less than 75 % is licence text says nothing.
const threshold = 75

func scan(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	found := map[string]bool{}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !isLicence(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < threshold {
			continue
		}
		for _, match := range coverage.Match {
			found[match.ID] = true
		}
	}
	licences := make([]string, 0, len(found))
	for id := range found {
		licences = append(licences, id)
	}
	sort.Strings(licences)
	line, _ := json.Marshal(Found{folder, licences})
	fmt.Println(string(line))
}

// The names that pkg.go.dev looks for, golang.org/x/pkgsite/internal/licenses, whatever their case.
var names = strings.Fields(`
	COPYING COPYING.md COPYING.markdown COPYING.txt
	LICENCE LICENCE.md LICENCE.markdown LICENCE.txt
	LICENSE LICENSE.md LICENSE.markdown LICENSE.txt
	LICENSE-2.0.txt LICENCE-2.0.txt
	LICENSE-APACHE LICENCE-APACHE LICENSE-APACHE-2.0.txt LICENCE-APACHE-2.0.txt
	LICENSE-MIT LICENCE-MIT LICENSE.MIT LICENCE.MIT LICENSE.code LICENCE.code LICENSE.docs LICENCE.docs
	LICENSE.rst LICENCE.rst MIT-LICENSE MIT-LICENCE MIT-LICENSE.md MIT-LICENCE.md
	MIT-LICENSE.markdown MIT-LICENCE.markdown MIT-LICENSE.txt MIT-LICENCE.txt MIT_LICENSE MIT_LICENCE
	UNLICENSE UNLICENCE`)

func isLicence(name string) bool {
	for _, known := range names {
		if strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}
