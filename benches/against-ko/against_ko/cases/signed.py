"""Caddy and hello, signed and described, beside the same without: what trust costs."""

import contextlib
import subprocess
import tempfile

from .. import sources
from ..bench import empty_cache
from ..table import Row, time_row
from ..tools import WORK
from .latency import MILLISECONDS, added_to_one, new_answers, slow_rounds

# The goal asks for the median of nine.
LEAST_ROUNDS = 9
PASSWORD = "bench"
MANNERS = ("signed", "plain")


def signed(bench):
    """Pushes caddy to a new repository by a coracle that remembers nothing, and again, both signed and plain; and
    hello through a slow line."""
    app = sources.caddy()
    runs = {(manner, work): [] for manner in MANNERS for work in ("fresh", "unchanged")}
    with a_key(bench) as key:
        for number in range(max(bench.rounds, LEAST_ROUNDS) + 1):
            for manner in MANNERS:
                own = key if manner == "signed" else {}
                repository = f"{bench.proxy.address}/{manner}/caddy-{number}"
                with empty_cache() as cache:
                    for work in ("fresh", "unchanged"):
                        taken = bench.coracle(app, repository, *app.mains, settings={**cache, **own})
                        if number > 0:
                            runs[manner, work].append(taken)
        trips = [added_trips(bench, key)]
    return "caddy, signed and with all attestations, beside plain", [*rows(runs), *trips]


@contextlib.contextmanager
def a_key(bench):
    """Makes a key, and gives the settings by which coracle signs with it."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        settings = {"CORACLE_KEY": f"{folder}/bench.key", "CORACLE_KEY_PASSWORD": PASSWORD}
        command = [bench.coracle_program, "keys", "generate", "--output", f"{folder}/bench", "--quiet"]
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "CORACLE_KEY_PASSWORD": PASSWORD}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        yield settings


def added_trips(bench, key):
    """Counts the round trips that signing adds to a fresh push of hello, of the quickest runs."""
    app = sources.hello()
    seconds = {(manner, delay): [] for manner in MANNERS for delay in (0, MILLISECONDS)}
    answers = new_answers()
    for registry, number, delay in slow_rounds(bench, answers):
        for manner in MANNERS:
            with empty_cache() as cache:
                own = key if manner == "signed" else {}
                repository = f"{registry}/{manner}/hello-{number}-{delay}"
                taken = bench.coracle(app, repository, settings={**cache, **own})
                seconds[manner, delay].append(taken.seconds)
    answer = added_to_one(answers)
    fresh = {manner: (min(seconds[manner, MILLISECONDS]) - min(seconds[manner, 0])) / answer for manner in MANNERS}
    return Row("hello: round trips more", fresh["signed"] - fresh["plain"], most=4)


def rows(runs):
    """Compares signed runs with plain ones."""
    yield time_row("fresh", runs["signed", "fresh"], runs["plain", "fresh"], "plain", 1.1)
    yield time_row("unchanged", runs["signed", "unchanged"], runs["plain", "unchanged"], "plain")
    for work, most in (("fresh", None), ("unchanged", 3)):
        ours, theirs = (max(run.requests for run in runs[manner, work]) for manner in MANNERS)
        yield Row(f"{work}: requests, most", ours, "plain", theirs, most=most)
