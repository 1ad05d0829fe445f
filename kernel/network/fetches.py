"""What fetch() of prelude/fetch.js asks of the kernel."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from isolates import DisposedError, Future, JSError, ReleasedError, StoppedError, TerminatedError
from isolates.kernel.workers import Workers
from isolates.text import well_formed

if TYPE_CHECKING:
    from isolates.kernel.network.exchange import Exchange, Head

MOST_AT_ONCE = 8
MOST_WAITING = 10_000
# Of a response, and of all requests that wait.
LARGEST_BODY = 256_000_000
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,1000}")
# What a header of a request may have, and in all.
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LONGEST_HEADERS = 1_000_000
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_REDIRECTS = frozenset({"follow", "error", "manual"})
_FOLDER = Path(__file__).parents[1] / "prelude" / "web"
# In their order.
FILES = ("words", "headers", "bodies", "request", "response", "fetch")

Deliver = Callable[[int, list[object]], Future[object]]


class _Asked(NamedTuple):
    url: str
    method: str
    redirect: str
    headers: list[tuple[str, str]]
    body: bytes | None

    @property
    def size(self) -> int:
        parts = (self.url, *(part for header in self.headers for part in header), self.body or b"")
        return sum(map(len, parts))


class _Fetch:
    def __init__(self, number: int, cell: int, asked: _Asked) -> None:
        self.number = number
        self.cell = cell
        self.size = asked.size
        self.asked: _Asked | None = asked
        self.exchange: Exchange | None = None
        self.is_over = False
        self.is_taken = threading.Event()  # JavaScript has the last that is to be told of it


class Fetches:
    """Those of one context. A few run at once, each on a thread of its own; the others wait.

    JavaScript calls the functions on the threads that run it; `stop` and `close` may be called on any.
    `_lock` guards which fetches there are and whether they are over; whoever makes one over tells JavaScript.
    """

    def __init__(
        self,
        is_allowed: Callable[[], bool],
        deliver: Deliver,
        report: Callable[[int, BaseException], None],
        limit_bytes: int,
    ) -> None:
        """`deliver` hands something of a cell to operations.fetched; `report` hears what that threw.

        `limit_bytes`: of the body of a response.
        """
        self._is_allowed = is_allowed
        self._deliver = deliver
        self._report = report
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._fetches: dict[int, _Fetch] = {}
        self._size = 0  # of all these
        self._stopped: set[int] = set()
        self._workers = Workers("isolates-fetch", MOST_AT_ONCE)
        self._is_closed = False

    def functions(self) -> dict[str, object]:
        """What the prelude gets."""
        return {
            "fetch": self._start,
            "abortFetch": self._abort,
            "address": _address,
            "decode": _decode,
            "fetchSource": _source,
        }

    def stop(self, cell: int) -> None:
        """The cell was stopped: what it fetches fails, and what is left of it fetches nothing any more."""
        with self._lock:
            self._stopped.add(cell)
            found = [fetch for fetch in self._fetches.values() if fetch.cell == cell]
        for fetch in found:
            if self._end(fetch):
                self._tell(fetch, "aborted", "The operation was aborted: its cell was stopped")

    def close(self) -> None:
        """The context is gone: nobody waits any more."""
        with self._lock:
            self._is_closed = True
            found = list(self._fetches.values())
        for fetch in found:
            self._end(fetch)

    def _start(
        self,
        cell: object,
        number: object,
        url: object,
        method: object,
        redirect: object,
        body: object,
        *headers: object,
    ) -> None:
        """The answer comes by `deliver`. Raises TypeError, ValueError."""
        if not isinstance(cell, int) or not isinstance(number, int):
            raise TypeError("no numbers")
        fetch = _Fetch(number, cell, _checked(url, method, redirect, headers, body))
        with self._lock:
            if self._is_closed or cell in self._stopped:
                return  # It is never answered, as the timers of a stopped cell never come.
            if not self._is_allowed():
                raise TypeError("the network was taken from this isolate (c.IsolateKernel.network)")
            if self._workers.waiting >= MOST_WAITING or self._size + fetch.size > LARGEST_BODY:
                raise ValueError(
                    f"more than {MOST_WAITING} requests, or {LARGEST_BODY // 1_000_000} MB, wait already"
                )
            self._fetches[number] = fetch
            self._size += fetch.size
        try:
            self._workers.start(lambda: self._run(fetch))
        except RuntimeError:
            self._end(fetch)
            raise

    def _abort(self, number: object) -> None:
        """JavaScript has rejected the promise itself."""
        with self._lock:
            fetch = self._fetches.get(number) if isinstance(number, int) else None
        if fetch is not None:
            self._end(fetch)

    def _end(self, fetch: _Fetch) -> bool:
        """Whether it was under way."""
        with self._lock:
            if fetch.is_over:
                return False
            fetch.is_over = True
            fetch.asked = None  # It may have to wait for a thread still.
            self._size -= fetch.size
            self._fetches.pop(fetch.number, None)
        if fetch.exchange is not None:
            fetch.exchange.abort()
        return True

    def _run(self, fetch: _Fetch) -> None:
        from isolates.kernel.network.addresses import AddressError, parse
        from isolates.kernel.network.exchange import Exchange, Request
        from isolates.kernel.network.failures import FetchError

        try:
            with self._lock:
                asked = fetch.asked
                if asked is None:
                    return
                request = Request(parse(asked.url), asked.method, asked.headers, asked.body, asked.redirect)
                exchange = Exchange(request, self._limit_bytes, partial(self._tell_head, fetch))
                fetch.exchange = exchange
            data = exchange.run()
        except (FetchError, AddressError) as error:
            details: dict[str, object] = getattr(error, "details", {})
            told = (part for pair in details.items() for part in pair)
            self._finish(fetch, "failed", str(error), error.code, *told)
        except Exception as error:
            self._finish(fetch, "failed", f"{type(error).__name__}: {error}", "ERR_INTERNAL")
        else:
            self._finish(fetch, "body", data)
        # Else any number of bodies could wait for an isolate that is busy.
        fetch.is_taken.wait()

    def _tell_head(self, fetch: _Fetch, head: Head) -> None:
        if not fetch.is_over:
            headers = (part for header in head.headers for part in header)
            self._tell(fetch, "head", head.status, head.reason, head.url, head.is_redirected, *headers)

    def _finish(self, fetch: _Fetch, kind: str, *parts: object) -> None:
        if self._end(fetch):
            self._tell(fetch, kind, *parts)
        else:
            fetch.is_taken.set()

    def _tell(self, fetch: _Fetch, kind: str, *parts: object, is_again: bool = False) -> None:
        def done(future: Any) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, JSError) and kind == "body":
                # There is no room for it.
                self._tell(fetch, "failed", str(error), "ERR_MEMORY_ALLOCATION_FAILED")
            elif isinstance(error, StoppedError) and not is_again:
                # It may have been stopped before the prelude had heard of it.
                self._tell(fetch, kind, *parts, is_again=True)
            elif kind != "head":
                fetch.is_taken.set()
            if error is not None and not isinstance(error, TerminatedError | JSError):
                self._report(fetch.cell, error)

        try:
            future = self._deliver(fetch.cell, [fetch.number, kind, *parts])
        except (DisposedError, ReleasedError):
            fetch.is_taken.set()  # The context is gone.
        else:
            future.add_done_callback(done)


def _checked(
    url: object, method: object, redirect: object, headers: tuple[object, ...], body: object
) -> _Asked:
    """The prelude has looked at all that; here it is looked at once more. Raises TypeError, ValueError."""
    if not isinstance(url, str) or not isinstance(method, str) or redirect not in _REDIRECTS:
        raise TypeError("no request")
    if not _TOKEN.fullmatch(method) or method.upper() in _FORBIDDEN_METHODS:
        raise ValueError("no method")
    found = [part for part in headers if isinstance(part, str)]
    if len(found) != len(headers) or len(found) % 2 or sum(map(len, found)) > _LONGEST_HEADERS:
        raise TypeError(f"headers that are no text, or more than {_LONGEST_HEADERS} characters")
    pairs = list(zip(found[::2], found[1::2], strict=True))
    for name, value in pairs:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"the header {name[:40]!r}")
    return _Asked(url, method, str(redirect), pairs, _bytes(body))


def _bytes(body: object) -> bytes | None:
    match body:
        case bytes():
            return body
        case str():
            return well_formed(body).encode()
        case None:
            return None
    raise TypeError("no body")


def _address(text: object) -> list[str]:
    """[URL], or what is wrong and its code."""
    from isolates.kernel.network.addresses import AddressError, parse

    try:
        return [str(parse(well_formed(str(text))))]
    except AddressError as error:
        return [str(error), error.code]


def _decode(data: object) -> str:
    """The text of a body. The prelude's own decoder takes 20 ns for a byte."""
    return data.decode("utf-8-sig", "replace") if isinstance(data, bytes) else ""


def _source() -> str:
    return "'use strict';\n" + "\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in FILES)
