"""Fifty references to main packages in one file of manifests."""

from .. import sources
from ..bench import empty_cache
from ..measuring import median
from ..table import Row, cost_rows, go_row, time_row

REFERENCES = 50
POD = """apiVersion: v1
kind: Pod
metadata:
  name: {service}
spec:
  containers:
  - name: {service}
    image: ko://example.com/fleet/cmd/{service}
"""


def resolve(bench):
    """Resolves the file to new repositories each round, with a warm Go cache and nothing else remembered, and once more."""
    app = sources.fleet("resolve", REFERENCES, sources.SERVICE)
    pods = (POD.format(service=main.rsplit("/", 1)[-1]) for main in app.mains)
    sources.write(app.folder / "pods.yaml", "---\n".join(pods))
    app.commit()
    fresh, again, go = ([], []), ([], []), []
    for number in range(bench.rounds + 1):
        ours, theirs = (f"{bench.proxy.address}/{tool}/resolve-{number}" for tool in ("coracle", "ko"))
        with empty_cache() as settings:
            for runs in (fresh, again):
                runs[0].append(bench.coracle_resolve(app, f"{ours}/{{name}}", "pods.yaml", settings))
        for runs in (fresh, again):
            runs[1].append(bench.ko_resolve(app, theirs, "pods.yaml"))
        go.append(bench.go_build(app))
    # Whatever compiles with Go and packs what it made takes no less.
    alone, of_ko = (median(runs[1:], "seconds") for runs in (go, fresh[1]))
    rows = [Row("fresh: go build alone, s", alone, "ko", of_ko),
            Row("fresh: go build alone, CPU s", median(go[1:], "cpu_seconds"))]
    for what, runs, most_ratio in (("fresh", fresh, 0.3), ("unchanged", again, 0.05)):
        ours, theirs = (taken[1:] for taken in runs)
        rows += [time_row(what, ours, theirs, most_ratio=most_ratio), go_row(what, ours, theirs),
                 *cost_rows(what, ours, theirs)]
    return f"{REFERENCES} references in one file", rows
