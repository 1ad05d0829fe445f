"""Who wants to know that something has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

_log = logging.getLogger("isolates")


class Watchers:
    """Functions that are called at each change, on the thread that changes. Any thread.

    `_lock` guards `_functions`; none is called with it. A call may end after the removal of its function.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[object, Callable[[], object]] = {}

    def add(self, function: Callable[[], object]) -> Callable[[], None]:
        """What it gives back ends it."""
        key = object()
        with self._lock:
            self._functions[key] = function
        return partial(self._remove, key)

    def tell(self) -> None:
        with self._lock:
            functions = list(self._functions.values())
        for function in functions:
            try:
                function()
            except Exception:
                # What changes must not suffer from those who look.
                _log.exception("%r failed", function)

    def _remove(self, key: object) -> None:
        with self._lock:
            self._functions.pop(key, None)
