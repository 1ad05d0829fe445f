"""Threads for what blocks, which are there as long as there is such work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Workers:
    """Runs functions, a few at a time. An executor of the library's would keep its threads, and the process.

    Any thread.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many functions wait for a thread."""
        return len(self._waiting)

    def start(self, work: Callable[[], None]) -> None:
        """`work` raises nothing. Raises RuntimeError if the system has no thread for it."""
        with self._lock:
            self._waiting.append(work)
            if self._count == self._most:
                return
            self._count += 1
        try:
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        except RuntimeError:
            with self._lock:
                self._count -= 1
                if work not in self._waiting:
                    return  # Another thread has taken it.
                self._waiting.remove(work)
            raise

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._count -= 1
                    return
                work = self._waiting.popleft()
            work()
