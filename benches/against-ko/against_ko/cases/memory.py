"""A huge file in an image."""

from .. import sources
from ..bench import empty_cache
from ..table import Row

MEBIBYTES = 1024
LIMIT_MIB = 64


def memory(bench):
    """Pushes hello with a file of 1 GiB, that is not compressible, past the proxy; coracle alone."""
    app = sources.huge_file(MEBIBYTES)
    runs = []
    for number in range(bench.rounds):
        with empty_cache() as settings:
            runs.append(bench.coracle(app, f"{bench.direct}/coracle/huge-{number}", settings=settings))
    return f"hello with a file of {MEBIBYTES} MiB", [
        Row("push: own peak, MiB", max(run.own_kib for run in runs) / 1024, most=LIMIT_MIB),
        Row("push, s", min(run.seconds for run in runs)),
    ]
