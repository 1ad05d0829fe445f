"""The cells that have run. What JavaScript does later belongs to one of them, by the mark that follows it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from itertools import count

from isolates.kernel.output import Message

_REMEMBERED = 1000


@dataclass(frozen=True)
class OpenCell:
    """`parent` is its execute_request, None if it is silent; `name` what errors call it: "In [3]"."""

    number: int
    parent: Message | None
    name: str


class OpenCells:
    """Numbers for all cells of the kernel, so that a number says the cell in any isolate.

    The engine carries them (engine/mark.h). What has none, or that of a cell too long ago, belongs to the
    newest cell of its isolate. Any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._cells: OrderedDict[int, OpenCell] = OrderedDict()
        self._newest: dict[str, OpenCell] = {}

    def open(self, parent: Message | None, name: str, isolate: str) -> OpenCell:
        with self._lock:
            cell = OpenCell(next(self._numbers), parent, name)
            self._cells[cell.number] = cell
            self._newest[isolate] = cell
            if len(self._cells) > _REMEMBERED:
                self._cells.popitem(last=False)
            return cell

    def reopen(self, parent: Message | None, name: str, isolate: str) -> OpenCell:
        """The isolate's newest cell if it has this parent, else a new one."""
        with self._lock:
            newest = self._newest.get(isolate)
        is_same = newest is not None and parent is not None and newest.parent is parent
        return newest if newest is not None and is_same else self.open(parent, name, isolate)

    def find(self, number: int, isolate: str) -> OpenCell | None:
        with self._lock:
            return self._cells.get(number) or self._newest.get(isolate)
