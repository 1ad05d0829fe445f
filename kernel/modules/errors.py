"""Errors of loading as JavaScript gets them, and where they are shown."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from isolates import JSError, JSSyntaxError, JSTypeError
from isolates.reading import LoadError

_CLASSES = {"TypeError": JSTypeError, "SyntaxError": JSSyntaxError}


def js_error(error: LoadError) -> JSError:
    """The error that JavaScript sees where it imports."""
    result = _CLASSES.get(error.name, JSError)(str(error))
    result.code = error.code
    return result


def os_load_error(error: OSError) -> LoadError:
    """As Node words it."""
    code = errno.errorcode.get(error.errno or 0, "EIO")
    return LoadError(code, f"{code}: {error.strerror or error}, '{error.filename or ''}'")


def point_at(error: JSError, filename: str, lines: Sequence[str], specifier: str) -> None:
    """Says of an error which import in a source it comes from, unless it has a place of its own."""
    place = _find(lines, specifier) if error.filename is None else None
    if place is not None:
        error.filename = filename
        error.line, error.column = place


def _find(lines: Sequence[str], specifier: str) -> tuple[int, int] | None:
    """Line and column, from 1."""
    quoted = rf"(['\"]){re.escape(specifier)}\1"
    wanted = re.compile(rf"(?:\bfrom|\bimport)\s*\(?\s*{quoted}")
    for pattern in (wanted, re.compile(quoted)):
        for number, line in enumerate(lines, 1):
            match = pattern.search(line)
            if match is not None:
                units = line[: match.start(1)].encode("utf-16-le", "surrogatepass")
                return number, len(units) // 2 + 1
    return None
