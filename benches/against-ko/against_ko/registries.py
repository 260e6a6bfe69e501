"""The registry that both tools push to, ko's base in it, and a slow line to it."""

import contextlib
import hashlib
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from .tools import ROOT

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@contextlib.contextmanager
def registry(program):
    """Runs the CNCF registry on a free port of this machine, with an empty store; gives host and port."""
    with tempfile.TemporaryDirectory() as store:
        host, port = free_address()
        config = pathlib.Path(store) / "config.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {store}/data}}}}\nhttp: {{addr: {host}:{port}}}\n")
        with server([program, "serve", config], host, port):
            yield host, port


class SlowLine:
    """Toxiproxy in front of a server: each answer takes a set time longer. Use it in a `with` block."""

    def __init__(self, program, upstream):
        self.program = program
        self.upstream = upstream
        self.address = "{}:{}".format(*free_address())

    def __enter__(self):
        host, port = free_address()
        self.api = f"http://{host}:{port}/proxies"
        self.running = contextlib.ExitStack()
        self.running.enter_context(server([self.program, "-host", host, "-port", str(port)], host, port))
        self.ask("", {"name": "line", "listen": self.address, "upstream": self.upstream})
        return self

    def __exit__(self, *_):
        self.running.close()

    def set_delay(self, milliseconds):
        """Makes every answer take so much longer from now on."""
        with contextlib.suppress(urllib.error.HTTPError):
            self.ask("/line/toxics/slow", None, method="DELETE")
        if milliseconds:
            toxic = {"name": "slow", "type": "latency", "stream": "downstream", "attributes": {"latency": milliseconds}}
            self.ask("/line/toxics", toxic)

    def answer_seconds(self):
        """Returns how long the smallest answer takes: the quickest of several on one connection."""
        connection = http.client.HTTPConnection(self.address)
        with contextlib.closing(connection):
            return min(ask_for_version(connection) for _ in range(10))

    def ask(self, path, document, method="POST"):
        """Asks toxiproxy for something."""
        body = None if document is None else json.dumps(document).encode()
        urllib.request.urlopen(urllib.request.Request(self.api + path, method=method, data=body)).close()


def ask_for_version(connection):
    """Asks whether there is a registry, and returns how long that took."""
    begin = time.monotonic()
    connection.request("GET", "/v2/")
    connection.getresponse().read()
    return time.monotonic() - begin


def free_address():
    """Returns an address of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()


@contextlib.contextmanager
def server(command, host, port):
    """Runs a server, from when it listens to the end of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(process, host, port)
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for(process, host, port):
    """Waits until a server listens, a minute at most."""
    for _ in range(1200):
        if process.poll() is not None:
            sys.exit(f"run: {process.args[0]} ended with {process.returncode} before it listened")
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((host, port)):
            return
        time.sleep(0.05)
    sys.exit(f"run: {process.args[0]} does not listen on {host}:{port}")


def push_static_base(address):
    """Puts coracle's embedded base there as an image, so that both tools build on the same bytes."""
    layer = (ROOT / "base-layers/static/layer.tar.gz").read_bytes()
    identity = json.loads((ROOT / "base-layers/static/layer.json").read_text())
    config = json.dumps({"architecture": "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [identity["diffId"]]}}).encode()
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                "config": push_blob(address, CONFIG_TYPE, config),
                "layers": [push_blob(address, LAYER_TYPE, layer)]}
    put(f"http://{address}/v2/base/manifests/static", MANIFEST_TYPE, json.dumps(manifest).encode())
    return f"{address}/base:static"


def push_blob(address, media_type, content):
    """Sends a blob, and returns its descriptor."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    start = urllib.request.Request(f"http://{address}/v2/base/blobs/uploads/", method="POST", data=b"")
    with urllib.request.urlopen(start) as answer:
        location = answer.headers["Location"]
    put(f"{location}&digest={digest}", "application/octet-stream", content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def put(url, media_type, content):
    """Sends content to a registry."""
    request = urllib.request.Request(url, method="PUT", data=content, headers={"Content-Type": media_type})
    urllib.request.urlopen(request).close()
