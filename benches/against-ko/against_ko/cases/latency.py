"""Hello through a slow line: how many answers are waited for, one after the other."""

from .. import sources
from ..bench import empty_cache
from ..registries import SlowLine
from ..table import Row

MILLISECONDS = 50
TOOLS = ("coracle", "ko")
WORKS = ("fresh", "unchanged")


def latency(bench):
    """Pushes hello at no latency and at 50 ms, to a new repository each time and then again."""
    app = sources.hello()
    runs = {(tool, work, delay): [] for tool in TOOLS for work in WORKS for delay in (0, MILLISECONDS)}
    answers = new_answers()
    for registry, number, delay in slow_rounds(bench, answers):
        for tool in TOOLS:
            repository = f"{registry}/{tool}/hello-{number}-{delay}"
            for work, taken in zip(WORKS, pushes(bench, app, tool, repository, registry)):
                if number > 0:
                    runs[tool, work, delay].append(taken)
    return f"hello through {MILLISECONDS} ms, the quickest of the rounds", list(rows(runs, added_to_one(answers)))


def new_answers():
    """Gives room for how long one small answer takes at each delay."""
    return {0: [], MILLISECONDS: []}


def slow_rounds(bench, answers):
    """Gives the registry behind a line that is quick and slow in turn, the number of the round, and the delay."""
    with SlowLine(bench.toxiproxy, bench.proxy.address) as line:
        for number in range(bench.rounds + 1):
            for delay in answers:
                line.set_delay(delay)
                answers[delay].append(line.answer_seconds())
                yield line.address, number, delay


def added_to_one(answers):
    """Gives how much longer one answer takes on the slow line."""
    return min(answers[MILLISECONDS]) - min(answers[0])


def pushes(bench, app, tool, repository, registry):
    """Pushes twice, to a repository that is new to the tool."""
    if tool == "ko":
        return [bench.ko(app, repository, registry=registry) for _ in WORKS]
    with empty_cache() as settings:
        return [bench.coracle(app, repository, settings=settings) for _ in WORKS]


def rows(runs, added):
    """Counts round trips by the time that they add, of the quickest runs: what disturbs a run only adds to it. One
    answer takes `added` seconds longer on the slow line."""
    def quickest(tool, work, delay):
        return min(run.seconds for run in runs[tool, work, delay])

    def trips(tool, work):
        return (quickest(tool, work, MILLISECONDS) - quickest(tool, work, 0)) / added

    for work, most in zip(WORKS, (6, 2)):
        yield Row(f"{work}: round trips", trips("coracle", work), "ko", trips("ko", work), most=most)
        ours, theirs = (runs[tool, work, MILLISECONDS][-1].requests for tool in TOOLS)
        yield Row(f"{work}: requests", ours, "ko", theirs)
        for delay in (0, MILLISECONDS):
            yield Row(f"{work}, {delay} ms, s", quickest("coracle", work, delay), "ko", quickest("ko", work, delay))
