"""Text and bytes, in the encodings that Node's fs and Buffer have."""

from __future__ import annotations

import base64
import codecs
import re
import sys
from collections.abc import Callable, Iterator

from isolates.text import well_formed

# Nobody else runs while Python converts one. Divisible by what base64 takes at once.
_PORTION = 3 << 20
_INCREMENTAL = {"utf8": ("utf-8", "replace"), "utf16le": ("utf-16-le", "surrogatepass")}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_URL_SAFE = str.maketrans("-_", "+/")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


def decode(data: bytes | bytearray, encoding: str, check: Callable[[], None] = lambda: None) -> str:
    """What is no UTF-8 becomes U+FFFD. `check` is called between portions. Raises ValueError."""
    if len(data) <= _PORTION:
        return _decode(data, encoding)
    parts: list[str] = []
    if encoding in _INCREMENTAL:
        name, errors = _INCREMENTAL[encoding]
        decoder = codecs.getincrementaldecoder(name)(errors)
        whole = data[: len(data) & ~1] if encoding == "utf16le" else data
        for portion in _portions(whole, check):
            parts.append(decoder.decode(portion))
        parts.append(decoder.decode(b"", final=True))
    else:
        for portion in _portions(data, check):
            parts.append(_decode(portion, encoding))
    return "".join(parts)


def _portions(data: bytes | bytearray, check: Callable[[], None]) -> Iterator[bytes | bytearray]:
    for start in range(0, len(data), _PORTION):
        check()
        yield data[start : start + _PORTION]


def _decode(data: bytes | bytearray, encoding: str) -> str:
    match encoding:
        case "utf8":
            return data.decode("utf-8", "replace")
        case "latin1":
            return data.decode("latin-1")
        case "ascii":
            return data.translate(_SEVEN_BITS).decode("ascii")
        case "utf16le":
            return data[: len(data) & ~1].decode("utf-16-le", "surrogatepass")
        case "hex":
            return data.hex()
        case "base64":
            return base64.b64encode(data).decode("ascii")
        case "base64url":
            return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
    raise ValueError(f"no encoding: {encoding}")


def encode(text: str, encoding: str) -> bytes:
    """As Buffer.from(text, encoding), which takes what it understands. Raises ValueError."""
    match encoding:
        case "utf8":
            starts = range(0, len(text), _PORTION)
            return b"".join(well_formed(text[start : start + _PORTION]).encode() for start in starts)
        case "latin1" | "ascii":
            if text.isascii():
                return text.encode("ascii")
            return text.encode("utf-16-le", "surrogatepass")[::2]
        case "utf16le":
            return text.encode("utf-16-le", "surrogatepass")
        case "hex":
            found = _HEX.match(text)
            return bytes.fromhex(found[0]) if found is not None else b""
        case "base64" | "base64url":
            signs = _NOT_BASE64.sub("", text.partition("=")[0].translate(_URL_SAFE))
            signs = signs[:-1] if len(signs) % 4 == 1 else signs
            return base64.b64decode(signs + "=" * (-len(signs) % 4))
    raise ValueError(f"no encoding: {encoding}")


def string_bytes(text: str) -> int:
    """What the text takes at most as a string of V8's: one byte for each unit, or two."""
    if len(text) < 1000:
        return 4 * len(text)
    # CPython stores it as V8 does, but for what is beyond U+FFFF. A look at each character takes seconds.
    return (sys.getsizeof(text) // len(text)) * len(text)
