"""A web server for tests of fetch(), on a thread of the test's process."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.kernel.conftest import Kernel

DEADLINE_S = 20.0
REPORTED = "catch (e) { console.log(e.name, '|', e.message, '|', e.cause?.code, '|', e.cause?.message) }"
_RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
TEXT = "h\u00e9llo " * 1000
CODED = {
    "gzip": gzip.compress(TEXT.encode()),
    "two-gzips": gzip.compress(TEXT[:100].encode()) + gzip.compress(TEXT[100:].encode()),
    "deflate": zlib.compress(TEXT.encode()),
    "raw-deflate": _RAW.compress(TEXT.encode()) + _RAW.flush(),
    "broken": b"\x1f\x8bnothing",
    "unknown": TEXT.encode(),
}
CODED["six-times"] = CODED["gzip"]
CODINGS = {
    "two-gzips": "gzip",
    "raw-deflate": "deflate",
    "broken": "gzip",
    "unknown": "fantasy",
    "six-times": ", ".join(["gzip"] * 6),
}


class WebServer(ThreadingHTTPServer):
    """`requests` are what has come: method and path.

    `begun` and `ended` are set by /never and /slow, when they have begun to wait, and when the other side has
    closed the connection; /begun answers after the former.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.begun, self.ended = threading.Event(), threading.Event()
        self.together = threading.Barrier(4)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # A proxy is asked for whole addresses.
        path = self.path if self.path.startswith("/") else f"/{self.path.split('/', 3)[3]}"
        _, name, *rest = path.split("/", 2)
        argument = rest[0] if rest else ""
        match name.partition("?")[0]:
            case "echo":
                told = {
                    "method": self.command,
                    "path": self.path,
                    "headers": {key.lower(): value for key, value in self.headers.items()},
                    "body": body.decode("latin-1"),
                }
                self._send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})
            case "status":
                self._send(int(argument), b"")
            case "redirect":
                code, _, location = argument.partition("/")
                self._send(int(code), b"moved", {"Location": location.replace("|", "/")})
            case "coded":
                coding = CODINGS.get(argument, argument)
                self._send(200, CODED[argument], {"Content-Encoding": coding})
            case "bomb":
                self._send(200, gzip.compress(bytes(int(argument))), {"Content-Encoding": "gzip"})
            case "big":
                self._send(200, b"x" * int(argument))
            case "cookies":
                self._send(200, b"", {"Set-Cookie": "a=1\r\nSet-Cookie: b=2", "X-Folded": "one\r\n two"})
            case "short":
                self._send(200, b"x", {}, length=100)
                self.close_connection = True
            case "nonsense":
                self.wfile.write(b"SSH-2.0-nobody\r\n")
                self.close_connection = True
            case "hints":
                self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
                self._send(200, b"after hints")
            case "slow":
                self._send(200, b"x", {}, length=100)
                self._wait()
            case "never":
                self._wait()
            case "begun":
                self._send(200 if self.server.begun.wait(DEADLINE_S) else 500, b"")
            case "together":
                self.server.together.wait(DEADLINE_S)
                self._send(200, b"together")

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Any method is answered."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._refuse if name == "do_CONNECT" else self._answer

    def _refuse(self) -> None:
        self.server.requests.append(f"CONNECT {self.path}")
        self._send(403, b"")

    def _wait(self) -> None:
        self.wfile.flush()
        self.server.begun.set()
        self.connection.settimeout(DEADLINE_S)
        try:
            is_closed = self.connection.recv(1) == b""
        except ConnectionError:  # closed by who had not read all yet
            is_closed = True
        if is_closed:
            self.server.ended.set()
        self.close_connection = True

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[WebServer]:
    made = WebServer()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(DEADLINE_S)


def failure(kernel: Kernel, code: str) -> list[str]:
    """Name, message, and code and message of the cause."""
    return kernel.ok(f"try {{ {code}; console.log('no error') }} {REPORTED}").stdout.strip().split(" | ")
