"""V8's heap spaces of an isolate, asked without waiting: what runs tells them at its next safe point,
or while it waits for Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from isolates import Future, Isolate, IsolatesError


class Space(NamedTuple):
    """One of V8's heap spaces. Sizes are bytes, as in `Isolate.get_heap_space_statistics`."""

    name: str
    size: int
    used: int
    available: int
    physical: int

    @staticmethod
    def of(told: dict[str, Any]) -> Space:
        sizes = ("space_size", "space_used_size", "space_available_size", "physical_space_size")
        return Space(str(told["space_name"]), *(int(told[size]) for size in sizes))


class Known(NamedTuple):
    """What is known of the spaces. `age_s`: how old it is; None if they were never told."""

    spaces: Sequence[Space]
    age_s: float | None
    is_stale: bool
    """It was asked for again, and has not answered."""


class HeapSpaces:
    """What an isolate has last said of its spaces. One question is under way at a time. Any thread.

    `_lock` guards the rest. It is reentrant, since who takes a question back is told of that.
    """

    def __init__(self, on_late: Callable[[], object]) -> None:
        """`on_late` is called for an answer that nobody expects any more, on any thread."""
        self._on_late = on_late
        self._lock = threading.RLock()
        self._isolate: Isolate | None = None
        self._asked: Future[list[dict[str, Any]]] | None = None
        self._is_late = False
        self._spaces: Sequence[Space] = ()
        self._told_s: float | None = None

    def ask(self, isolate: Isolate) -> None:
        """Asks, unless an answer is still to come. What is known of another isolate is forgotten."""
        with self._lock:
            if isolate is not self._isolate:
                self._isolate, self._spaces, self._told_s = isolate, (), None
                self._give_up()
            if self._asked is not None:
                self._is_late = True
                return
            try:
                asked = self._asked = isolate.get_heap_space_statistics(now=True)
            except IsolatesError:
                return  # it is gone
            self._is_late = self._told_s is None
        asked.add_done_callback(self._take)

    def forget(self) -> None:
        """Takes the question back: it would lie in the queue of a busy isolate."""
        with self._lock:
            self._give_up()

    def wait(self, patience_s: float) -> None:
        """Until there is an answer, but not for long."""
        with self._lock:
            asked = self._asked
        if asked is not None:
            try:
                asked.result(patience_s)
            except Exception:
                return  # late, or gone: what is known is shown
            self._take(asked)  # who waits may be woken before who is called back

    def known(self) -> Known:
        with self._lock:
            if self._told_s is None:
                return Known((), None, False)
            is_stale = self._asked is not None and self._is_late
            return Known(self._spaces, time.monotonic() - self._told_s, is_stale)

    def _give_up(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.cancel()

    def _take(self, asked: Any) -> None:
        with self._lock:
            if self._asked is None or asked is not self._asked:
                return
            self._asked = None
            if asked.cancelled() or asked.exception() is not None:
                return
            self._spaces = [Space.of(told) for told in asked.result()]
            self._told_s = time.monotonic()
            is_late = self._is_late
        if is_late:
            self._on_late()
