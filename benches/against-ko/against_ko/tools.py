"""The programs that are compared, and those that they are compared with."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORK = ROOT / "target/against-ko"


def build_coracle():
    """Builds the release of coracle that is in the source tree."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target/release/coracle"


def install(tool, program=None):
    """Installs a Go tool at the version that tests/tools pins; `program` is its name where that is another."""
    environment = {**os.environ, "GOBIN": str(WORK / "bin")}
    subprocess.run(["go", "install", "-trimpath", "tool"], cwd=ROOT / "tests/tools" / tool, env=environment, check=True)
    return WORK / "bin" / (program or tool)


class WatchedGo:
    """The machine's Go at another place, with a program in front that lists what it is asked to do."""

    def __init__(self):
        real = pathlib.Path(subprocess.check_output(["go", "env", "GOROOT"], text=True).strip())
        self.root = WORK / "go"
        self.list = self.root / "commands"
        shutil.rmtree(self.root, ignore_errors=True)
        (self.root / "bin").mkdir(parents=True)
        for entry in real.iterdir():
            if entry.name != "bin":
                (self.root / entry.name).symlink_to(entry)
        # A program, not a script: coracle asks a script what Go it is, which would be one process more.
        source = pathlib.Path(__file__).parent / "watched_go.go"
        names = f"-X main.real={real}/bin/go -X main.list={self.list}"
        subprocess.run(["go", "build", "-ldflags", names, "-o", self.root / "bin/go", source], check=True)

    @property
    def bin(self):
        """The folder for PATH."""
        return self.root / "bin"

    def reset(self):
        """Forgets what was asked so far."""
        self.list.write_text("")

    def commands(self):
        """Returns the commands since the last reset, such as `env` and `build`."""
        return self.list.read_text().split()
