"""One fetch: the request, what it is redirected to, and the body of what comes back.

Imported with the first fetch: http, ssl and urllib are what a kernel without any need not load.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from isolates import __version__
from isolates.kernel.network.addresses import Address, AddressError, follow
from isolates.kernel.network.bodies import read_body
from isolates.kernel.network.failures import FetchError, connect_failure, failure_of

# As long as Node waits.
_CONNECT_S = 10.0
_SILENCE_S = 300.0
_MOST_REDIRECTS = 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ABOUT_BODY = frozenset(
    {"content-encoding", "content-language", "content-length", "content-location", "content-type"}
)
# For one origin only.
_SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "host"})
# What the connection is about is not the user's to say: it would make two requests of one.
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_DEFAULTS = (
    ("Accept", "*/*"),
    ("Accept-Language", "*"),
    ("User-Agent", f"isolates/{__version__}"),
    ("Accept-Encoding", "gzip, deflate"),
)

Headers = list[tuple[str, str]]


class Request(NamedTuple):
    """As it is sent: checked, and of Latin-1 but for the body. `redirect`: follow, error or manual."""

    address: Address
    method: str
    headers: Headers
    body: bytes | None
    redirect: str


class Head(NamedTuple):
    """What a response begins with."""

    status: int
    reason: str
    url: str
    is_redirected: bool
    headers: Headers


class Exchange:
    """`run` blocks and may be called once; `abort` makes it end, on any thread."""

    def __init__(self, request: Request, limit_bytes: int, on_head: Callable[[Head], None]) -> None:
        self._request = request
        self._limit_bytes = limit_bytes
        self._on_head = on_head
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None  # a second one of the same connection
        self.is_aborted = False

    def abort(self) -> None:
        """Closes the connection."""
        with self._lock:
            self.is_aborted = True
            if self._socket is not None:
                _shut(self._socket)

    def run(self) -> bytes:
        """The body; `on_head` is called before. Raises FetchError."""
        request = self._request
        for count in range(_MOST_REDIRECTS + 1):
            next_one = self._step(request, count)
            if isinstance(next_one, bytes):
                return next_one
            request = next_one
        raise FetchError("redirect count exceeded")

    def _step(self, request: Request, count: int) -> Request | bytes:
        try:
            return self._ask(request, count)
        except Exception as error:
            raise failure_of(error, request.address.host) from None
        finally:
            with self._lock:
                if self._socket is not None:
                    self._socket.close()
                    self._socket = None

    def _ask(self, request: Request, count: int) -> Request | bytes:
        if request.address.has_bad_port:
            raise FetchError("bad port")
        route = _Route(request.address)
        with self._connected(route, request.address) as connection:
            _send(connection, request, route)
            response = http.client.HTTPResponse(connection, method=request.method)
            with response:
                _begin(response)
                target = _redirect(request, response)
                if target is not None:
                    return target
                headers = [(name, _one_line(value)) for name, value in response.getheaders()]
                url = str(request.address)
                self._on_head(Head(response.status, _one_line(response.reason), url, count > 0, headers))
                return read_body(response, self._limit_bytes, lambda: self.is_aborted)

    def _connected(self, route: _Route, address: Address) -> socket.socket:
        plain = self._connect(*route.peer)
        try:
            plain.settimeout(_SILENCE_S)
            if address.scheme == "http":
                return plain
            route.open_tunnel(plain, address)
            return _tls().wrap_socket(plain, server_hostname=address.host)
        except BaseException:
            plain.close()
            raise

    def _connect(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        first: FetchError | None = None
        for family, kind, protocol, _, place in found:
            made = socket.socket(family, kind, protocol)
            try:
                self._adopt(made)
                made.settimeout(_CONNECT_S)
                made.connect(place)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return made
            except OSError as error:
                made.close()
                first = first or connect_failure(error, str(place[0]), port)
        raise first or FetchError(f"getaddrinfo ENOTFOUND {host}", "ENOTFOUND")

    def _adopt(self, made: socket.socket) -> None:
        """From now on `abort` ends it. TLS takes the socket away; its twin stays the connection's."""
        with self._lock:
            if self.is_aborted:
                raise FetchError("aborted")
            if self._socket is not None:
                self._socket.close()
            self._socket = made.dup()


