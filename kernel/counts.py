"""The numbers of cells."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CellCounts:
    """Gives each cell a number of its own, also those that run at once, in subshells.

    IPython counts when a cell of Python has ended; `shell.execution_count` is its next number. Any thread.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._lock = threading.Lock()
        self._taken: set[int] = set()

    @property
    def next(self) -> int:
        """The number of the next cell."""
        with self._lock:
            return self._next()

    @contextmanager
    def taken(self) -> Iterator[int]:
        """The next number, which nobody else gets while this cell runs and afterwards."""
        with self._lock:
            count = self._next()
            self._taken.add(count)
        try:
            yield count
        finally:
            with self._lock:
                self._taken.discard(count)
                self._shell.execution_count = max(self._shell.execution_count, count + 1)

    def _next(self) -> int:
        # %reset begins anew.
        count: int = self._shell.execution_count
        return max([count, *(number + 1 for number in self._taken)])
