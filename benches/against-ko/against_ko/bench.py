"""What every case needs: the tools, the registry, and how each tool is run."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile

from . import measuring, registries, tools
from .counting_proxy import CountingProxy

PLATFORM = "linux/amd64"
# No symbols and no SBOM, as coracle.
KO_FLAGS = ["--sbom=none", "--ldflags=-s -w", "--platform", PLATFORM]
CACHE = tools.WORK / "cache"


@dataclasses.dataclass
class Bench:
    """The tools, and the registry behind the proxy that counts."""

    coracle_program: pathlib.Path
    ko_program: pathlib.Path
    toxiproxy: pathlib.Path
    go: tools.WatchedGo
    proxy: CountingProxy
    # Where the registry is without the proxy, for what is too large to count.
    direct: str
    rounds: int
    goreleaser_program: pathlib.Path | None = None

    def coracle(self, app, repository, *arguments, settings=None):
        """Pushes images with coracle."""
        command = [self.coracle_program, "push", "--repo", repository, "--platform", PLATFORM, *arguments]
        return self.run(command, app, settings)

    def ko(self, app, repository, *arguments, settings=None, registry=None):
        """Pushes images with ko, like coracle: no symbols, no SBOM, the same base from the same registry."""
        command = [self.ko_program, "build", *app.mains, *KO_FLAGS, *(arguments or ["--bare"])]
        return self.run(command, app, {**self.ko_settings(repository, registry), **(settings or {})})

    def coracle_resolve(self, app, repository, file, settings):
        """Resolves a file of manifests with coracle."""
        command = [self.coracle_program, "resolve", "--repo", repository, "--platform", PLATFORM, "-f", file]
        return self.run(command, app, settings)

    def ko_resolve(self, app, repository, file):
        """Resolves a file of manifests with ko, like coracle."""
        return self.run([self.ko_program, "resolve", *KO_FLAGS, "-f", file], app, self.ko_settings(repository))

    def ko_settings(self, repository, registry=None):
        """Returns the variables that tell ko where images go, and what they stand on."""
        base = f"{registry or self.proxy.address}/base:static"
        return {"KO_DOCKER_REPO": repository, "KO_DEFAULTBASEIMAGE": base}

    def go_build(self, app):
        """Builds all main packages with Go alone, with the flags that both tools give it."""
        with tempfile.TemporaryDirectory() as folder:
            command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", f"{folder}/", *app.mains]
            return self.run(command, app, {"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64"})

    def goreleaser(self):
        """Returns goreleaser, installed when it is first wanted: to compile it takes minutes."""
        if self.goreleaser_program is None:
            self.goreleaser_program = tools.install("goreleaser")
        return self.goreleaser_program

    def run(self, command, app, settings):
        """Runs a tool in an app's folder, and counts what it asks of the registry and of Go."""
        path = f"{self.go.bin}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "CORACLE_CACHE": str(CACHE), **(settings or {})}
        self.proxy.reset()
        self.go.reset()
        if command[0] == "go":
            command = [self.go.bin / "go", *command[1:]]
        taken = measuring.run(command, app.folder, environment)
        taken.requests, taken.bytes_sent = len(self.proxy.requests), self.proxy.bytes_sent
        taken.go_commands = self.go.commands()
        return taken


@contextlib.contextmanager
def prepared(rounds):
    """Builds the tools and starts the registry."""
    coracle, ko, registry, toxiproxy = (tools.build_coracle(), tools.install("ko"), tools.install("registry"),
                                        tools.install("toxiproxy", "server"))
    shutil.rmtree(CACHE, ignore_errors=True)
    with registries.registry(registry) as target, CountingProxy(target) as proxy:
        registries.push_static_base(proxy.address)
        yield Bench(coracle, ko, toxiproxy, tools.WatchedGo(), proxy, "{}:{}".format(*target), rounds)


@contextlib.contextmanager
def empty_cache(*variables):
    """Gives settings that name an empty folder for each variable, CORACLE_CACHE where none is named."""
    with tempfile.TemporaryDirectory(dir=tools.WORK) as folder:
        yield {name: f"{folder}/{name}" for name in variables or ["CORACLE_CACHE"]}
