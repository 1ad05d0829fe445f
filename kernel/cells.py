"""The cells that have run. What JavaScript does later belongs to one of them, by the mark that follows it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import count
from weakref import WeakValueDictionary

from isolates.kernel.origin import Origin

_REMEMBERED = 1000


@dataclass(frozen=True)
class OpenCell:
    """A cell by its number. `timeout_s` is the limit of each callback of its timers too.

    No named tuple: it is referred to weakly.
    """

    number: int
    origin: Origin
    timeout_s: float | None = None


class OpenCells:
    """Numbers for all cells of the kernel, so that a number says the cell in any isolate; negative ones for
    those that nobody sees (engine/last_value.h).

    The engine carries them (engine/mark.h). What has none, or that of a cell too long ago that no longer
    runs, belongs to the newest cell of its isolate. Any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._cells: WeakValueDictionary[int, OpenCell] = WeakValueDictionary()
        self._recent: deque[OpenCell] = deque(maxlen=_REMEMBERED)  # who runs a cell holds it too
        self._newest: dict[str, OpenCell] = {}

    def open(self, origin: Origin, isolate: str, timeout_s: float | None = None) -> OpenCell:
        """A number for a cell that is about to run in the isolate of that name. `timeout_s`: OpenCell's."""
        with self._lock:
            number = next(self._numbers)
            cell = OpenCell(number if origin.parent is not None else -number, origin, timeout_s)
            self._cells[cell.number] = cell
            self._recent.append(cell)
            self._newest[isolate] = cell
            return cell

    def reopen(self, origin: Origin, isolate: str) -> OpenCell:
        """The isolate's newest cell if it is of the same request, else a new one."""
        with self._lock:
            newest = self._newest.get(isolate)
        if newest is not None and origin.parent is not None and newest.origin.parent is origin.parent:
            return newest
        return self.open(origin, isolate)

    def find(self, number: int, isolate: str) -> OpenCell | None:
        """The cell of a number that the engine carries, or what the class says; None if there is none yet."""
        with self._lock:
            return self._cells.get(number) or self._newest.get(isolate)
