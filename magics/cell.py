"""A cell taken apart: nbval's markers, magics, JavaScript. What a magic means is in magic.py."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from isolates import Isolate
from isolates.magics.heaps import Snapshot

MAIN = "main"

# nbval's markers are Python comments; in JavaScript a line that starts with # is a syntax error.
_NBVAL_MARKER = re.compile(r"\s*(#+|//)\s*NBVAL_[A-Z_]+\s*")
# No statement of JavaScript starts with %, so each such line at the head of a cell means a magic.
_MAGIC_LINE = re.compile(r"(%{1,2})\s*([\w.]*)(\?{1,2}(?=\s*$))?(.*)")
_HELP_LINE = re.compile(r"\?{1,2}\s*(%{1,2})\s*([\w.]+)()()")


class Place(NamedTuple):
    """Where JavaScript runs."""

    isolate: str = MAIN
    context: str = MAIN

    def named(self, isolate: str | None, context: str | None) -> Place:
        """The place that options name, seen from this one: a context alone is one of this isolate."""
        if isolate is None:
            return self if context is None else Place(self.isolate, context)
        return Place(isolate, context or MAIN)


Evaluate = Callable[[], Awaitable[object]]
"""Runs a cell; gives its value."""

Around = Callable[[Isolate, Evaluate], Awaitable[object]]
"""Runs a cell in its isolate by awaiting the function, and measures it; what it gives is the cell's value."""


class Cell(NamedTuple):
    """JavaScript, and where and how it runs. Line n of `source` is line n + `line_offset` of the cell.

    None leaves it to the kernel's settings. `module`: the source is a module of that name, for "" of none.
    `inspector`: the isolate is made with an inspector; `snapshot`: it is made from that one. `inputs`: values
    of Python's that become variables before it runs. `around`: what runs the cell, within its limits.
    `logged`: what %snapshot and %fork run again, if that is not the source; "" for nothing.
    """

    source: str
    line_offset: int = 0
    isolate: str = MAIN
    context: str = MAIN
    memory_mb: float | None = None
    timeout_s: float | None = None
    await_promises: bool | None = None
    module: str | None = None
    inspector: bool = False
    snapshot: Snapshot | None = None
    inputs: tuple[tuple[str, Any], ...] = ()
    around: Around | None = None
    logged: str | None = None


class MagicLine(NamedTuple):
    """A line that calls a magic, or asks for its help. `rest` is what stands behind the name.

    `is_double`: the name was written with two percent signs, also by who asks for help.
    """

    name: str
    is_cell: bool
    rest: str
    asks_help: bool = False
    is_double: bool = False

    def __str__(self) -> str:
        return f"{'%%' if self.is_cell else '%'}{self.name}"


class Body(NamedTuple):
    """What stands below the magics. Line n of `text` is line n + `line_offset` of the cell."""

    text: str
    line_offset: int = 0


def split_cell(text: str) -> tuple[list[MagicLine], Body]:
    """The magics at the head of a cell: any number for a line, or one for the cell. Raises UsageError."""
    lines = text.split("\n")
    magics: list[MagicLine] = []
    start = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        magic = _magic_line(stripped)
        if magic is not None and not (magics and magics[0].is_cell):
            if magic.is_cell and magics:
                raise UsageError(f"{magic}: {magics[0]} stands before it; a cell's magic comes first")
            magics.append(magic)
            start = number + 1
        elif _NBVAL_MARKER.fullmatch(line):
            start = number + 1
        else:
            break
    return magics, Body("\n".join(lines[start:]), start)


def _magic_line(line: str) -> MagicLine | None:
    match = _MAGIC_LINE.fullmatch(line) or _HELP_LINE.fullmatch(line)
    if match is None:
        return None
    asks_help = bool(match[3]) or line.startswith("?")
    # `%%name?` asks for help, so it has no body below it.
    is_double = match[1] == "%%"
    return MagicLine(match[2], is_double and not asks_help, match[4], asks_help, is_double)
