"""The body of a response as it comes: taken in up to a limit, and decompressed."""

from __future__ import annotations

import http.client
import io
import zlib
from collections.abc import Callable

from isolates.kernel.network.failures import FetchError

_PORTION = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_MOST_CODINGS = 5  # as in Node: each makes a thousand bytes of one, and of nothing if the last one wants it


def read_body(
    response: http.client.HTTPResponse, limit_bytes: int, is_aborted: Callable[[], bool] = lambda: False
) -> bytes:
    """All of it. Raises FetchError if it is larger than the limit, and what the connection raises.

    `is_aborted`: nobody wants the body any more, which decompression has to be told.
    """
    names = [name.strip().lower() for name in (response.getheader("Content-Encoding") or "").split(",")]
    if len(names) > _MOST_CODINGS:
        message = f"The body has {len(names)} content-encodings, more than {_MOST_CODINGS}"
        raise FetchError(message, "UND_ERR_RESPONSE")
    body = _Body(limit_bytes)
    add: Callable[[bytes], None] = body.add
    # As in Node: none is decoded if there is one that is not known.
    if all(name in _CODINGS for name in names):
        for name in names:
            add = _Inflation(name, add, is_aborted).add
    while True:
        portion = response.read(_PORTION)
        if not portion:
            break
        add(portion)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return body.bytes()


class _Body:
    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._file = io.BytesIO()

    def add(self, data: bytes) -> None:
        if self._file.tell() + len(data) > self._limit_bytes:
            megabytes = round(self._limit_bytes / 1_000_000)
            message = f"The body is larger than {megabytes} MB, which is the most that this isolate may fetch"
            raise FetchError(message, "ERR_BODY_TOO_LARGE")
        self._file.write(data)

    def bytes(self) -> bytes:
        return self._file.getvalue()


class _Inflation:
    """In portions, since a few bytes may be made to become gigabytes."""

    def __init__(self, name: str, add: Callable[[bytes], None], is_aborted: Callable[[], bool]) -> None:
        self._is_gzip = name != "deflate"
        self._add = add
        self._is_aborted = is_aborted
        self._inflater = zlib.decompressobj(_GZIP) if self._is_gzip else None
        self._is_over = False

    def add(self, data: bytes) -> None:
        while data and not self._is_over:
            if self._is_aborted():
                raise FetchError("aborted")
            if self._inflater is None:
                # Servers mean both by "deflate": a zlib stream, or what is in one.
                is_zlib = data[0] & 0x0F == 8
                self._inflater = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
            inflater = self._inflater
            while portion := inflater.decompress(data, _PORTION):
                self._add(portion)
                data = inflater.unconsumed_tail
            data = inflater.unused_data
            if inflater.eof:
                # A gzip file may be several, one behind the other. What follows otherwise is padding.
                self._is_over = not self._is_gzip or (data != b"" and not data.startswith(_GZIP_MAGIC))
                self._inflater = zlib.decompressobj(_GZIP)
