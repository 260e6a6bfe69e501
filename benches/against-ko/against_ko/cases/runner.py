"""A fresh runner of a continuous integration: empty caches, nothing changed."""

from .. import sources
from ..bench import empty_cache
from ..table import Row, cost_rows, go_row, time_row

EMPTY = ("CORACLE_CACHE", "GOCACHE", "GOMODCACHE")
# What Go may be asked without compiling anything.
HARMLESS = {"env", "version"}


def runner(bench):
    """Pushes a service from machines that know nothing; coracle's registry cache was filled before."""
    app = sources.fleet("runner", 1, sources.SERVICE)
    address = bench.proxy.address
    cache = ["--set", f"cache.registry={address}/coracle/cache", "--set", "cache.trust=unsigned"]
    bench.coracle(app, f"{address}/coracle/runner", *cache)
    bench.ko(app, f"{address}/ko/runner")
    ours, theirs = [], []
    for _ in range(bench.rounds):
        with empty_cache(*EMPTY) as settings:
            ours.append(bench.coracle(app, f"{address}/coracle/runner", *cache, settings=settings))
        with empty_cache(*EMPTY) as settings:
            theirs.append(bench.ko(app, f"{address}/ko/runner", settings=settings))
    compiling = [command for run in ours for command in run.go_commands if command not in HARMLESS]
    return "a fresh runner, one service, nothing changed", [
        time_row("unchanged", ours, theirs, most_ratio=0.1),
        Row("unchanged: go commands that compile", len(compiling), most=0),
        go_row("unchanged", ours, theirs),
        *cost_rows("unchanged", ours, theirs),
    ]