class _Route:
    """To whom one connects for an address: the proxy that the environment names, if any."""

    def __init__(self, address: Address) -> None:
        self.peer = (address.host, address.port)
        self.is_proxy = False
        self._headers: Headers = []
        proxies = urllib.request.getproxies()
        proxy = proxies.get(address.scheme) or proxies.get("all")
        if not proxy or urllib.request.proxy_bypass(address.host):
            return
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.scheme != "http" or not parts.hostname:
            raise FetchError(f"the proxy of the environment is none of HTTP, but of {parts.scheme}")
        self.is_proxy = True
        self.peer = (parts.hostname, parts.port or 80)
        if parts.username is not None:
            secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self._headers = [("Proxy-Authorization", f"Basic {base64.b64encode(secret).decode()}")]

    def target(self, address: Address) -> str:
        is_asked = self.is_proxy and address.scheme == "http"
        return f"http://{address.netloc}{address.target}" if is_asked else address.target

    def headers(self, address: Address) -> Headers:
        return self._headers if address.scheme == "http" else []

    def open_tunnel(self, plain: socket.socket, address: Address) -> None:
        if not self.is_proxy:
            return
        host = f"[{address.host}]" if ":" in address.host else address.host
        place = f"{host}:{address.port}"
        _write(plain, "CONNECT", place, [("Host", place), *self._headers], None)
        with http.client.HTTPResponse(plain, method="CONNECT") as response:
            response.begin()
            if response.status != 200:
                raise FetchError(f"Proxy response ({response.status}) !== 200 when HTTP Tunneling")


def _send(connection: socket.socket, request: Request, route: _Route) -> None:
    own = {name.lower() for name, _ in request.headers}
    headers = [("Connection", "close")]
    if "host" not in own:
        headers.insert(0, ("Host", request.address.netloc))
    headers += [(name, value) for name, value in request.headers if name.lower() not in _OURS]
    headers += [(name, value) for name, value in _DEFAULTS if name.lower() not in own]
    headers += route.headers(request.address)
    if request.body is not None or request.method in ("POST", "PUT"):
        headers.append(("Content-Length", str(len(request.body or b""))))
    _write(connection, request.method, route.target(request.address), headers, request.body)


def _write(
    connection: socket.socket,
    method: str,
    target: str,
    headers: Sequence[tuple[str, str]],
    body: bytes | None,
) -> None:
    """By http.client, which looks once more for what would be a second request."""
    writer = http.client.HTTPConnection("unused")
    writer.sock = connection
    writer.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        writer.putheader(name, value.encode("latin-1"))
    writer.endheaders(body)
    writer.sock = None


def _begin(response: http.client.HTTPResponse) -> None:
    response.begin()
    while 100 <= response.status < 200 and response.status != 101:
        # A hint, such as 103; http.client knows 100 only, and reads on when it has no headers.
        response.headers = response.msg = None  # type: ignore[assignment]
        response.begin()


def _redirect(request: Request, response: http.client.HTTPResponse) -> Request | None:
    """What to ask instead, by the Fetch standard's "HTTP-redirect fetch"."""
    location = response.getheader("Location")
    if response.status not in _REDIRECTS or request.redirect == "manual":
        return None
    if request.redirect == "error":
        raise FetchError("unexpected redirect")
    if location is None:
        return None
    try:
        address = follow(request.address, _utf8(location))
    except AddressError as error:
        raise FetchError(f"redirect to {str(error)[:200]}", error.code) from None
    headers, method, body = request.headers, request.method, request.body
    if (response.status in (301, 302) and method == "POST") or (
        response.status == 303 and method not in ("GET", "HEAD")
    ):
        method, body = "GET", None
        headers = [header for header in headers if header[0].lower() not in _ABOUT_BODY]
    if address.origin != request.address.origin:
        headers = [header for header in headers if header[0].lower() not in _SECRETS]
    return Request(address, method, headers, body, request.redirect)


@cache
def _tls() -> ssl.SSLContext:
    """With the certificates that the system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # It is not connected any more.


def _one_line(text: str) -> str:
    """A ByteString, as JavaScript has headers: one character for each byte, and no end of a line."""
    return " ".join(text.encode("latin-1", "replace").decode("latin-1").splitlines())


def _utf8(location: str) -> str:
    return location.encode("latin-1", "replace").decode("utf-8", "replace")
