"""Ever more images, none of which changed."""

from .. import sources
from ..measuring import median
from ..table import Row

COUNTS = (10, 100, 1000)
# Time grows linearly where ten times the images take no more than ten times as long; a tenth is the machine's mood.
LINEAR = 1.1


def many(bench):
    """Pushes 10, 100 and 1,000 images again; the first push of each is not counted."""
    apps = {count: sources.fleet(f"many-{count}", count, sources.TINY) for count in COUNTS}
    runs = {count: [] for count in COUNTS}
    for number in range(bench.rounds + 1):
        for count, app in apps.items():
            taken = bench.coracle(app, f"{bench.proxy.address}/coracle/many-{count}/{{name}}")
            if number > 0:
                runs[count].append(taken)
    return "many images, nothing changed", list(rows(runs))


def rows(runs):
    """Tells how time, requests and memory grow."""
    for count in COUNTS:
        fewer = runs.get(count // 10)
        other = ("10 x fewer", median(fewer, "seconds") * 10, LINEAR) if fewer else ()
        yield Row(f"{count}, s", median(runs[count], "seconds"), *other)
        yield Row(f"{count}: requests an image", max(run.requests for run in runs[count]) / count, most=1)
        yield Row(f"{count}: own peak, MiB", max(run.own_kib for run in runs[count]) / 1024, most=128)
        yield Row(f"{count}: go processes", max(len(run.go_commands) for run in runs[count]), most=0)
