"""A path that JavaScript has given: what messages show of it, and what the system gets."""

from __future__ import annotations

import os
from typing import NamedTuple

from isolates.text import well_formed


class Place(NamedTuple):
    """Bytes, since names may be anything. They are not normalized: `x/..` and `x/` ask whether x is there."""

    given: bytes
    full: bytes

    @property
    def shown(self) -> str:
        """As JavaScript has it, whose strings are what UTF-8 can say."""
        return self.given.decode("utf-8", "replace")

    def inner(self, name: bytes) -> Place:
        """What lies in it."""
        return Place(os.path.join(self.given, name), os.path.join(self.full, name)) if name else self

    def above(self) -> Place | None:
        """The folder that it is in, as far as the path says."""
        given = os.path.dirname(self.given.rstrip(b"/")).rstrip(b"/")
        full = os.path.dirname(self.full.rstrip(b"/"))
        return Place(given, full) if given else None


def place_of(path: object, folder: bytes) -> Place:
    """Relative paths begin at the folder. Raises TypeError, ValueError."""
    if isinstance(path, str):
        path = well_formed(path).encode()
    if not isinstance(path, bytes):
        raise TypeError("no path")
    if b"\0" in path:
        raise ValueError("a path with null bytes")
    # An empty one names nothing.
    return Place(path, os.path.join(folder, path) if path else b"")
