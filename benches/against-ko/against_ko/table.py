"""Tables of what was measured, beside the goals."""

import dataclasses
import statistics

from .measuring import median


@dataclasses.dataclass
class Row:
    """One measure: coracle's, perhaps that of another, and perhaps the most that coracle or the ratio may be."""

    what: str
    ours: float
    other: str = ""
    theirs: float | None = None
    most_ratio: float | None = None
    most: float | None = None

    @property
    def ratio(self):
        """Coracle's over the other's; below 1 is less than the other."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def goal(self):
        """The goal in words, and whether it was met."""
        if self.most_ratio is not None:
            return f"<= {self.most_ratio:g} x", self.ratio is not None and self.ratio <= self.most_ratio
        if self.most is not None:
            return f"<= {self.most:g}", self.ours <= self.most
        return "", None


def time_row(what, ours, theirs, other="ko", most_ratio=None):
    """Compares the median times of runs."""
    return Row(f"{what}, s", median(ours, "seconds"), other, median(theirs, "seconds"), most_ratio)


def cpu_row(what, ours, theirs, other):
    """Compares what processors did for runs, and for all that these started."""
    return Row(f"{what}, CPU s", median(ours, "cpu_seconds"), other, median(theirs, "cpu_seconds"))


def cost_rows(what, ours, theirs):
    """Compares all else that runs took."""
    fields = (("requests", "requests", 1), ("sent, KiB", "bytes_sent", 1024), ("own peak, MiB", "own_kib", 1024),
              ("largest process, MiB", "tree_kib", 1024))
    return [Row(f"{what}: {name}", median(ours, field) / unit, "ko", median(theirs, field) / unit)
            for name, field, unit in fields]


def go_row(what, ours, theirs=None, most=None):
    """Counts go processes."""
    def number(runs):
        return statistics.median(len(run.go_commands) for run in runs)
    if theirs is None:
        return Row(f"{what}: go processes", number(ours), most=most)
    return Row(f"{what}: go processes", number(ours), "ko", number(theirs), most=most)


def show(title, rows):
    """Prints a table."""
    print(f"\n{title}")
    print(f"  {'':34} {'coracle':>10} {'':>10} {'other':>10} {'ratio':>8}  goal")
    for row in rows:
        theirs = "" if row.theirs is None else f"{row.theirs:.2f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        goal, met = row.goal
        verdict = {True: "met", False: "MISSED", None: ""}[met]
        line = f"  {row.what:34} {row.ours:10.2f} {row.other:>10} {theirs:>10} {ratio:>8}  {goal:9} {verdict}"
        print(line.rstrip(), flush=True)
