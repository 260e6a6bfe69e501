"""Caddy: one line changed, nothing changed, all new."""

from .. import sources
from ..bench import empty_cache
from ..measuring import median
from ..table import Row, cost_rows, go_row, time_row

TOOLS = ("coracle", "ko", "go build")
WORKS = ("changed", "unchanged", "fresh")


def caddy(bench):
    """Pushes caddy in all three ways each round. Round 0 fills the caches and is not counted."""
    app = sources.caddy()
    runs = {(tool, work): [] for tool in TOOLS for work in WORKS}
    for number in range(bench.rounds + 1):
        for tool in TOOLS:
            # Each tool gets a change of its own: what one compiles, Go remembers for the others.
            app.change_caddy(f"{tool} {number}")
            for work, taken in one_round(bench, app, tool, number):
                if number > 0:
                    runs[tool, work].append(taken)
    return "caddy, one image", rows(runs)


def one_round(bench, app, tool, number):
    """Gives each work of a round, and what it took."""
    if tool == "go build":
        yield "changed", bench.go_build(app)
        yield "fresh", bench.go_build(app)
        return
    push = bench.coracle if tool == "coracle" else bench.ko
    mains = app.mains if tool == "coracle" else []
    known = f"{bench.proxy.address}/{tool}/caddy"
    yield "changed", push(app, known, *mains)
    yield "unchanged", push(app, known, *mains)
    with empty_cache() as settings:
        yield "fresh", push(app, f"{known}-{number}", *mains, settings=settings)


def rows(runs):
    """Compares the tools."""
    ours, ko, go = ({work: runs[tool, work] for work in WORKS} for tool in TOOLS)
    return [
        time_row("unchanged", ours["unchanged"], ko["unchanged"], most_ratio=0.03),
        go_row("unchanged", ours["unchanged"], ko["unchanged"], most=0),
        Row("unchanged: requests, most", max(run.requests for run in ours["unchanged"]), most=2),
        time_row("one line changed", ours["changed"], ko["changed"], most_ratio=0.6),
        time_row("one line changed", ours["changed"], go["changed"], "go build", 1.25),
        # Whatever compiles with Go and packs what it made takes no less.
        Row("one line changed: go build alone, s", median(go["changed"], "seconds"), "ko", median(ko["changed"], "seconds")),
        time_row("fresh, warm Go cache", ours["fresh"], ko["fresh"], most_ratio=0.6),
        time_row("fresh, warm Go cache", ours["fresh"], go["fresh"], "go build", 1.25),
        *(row for work in WORKS for row in cost_rows(work, ours[work], ko[work])),
    ]
