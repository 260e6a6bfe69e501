"""Twenty services of one module, all new."""

from .. import sources
from ..bench import empty_cache
from ..table import cost_rows, go_row, time_row


def twenty(bench):
    """Pushes all services to new repositories each round, with a warm Go cache and nothing else remembered."""
    app = sources.fleet("twenty", 20, sources.SERVICE)
    ours, theirs = [], []
    for number in range(bench.rounds + 1):
        with empty_cache() as settings:
            repository = f"{bench.proxy.address}/coracle/twenty-{number}"
            ours.append(bench.coracle(app, f"{repository}/{{name}}", settings=settings))
        theirs.append(bench.ko(app, f"{bench.proxy.address}/ko/twenty-{number}", "--base-import-paths"))
    ours, theirs = ours[1:], theirs[1:]
    return "20 services of one module", [
        time_row("fresh", ours, theirs, most_ratio=0.35),
        go_row("fresh", ours, theirs),
        *cost_rows("fresh", ours, theirs),
    ]
