"""Caddy with a line changed: by a coracle that knows its modules, by one that knows none, and by one that has rules."""

import json
import shutil
import tempfile

from .. import sources
from ..bench import CACHE
from ..table import Row, cpu_row, time_row
from ..tools import ROOT, WORK

# What the goal allows: a twentieth of the push.
MOST = 1.05
RULES = f'[policy]\nvulnerability_database = "file://{ROOT}/tests/vulnerabilities"\n'
MANNERS = ("known", "unknown", "ruled")


def verified(bench):
    """Pushes caddy in all three ways each round, each time with a change of its own. Round 0 fills the caches and is
    not counted."""
    app = sources.caddy()
    runs = {manner: [] for manner in MANNERS}
    waits = []
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        for number in range(bench.rounds + 1):
            for manner in MANNERS:
                trace = f"{folder}/{manner}.json"
                taken = push(bench, app, manner, number, trace)
                if number > 0:
                    runs[manner].append(taken)
                    if manner == "known":
                        waits.append(until_packaged(trace) / taken.seconds)
    return "caddy, one line changed: what it costs to look at what goes in", [*rows(runs, waits)]


def push(bench, app, manner, number, trace):
    """Pushes a new change: with all modules compared before, with none, or with rules."""
    app.change_caddy(f"{manner} {number}")
    rules = app.folder / "coracle.toml"
    if manner == "ruled":
        rules.write_text(RULES)
    if manner == "unknown":
        shutil.rmtree(CACHE / "compared", ignore_errors=True)
    try:
        repository = f"{bench.proxy.address}/{manner}/caddy"
        return bench.coracle(app, repository, *app.mains, "--trace", trace)
    finally:
        rules.unlink(missing_ok=True)


def until_packaged(trace):
    """Returns how many seconds lie between a program that is compiled and the layer that is made of it: it is in there
    that a program waits for its modules to be compared."""
    with open(trace, encoding="utf-8") as file:
        events = json.load(file)
    rows = {event["tid"]: event for event in events if event["ph"] == "B" and event["cat"] == "compile"}
    ends = [event["ts"] for event in events
            if event["ph"] == "E" and event["tid"] in rows and event["ts"] >= rows[event["tid"]]["ts"]]
    compiled = min(ends)
    layers = [event["ts"] for event in events
              if event["ph"] == "B" and event["cat"] == "layers" and event["ts"] >= compiled]
    return (min(layers) - compiled) / 1e6


def rows(runs, waits):
    """Compares what is looked at with what is known, and rules with none."""
    known, unknown, ruled = (runs[manner] for manner in MANNERS)
    yield time_row("modules all read anew", unknown, known, "known", MOST)
    yield cpu_row("modules all read anew", unknown, known, "known")
    yield Row("known: waiting for modules, share", max(waits), most=MOST - 1)
    yield time_row("[policy]", ruled, known, "none", MOST)
    yield cpu_row("[policy]", ruled, known, "none")
