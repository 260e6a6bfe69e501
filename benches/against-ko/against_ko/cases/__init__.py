"""The cases, in the order of the goals; each is a function of the bench that returns a title and rows."""

from .caddy import caddy
from .dist import dist
from .fleet50 import fleet50
from .latency import latency
from .many import many
from .memory import memory
from .monorepo import monorepo
from .resolve import resolve
from .runner import runner
from .signed import signed
from .twenty import twenty
from .verified import verified

CASES = {
    case.__name__: case
    for case in (caddy, latency, twenty, monorepo, many, runner, memory, signed, verified, dist, resolve, fleet50)
}
