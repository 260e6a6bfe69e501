"""An HTTP proxy in front of one registry that counts what a client asks and sends."""

import http.client
import http.server
import threading

# Of one connection, not of the message (RFC 9110, 7.6.1); whoever sends a body on says how it is framed.
HOP_BY_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}
PIECE = 256 << 10


class CountingProxy(http.server.ThreadingHTTPServer):
    """Passes every request on to `upstream`, a (host, port) pair. Use it in a `with` block."""

    daemon_threads = True

    def __init__(self, upstream):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.lock = threading.Lock()
        self.reset()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"

    def reset(self):
        with self.lock:
            self.requests = []
            self.bytes_sent = 0

    def count(self, request, size):
        with self.lock:
            self.requests.append(request)
            self.bytes_sent += size


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.registry = http.client.HTTPConnection(*self.server.upstream)

    def finish(self):
        self.registry.close()
        super().finish()

    def forward(self):
        # The registry builds Location headers from Host, so it must see the proxy's.
        self.registry.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.registry.putheader(name, value)
        self.server.count(f"{self.command} {self.path}", self.send_body())
        self.answer(self.registry.getresponse())

    def send_body(self):
        """Ends the head and sends the body on as it comes, as what holds it back would cost whoever streams."""
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        if chunked:
            self.registry.putheader("Transfer-Encoding", "chunked")
        else:
            self.registry.putheader("Content-Length", self.headers.get("Content-Length", "0"))
        self.registry.endheaders()
        sent = 0
        for piece in self.chunks() if chunked else self.pieces(int(self.headers.get("Content-Length", 0))):
            sent += len(piece)
            self.registry.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.registry.send(b"0\r\n\r\n")
        return sent

    def pieces(self, size):
        while size and (piece := self.rfile.read1(min(size, PIECE))):
            size -= len(piece)
            yield piece

    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def answer(self, response):
        body = response.read()
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if response.getheader("Content-Length") is None and response.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: ko tries TLS on every new connection first, and each try would be a line."""

    do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = forward
