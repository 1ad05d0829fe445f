"""Modules whose text is in their specifier: `data:text/javascript,...`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from isolates.kernel.modules.sources import ModuleSource
from isolates.reading import LoadError

PREFIX = "data:"
# In characters. Decoding one costs the kernel many times as much; no text of that length is written by hand.
_LONGEST = 4_000_000
_KINDS = {"text/javascript": "module", "application/javascript": "module", "application/json": "json"}
_LONGEST_SHOWN = 80


class _Parts(NamedTuple):
    type: str
    parameters: str
    data: str


def is_data_url(specifier: str) -> bool:
    return specifier[: len(PREFIX)].lower() == PREFIX


def normalized(specifier: str) -> str:
    """As a URL's parser has it: without line breaks and fragment. Raises LoadError."""
    _check_length(specifier)
    url = re.sub(r"[\t\n\r]", "", specifier).partition("#")[0].rstrip(" ")
    return PREFIX + url[len(PREFIX) :]


def is_json(url: str) -> bool:
    parts = _parts(url)
    return parts is not None and _type(parts) == "application/json"


def shown(url: str) -> str:
    """What stacks call it."""
    return url if len(url) <= _LONGEST_SHOWN else f"{url[: _LONGEST_SHOWN - 1]}…"


def load(url: str) -> ModuleSource:
    """What an import of it compiles. Raises LoadError, as Node does."""
    _check_length(url)
    parts = _parts(url)
    if parts is None:
        raise LoadError("ERR_INVALID_URL", f"Invalid URL: {shown(url)}", "TypeError")
    kind = _KINDS.get(_type(parts))
    if kind is None:
        message = f"Unknown module format: {shown(parts.type)} for URL {shown(url)}"
        raise LoadError("ERR_UNKNOWN_MODULE_FORMAT", message, "RangeError")
    data = unquote_to_bytes(parts.data.encode("utf-8", "surrogatepass"))
    if parts.parameters.lower().endswith(";base64"):
        data = re.sub(rb"\s", b"", data).rstrip(b"=")
        try:
            data = base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
        except binascii.Error:
            raise LoadError("ERR_INVALID_URL", f"Invalid URL: {shown(url)}", "TypeError") from None
    text = data.decode("utf-8-sig", "replace")
    return ModuleSource("json" if kind == "json" else "module", text, shown(url))


def refusal(specifier: str, url: str) -> LoadError:
    """What imports in such a module get for anything that is relative to it."""
    message = f'Failed to resolve module specifier "{specifier}" from "{url}": it names no file'
    return LoadError("ERR_UNSUPPORTED_RESOLVE_REQUEST", message, "TypeError")


def _check_length(url: str) -> None:
    if len(url) > _LONGEST:
        message = f"A data URL of {len(url)} characters, more than {_LONGEST}: {shown(url)}"
        raise LoadError("ERR_INVALID_URL", message, "TypeError")


def _parts(url: str) -> _Parts | None:
    # No pattern: one would try ways through a text that is made for it.
    head, comma, data = url[len(PREFIX) :].partition(",")
    kind, semicolon, parameters = head.partition(";")
    main, _, sub = kind.partition("/")
    return _Parts(kind, semicolon + parameters, data) if comma and main and sub else None


def _type(parts: _Parts) -> str:
    return parts.type.strip().lower()
