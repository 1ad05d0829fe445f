"""Where in a cell the cursor is: in a magic, or in the code that the magics leave."""

from __future__ import annotations

import re

from IPython.core.error import UsageError

from isolates.magics.cell import Cell, Place, split_cell
from isolates.magics.magic import Registry

# As much of a large cell as is looked at, before the cursor and behind it: the answer has to come at once.
_MOST_BEFORE = 50_000
_MOST_BEHIND = 20_000

_NAMED = re.compile(r"\s*%%\s*(?P<magic>isolate|module)\s+(?P<name>[\w$.-]+)")
_CONTEXT = re.compile(r"--context[\s=]+([\w$.-]+)")
_ISOLATE = re.compile(r"--isolate[\s=]+([\w$.-]+)")


class CellCursor:
    """`position` counts characters of the whole cell; `offset` UTF-16 units of `source`.

    `source` is the JavaScript around the cursor: all of it, unless it is large. `cell` says where it runs.
    """

    def __init__(self, registry: Registry, code: str, position: int, current: Place) -> None:
        """`current` is where plain cells run."""
        position = max(0, min(position, len(code)))
        before = code[:position]
        line_start = before.rfind("\n") + 1
        line_end = code.find("\n", position)
        self.line_before = before[line_start:]
        self.is_first_line = not before[:line_start].strip()
        line = code[line_start : line_end if line_end >= 0 else len(code)]
        number = before.count("\n")
        self.cell, self._start = _cell_of(registry, code, current)
        self.is_in_magic = line.lstrip().startswith(("%", "?")) and number < max(self.cell.line_offset, 1)
        if position - self._start > _MOST_BEFORE:
            cut = position - _MOST_BEFORE
            self._start = code.find("\n", cut, position) + 1 or cut
        self.source = code[self._start : max(position, self._start) + _MOST_BEHIND]
        self.offset = _units(code[self._start : position]) if position >= self._start else 0

    def position_of(self, offset: int) -> int:
        """The position in the cell of an offset in the JavaScript."""
        text = self.source
        if text.isascii():
            return self._start + offset
        units = text.encode("utf-16-le", "surrogatepass")[: 2 * offset]
        return self._start + len(units.decode("utf-16-le", "surrogatepass"))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cell_of(registry: Registry, code: str, current: Place) -> tuple[Cell, int]:
    """The JavaScript, with the isolate and context that are named so far, and where it begins."""
    try:
        cell = registry.plan(code).javascript(current)
    except UsageError:
        # The line of the magic is being written.
        head, _, rest = code.partition("\n")
        try:
            _, body = split_cell(code)
            cell = Cell(body.text, body.line_offset, *current)
        except UsageError:
            cell = Cell(rest, 1, *current)
        named, context, isolate = _NAMED.match(head), _CONTEXT.search(head), _ISOLATE.search(head)
        if named is not None:
            name = named["name"] if named["magic"] == "isolate" else isolate[1] if isolate else None
            place = current.named(name, context[1] if context else None)
            cell = cell._replace(isolate=place.isolate, context=place.context)
    return cell, len(code) - len(cell.source)
