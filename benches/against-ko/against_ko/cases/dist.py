"""Plain programs for four platforms: caddy, and three services."""

import contextlib
import tempfile

from .. import sources
from ..bench import empty_cache
from ..measuring import median
from ..table import Row

PLATFORMS = ("linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64")
TOOLS = ("coracle", "one after another", "at once", "goreleaser")
# What is done, in words, and the most that it may take of the best other's time, where there is a goal.
WORKS = {
    "empty": ("empty Go cache, one round", 1.05),
    "full": ("full Go cache", 1.05),
    "changed": ("full Go cache, one line changed", 1.05),
}
# Each main package with each platform, as somebody would do it by hand.
BY_HAND = """
set -e
build() {
    CGO_ENABLED=0 GOOS="${1%%/*}" GOARCH="${1#*/}" go build -trimpath -ldflags="-s -w" -o "$OUT/${2##*/}-${1%%/*}-${1#*/}" "$2"
}
pids=""
for main in $MAINS; do
    for platform in $PLATFORMS; do
        if [ "$HOW" = "at once" ]; then build "$platform" "$main" & pids="$pids $!"; else build "$platform" "$main"; fi
    done
done
for pid in $pids; do wait "$pid"; done
"""
GORELEASER = """version: 2
project_name: release
dist: {out}
builds:
"""
GORELEASER_BUILD = """  - id: {name}
    main: {main}
    binary: {name}
    env: [CGO_ENABLED=0]
    flags: [-trimpath]
    ldflags: ["-s -w"]
    targets: [linux_amd64_v1, linux_arm64_v8.0, darwin_arm64_v8.0, windows_amd64_v1]
"""


def dist(bench):
    """Compiles caddy with caches of Go that are empty, once, and then full, with a line of main changed and without; and the
    services with empty and with full ones, and nothing else that is remembered."""
    caddy = sources.caddy()
    services = sources.fleet("dist", 3, sources.SERVICE)
    runs = {}
    with contextlib.ExitStack() as caches:
        settings = {tool: caches.enter_context(empty_cache("GOCACHE", "CORACLE_CACHE")) for tool in TOOLS}
        for what in ("empty", *["full"] * bench.rounds):
            for tool in TOOLS:
                if what == "full":
                    # For each another line: what one compiles, Go remembers for the others.
                    caddy.change_caddy(f"{tool} {len(runs.get((what, tool), []))}")
                    keep(runs, "changed", tool, compiled(bench, tool, caddy, settings[tool]))
                keep(runs, what, tool, compiled(bench, tool, caddy, settings[tool]))
    for _ in range(bench.rounds):
        for tool in TOOLS[:2]:
            with empty_cache("GOCACHE") as go_cache:
                for what in ("services, empty", "services, full"):
                    with empty_cache("CORACLE_CACHE") as own:
                        keep(runs, what, tool, compiled(bench, tool, services, {**go_cache, **own}))
    return "plain programs for four platforms", list(rows(runs))


def keep(runs, what, tool, taken):
    """Notes a run."""
    runs.setdefault((what, tool), []).append(taken)


def compiled(bench, tool, app, settings):
    """Compiles all main packages of an app for all platforms, into an empty folder."""
    with tempfile.TemporaryDirectory() as out:
        if tool == "coracle":
            command = [bench.coracle_program, "dist", "--platform", ",".join(PLATFORMS), "-o", out]
            return bench.run([*command, *app.mains], app, settings)
        if tool == "goreleaser":
            config = f"{out}/goreleaser.yaml"
            with open(config, "w", encoding="utf-8") as file:
                file.write(GORELEASER.format(out=f"{out}/dist"))
                for main in app.mains:
                    file.write(GORELEASER_BUILD.format(name=main.rsplit("/", 1)[-1], main=main))
            command = [bench.goreleaser(), "build", "--snapshot", "--clean", "--config", config]
            return bench.run(command, app, settings)
        own = {"OUT": out, "HOW": tool, "MAINS": " ".join(app.mains), "PLATFORMS": " ".join(PLATFORMS)}
        return bench.run(["sh", "-c", BY_HAND], app, {**own, **settings})


def rows(runs):
    """Compares coracle with the best of the others."""
    for what, (cache, most_ratio) in WORKS.items():
        ours = median(runs[what, "coracle"], "seconds")
        others = {tool: median(runs[what, tool], "seconds") for tool in TOOLS[1:]}
        best = min(others, key=others.get)
        yield Row(f"caddy, {cache}, s", ours, "the best", others[best], most_ratio)
        for tool, seconds in others.items():
            yield Row(f"  {tool}, s", ours, "", seconds)
    for cache in ("empty", "full"):
        ours, by_hand = (median(runs[f"services, {cache}", tool], "seconds") for tool in TOOLS[:2])
        yield Row(f"3 services, {cache} Go cache, s", ours, "go builds", by_hand, 0.6)
