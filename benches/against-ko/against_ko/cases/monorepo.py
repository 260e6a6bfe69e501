"""Two hundred services of one module, one of which changes."""

from .. import sources
from ..table import cost_rows, go_row, time_row

SERVICES = 200
STAMPS = '[stamp]\nfrom = "inputs"\n'


def monorepo(bench):
    """Changes a service, commits, and pushes all. Ko, which builds all of them, does so once."""
    app = sources.fleet("monorepo", SERVICES, sources.TINY, STAMPS)
    ours, theirs = f"{bench.proxy.address}/coracle/monorepo/{{name}}", f"{bench.proxy.address}/ko/monorepo"
    bench.coracle(app, ours)
    bench.ko(app, theirs, "--base-import-paths")
    runs, ko = [], []
    for number in range(bench.rounds):
        change(app, number)
        runs.append(bench.coracle(app, ours))
        if number == bench.rounds // 2:
            ko.append(bench.ko(app, theirs, "--base-import-paths"))
    return f"{SERVICES} services of one module", [
        time_row("one changed", runs, ko, most_ratio=0.05),
        go_row("one changed", runs, ko),
        *cost_rows("one changed", runs, ko),
    ]


def change(app, number):
    """Changes one service, another each time, and commits."""
    service = f"s{number % SERVICES:04}"
    sources.write(app.folder / "cmd" / service / "main.go", sources.TINY.format(text=f"{service}, change {number}"))
    app.commit()
