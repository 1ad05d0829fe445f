"""The cells that an isolate has run, their texts, for %snapshot and %fork, and what was put into it."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from isolates.magics.cell import Cell

_MOST_CELLS = 1000
_MOST_CHARACTERS = 4 << 20
_MOST_NAMES = 1000


class LoggedCell(NamedTuple):
    """A cell as it ran, by the name that errors have for it. `inputs` are names of Python's variables."""

    name: str
    cell: Cell
    inputs: tuple[str, ...]


class CellLog:
    """The cells of one isolate that have succeeded, the oldest first, and what was put into it. Any thread.

    Bounded: the oldest go first, and then `is_complete` is False.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: deque[LoggedCell] = deque()
        self._characters = 0
        self._brought: dict[tuple[str, str], None] = {}
        self.is_complete = True

    def add(self, name: str, cell: Cell) -> None:
        """%%module cells are for all isolates, not for this one: they are passed over."""
        if cell.logged is not None:
            cell = cell._replace(source=cell.logged, logged=None)
        if cell.module or not cell.source.strip():
            return
        inputs = tuple(input_name for input_name, _ in cell.inputs)
        # Values of Python's, and what was measured, would live as long as the isolate.
        logged = LoggedCell(name, cell._replace(inputs=(), around=None), inputs)
        with self._lock:
            self._cells.append(logged)
            for input_name in inputs:
                self._brought.pop((cell.context, input_name), None)
            self._characters += len(cell.source)
            while len(self._cells) > _MOST_CELLS or self._characters > _MOST_CHARACTERS:
                self._characters -= len(self._cells.popleft().cell.source)
                self.is_complete = False

    def bring(self, context: str, name: str) -> None:
        """A variable has got a value from outside, which no cell brings that runs again."""
        with self._lock:
            if len(self._brought) < _MOST_NAMES:
                self._brought[context, name] = None

    def brought(self) -> list[tuple[str, str]]:
        """The context and the name of each such variable."""
        with self._lock:
            return list(self._brought)

    def cells(self, context: str | None = None) -> list[LoggedCell]:
        """All, or those of a context."""
        with self._lock:
            return [one for one in self._cells if context in (None, one.cell.context)]

    def forget(self, context: str) -> None:
        """The context is made anew."""
        with self._lock:
            self._cells = deque(one for one in self._cells if one.cell.context != context)
            self._brought = {place: None for place in self._brought if place[0] != context}
            self._characters = sum(len(one.cell.source) for one in self._cells)
