"""Fifty services with tests, from the source to the registry: the whole road, as a CI goes it."""

from .. import sources
from ..bench import empty_cache
from ..measuring import median
from ..table import Row

SERVICES = 50
WORKS = ("cold", "unchanged", "one changed")
# As for a pull request: nobody else is asked whether they have changed.
SINCE = "one changed, --since HEAD~1"
# What a CI does for each service of its own: vet it, test it, build and push its image.
ROAD = """
set -e
for main in $MAINS; do
    go vet "$main"
    go test "$main"
    "$KO" build "$main" --sbom=none --ldflags="-s -w" --platform linux/amd64 --base-import-paths
done
"""
SETTINGS = """[defaults]
repository = "{registry}/coracle/fleet50-{number}/{{name}}"

[stamp]
from = "inputs"

# The classic road makes no archives.
[pipeline]
without = ["build"]

[pipeline.test]
race = false
"""


def fleet50(bench):
    """Vets, tests, builds and pushes 50 services: with empty caches, again, and with one of them changed."""
    ours, theirs = ({work: [] for work in (*WORKS, SINCE)} for _ in range(2))
    for number in range(bench.rounds):
        app = fleet(bench, number)
        for runs, road in ((ours, coracle), (theirs, classic)):
            with empty_cache("GOCACHE", "CORACLE_CACHE") as settings:
                for work in WORKS:
                    if work == "one changed":
                        change(app, f"change {number} before {road.__name__}")
                    runs[work].append(road(bench, app, number, settings))
                if road is coracle:
                    change(app, f"change {number} since the last commit")
                    ours[SINCE].append(coracle(bench, app, number, settings, "--since", "HEAD~1"))
    # The classic road knows no such thing.
    theirs[SINCE] = theirs["one changed"]
    return f"{SERVICES} services with tests, `coracle ci` beside vet, test and ko for each", list(rows(ours, theirs))


def fleet(bench, number):
    """Writes the services, each with a test."""
    settings = SETTINGS.format(registry=bench.proxy.address, number=number)
    app = sources.fleet("fleet50", SERVICES, sources.TESTED, settings)
    for main in app.mains:
        service = main.rsplit("/", 1)[-1]
        sources.write(app.folder / main / "main_test.go", sources.TEST.format(text=service))
    app.commit()
    return app


def change(app, text):
    """Changes one service, so that its test has to run and its program is another, and commits."""
    service = app.mains[SERVICES // 2]
    name = service.rsplit("/", 1)[-1]
    for file, source in (("main.go", sources.TESTED), ("main_test.go", sources.TEST)):
        sources.write(app.folder / service / file, source.format(text=f"{name}, {text}"))
    app.commit()


def coracle(bench, app, _, settings, *more):
    """Goes the road in one command."""
    return bench.run([bench.coracle_program, "ci", "--event", "main", *more], app, settings)


def classic(bench, app, number, settings):
    """Goes it service by service."""
    own = {
        "KO": str(bench.ko_program),
        "MAINS": " ".join(app.mains),
        "KO_DOCKER_REPO": f"{bench.proxy.address}/ko/fleet50-{number}",
        "KO_DEFAULTBASEIMAGE": f"{bench.proxy.address}/base:static",
    }
    return bench.run(["sh", "-c", ROAD], app, {**own, **settings})


def rows(ours, theirs):
    """Compares the two, and how much of a cold run a change costs."""
    for work in (*WORKS, SINCE):
        yield Row(f"{work}, s", median(ours[work], "seconds"), "classic", median(theirs[work], "seconds"))
    for work in WORKS[1:]:
        for what, runs in (("coracle", ours), ("classic", theirs)):
            cold = median(runs["cold"], "seconds")
            yield Row(f"{what}: {work} beside cold, s", median(runs[work], "seconds"), "cold", cold)
    for work in (*WORKS, SINCE):
        yield Row(f"{work}: go processes", len(ours[work][0].go_commands), "classic", len(theirs[work][0].go_commands))
