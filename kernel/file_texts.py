"""Text and bytes, in the encodings that Node's fs and Buffer have."""

from __future__ import annotations

import base64
import re
import sys

from isolates.text import well_formed

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_URL_SAFE = str.maketrans("-_", "+/")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


def decode(data: bytes | bytearray, encoding: str) -> str:
    """What is no UTF-8 becomes U+FFFD. Raises ValueError."""
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
            return well_formed(text).encode()
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
