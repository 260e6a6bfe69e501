"""The Go source that is built: each app is a git repository of its own, made anew."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from .tools import ROOT, WORK

CADDY = "github.com/caddyserver/caddy/v2@v2.11.9"

# net/http, so that linking one costs what it costs in life.
SERVICE = """package main

import (
\t"fmt"
\t"net/http"

\t"example.com/fleet/shared"
)

const name = "{text}"

func main() {{
\thttp.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {{ fmt.Fprintln(answer, shared.Hello(name)) }})
\tpanic(http.ListenAndServe(":8080", nil))
}}
"""
# For a thousand images, of which nothing but the number counts.
TINY = """package main

import "example.com/fleet/shared"

func main() {{
\tprintln(shared.Hello("{text}"))
}}
"""
# What a service of a real fleet has beside its program.
TEST = """package main

import (
\t"net/http/httptest"
\t"testing"
)

func TestGreets(t *testing.T) {{
\tanswer := httptest.NewRecorder()
\tgreet(answer, nil)
\tif answer.Body.String() != "hello from {text}\\n" {{
\t\tt.Errorf("it says %q", answer.Body)
\t}}
}}
"""
TESTED = """package main

import (
\t"fmt"
\t"net/http"

\t"example.com/fleet/shared"
)

func greet(answer http.ResponseWriter, _ *http.Request) {{
\tfmt.Fprintln(answer, shared.Hello("{text}"))
}}

func main() {{
\tpanic(http.ListenAndServe(":8080", http.HandlerFunc(greet)))
}}
"""
SHARED = """package shared

// Hello greets for a service.
func Hello(name string) string { return "hello from " + name }
"""
# In a file of its own, so that caddy's own files stay as they are; `len` keeps the linker from leaving it out.
CHANGED = """package main

import "os"

func init() {{
\tif len(os.Args) == 0 {{
\t\tprintln("{text}")
\t}}
}}
"""


@dataclasses.dataclass
class App:
    """Go source in a git repository, and its main packages."""

    folder: pathlib.Path
    mains: list[str]

    def git(self, *arguments):
        """Runs git in it, as nobody in particular."""
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        subprocess.run(["git", *identity, "-C", self.folder, *arguments], check=True)

    def commit(self):
        """Commits all that was changed."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "A change")

    def change_caddy(self, text):
        """Makes caddy's main package print another text in a case that does not happen."""
        (self.folder / "cmd/caddy/changed.go").write_text(CHANGED.format(text=text))


def hello():
    """Returns examples/hello."""
    folder = empty_folder("hello")
    shutil.copytree(ROOT / "examples/hello", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("dist"))
    return committed(App(folder, ["."]))


def caddy():
    """Returns caddy, from the Go module proxy."""
    folder = empty_folder("caddy")
    shutil.copytree(module_folder(CADDY), folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    app = App(folder, ["./cmd/caddy"])
    app.change_caddy("first")
    return committed(app)


def fleet(name, count, source, settings=""):
    """Returns a module with `count` services that share a package, each an image of coracle.toml."""
    folder = empty_folder(name)
    names = [f"s{number:04}" for number in range(count)]
    write(folder / "go.mod", "module example.com/fleet\n\ngo 1.26\n")
    write(folder / "shared/shared.go", SHARED)
    for service in names:
        write(folder / "cmd" / service / "main.go", source.format(text=service))
    images = "".join(f'\n[images.{service}]\nmain = "./cmd/{service}"\n' for service in names)
    write(folder / "coracle.toml", settings + images)
    return committed(App(folder, [f"./cmd/{service}" for service in names]))


def huge_file(mebibytes):
    """Returns hello with a file of so many MiB among its files: noise that repeats too rarely to be compressed."""
    app = hello()
    noise = os.urandom(1 << 20)
    with open(app.folder / "huge", "wb") as huge:
        for _ in range(mebibytes):
            huge.write(noise)
    write(app.folder / "coracle.toml", '[images.hello]\nmain = "."\nfiles = [{ from = "huge", to = "/huge" }]\n')
    return app


def empty_folder(name):
    """Returns a new folder for the app of that name."""
    folder = WORK / "apps" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write(path, text):
    """Writes a file, in folders that are made where they lack."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def committed(app):
    """Makes a git repository of an app, with one commit and a tag."""
    app.git("init", "-q")
    app.commit()
    app.git("tag", "v1.0.0")
    return app


def module_folder(module):
    """Returns where Go keeps a module, brought if need be."""
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(["go", "mod", "download", "-json", module], cwd=folder, check=True,
                                stdout=subprocess.PIPE)
    return json.loads(answer.stdout)["Dir"]
