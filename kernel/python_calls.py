"""Python's functions while JavaScript calls them: on threads of the engine, for a cell of this kernel."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable
from typing import Any

from isolates.kernel.output import Message

# For the thread of that number; a null pointer takes back what has not been raised yet.
_set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc
_set_exception.argtypes = (ctypes.c_ulong, ctypes.py_object)
_NOTHING = ctypes.py_object()


class PythonCalls:
    """Gives such calls the cell for what they print, and stops those that run Python when interrupted.

    A signal reaches the main thread only, so the others get an exception between two steps of Python. What
    waits inside C (`time.sleep`) gets it when it returns. `_lock` guards `_depths` (calls of each thread), so
    that no exception is raised on a thread that has left.
    """

    def __init__(self, shell: Any, parent: Callable[[], Message]) -> None:
        self._shell = shell
        self._parent = parent
        # Reentrant, since the handler of SIGINT calls `interrupt`.
        self._lock = threading.RLock()
        self._depths: dict[int, int] = {}

    def adapt(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as JavaScript shall call it."""

        @functools.wraps(function, updated=())
        def call(*args: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                return function(*args)  # a cell of Python waits for the JavaScript
            tokens = self._shell.set_thread_parent(self._parent())
            try:
                self._enter()
                return function(*args)
            finally:
                self._leave()
                self._shell.reset_thread_parent(tokens)

        return call

    def interrupt(self) -> None:
        """Raises KeyboardInterrupt in the calls that run. Any thread."""
        with self._lock:
            for thread in self._depths:
                _set_exception(thread, KeyboardInterrupt)

    def _enter(self) -> None:
        with self._lock:
            thread = threading.get_ident()
            self._depths[thread] = self._depths.get(thread, 0) + 1

    def _leave(self) -> None:
        thread = threading.get_ident()
        while True:
            try:
                with self._lock:
                    depth = self._depths.pop(thread, 0) - 1
                    if depth > 0:
                        self._depths[thread] = depth
                    else:
                        _set_exception(thread, _NOTHING)
                return
            except KeyboardInterrupt:
                pass  # It came a moment too late.
