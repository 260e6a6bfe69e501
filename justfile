# The recipes of the project; `just NAME` runs one.
_default:
    @just --list --unsorted

# Everything that must pass before a change lands: format, lint, tests, dependencies
check: fmt-check lint test deny

# Unit tests, the house's direction, and the program from outside; needs git, a C compiler and the Go module proxy
test:
    cargo test

# The tests that run the program, or those of them whose name holds FILTER
it FILTER="":
    cargo test --test it -- {{ FILTER }}

# The long suites of the memo: 2,000 sequences of edits, and 200 moments at which a run is killed
memo-long:
    MEMO_SEQUENCES=2000 KILL_MOMENTS=200 cargo test --test memo -- --nocapture

# size, tried on 20,000 programs whose headers and tables say harmful things
size-long:
    SIZE_CASES=20000 cargo test --test it -- size::whatever

# resolve beside ko on github.com/sigstore/policy-controller and github.com/tektoncd/chains, compiled by both
resolve-long:
    cargo test --test it -- --ignored resolving::beside_ko::projects

# Images run by podman and runc, copied by skopeo, unpacked by umoci, signed by openssl; needs Linux, root and those programs
interop FILTER="":
    cargo test --test interop -- {{ FILTER }}

# coracle against ko on one registry, case by case: time, requests, bytes and memory beside the goals
bench *ARGS:
    benches/against-ko/run {{ ARGS }}

# Renews what is generated in docs/ and the README: verbs, flags, keys, exit codes
references:
    RENEW_REFERENCES=1 cargo test --quiet --test references

# Makes the embedded base again from its locked inputs, and fails if a byte differs
base-layers:
    base-layers/rebuild

# Takes the embedded base's inputs anew from Debian's current packages
renew-base-layers:
    base-layers/renew

# Takes the patterns of licences anew from the pinned licensecheck; needs Go and zstd
renew-licence-patterns:
    cd tests/tools/licensecheck && go run . patterns | zstd -19 -f -o ../../../licence-patterns/patterns.zst

# Formats the code
fmt:
    cargo fmt

# Fails where the code is not formatted
fmt-check:
    cargo fmt --check

# Clippy, pedantic; a warning is an error
lint:
    cargo clippy --all-targets --test interop -- -D warnings

# Licences, banned crates and sources of the dependencies
deny:
    cargo deny check bans licenses sources

# Known vulnerabilities in the dependencies; fetches the advisory database
advisories:
    cargo deny check advisories

# The library's documentation, with links checked
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
