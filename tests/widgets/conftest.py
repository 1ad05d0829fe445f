"""Isolates by name, and that nothing goes on when nobody looks any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ipywidgets import Widget

from isolates import Context
from isolates.magics.manager import IsolateManager
from isolates.magics.named_isolate import NamedIsolate

DEADLINE_S = 30.0


def ticking() -> list[threading.Thread]:
    """The widgets' clock, if it goes."""
    return [thread for thread in threading.enumerate() if thread.name == "isolates-widgets"]


def wait_until(is_so: Callable[[], object], what: str) -> None:
    until = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < until, what
        threading.Event().wait(0.005)


class Isolates:
    """A manager as the kernel has one, without its prelude."""

    def __init__(self) -> None:
        self.manager: IsolateManager[Context] = IsolateManager(self._prepare)

    async def _prepare(self, entry: NamedIsolate[Context], context: Context) -> Context:
        return context

    def make(self, name: str, memory_mb: float = 64) -> Context:
        """The context main of a new isolate."""
        entry = self.manager.isolate(name, memory_mb)
        return self.manager.open(entry, "main").result(DEADLINE_S)

    def entry(self, name: str) -> NamedIsolate[Any]:
        entry = self.manager.get(name)
        assert entry is not None
        return entry

    def spin(self, name: str, code: str = "for (;;) {}") -> None:
        """Lets an isolate run for ever; comes back when it does."""
        context, begun = self.entry(name).globals["main"], threading.Event()
        context.eval_closure_ignored(f"$0(); {code}", [begun.set])
        assert begun.wait(DEADLINE_S)


@pytest.fixture
def named() -> Iterator[Isolates]:
    named = Isolates()
    yield named
    named.manager.close()


@pytest.fixture
def nothing_ticks_afterwards() -> Iterator[None]:
    yield
    try:
        wait_until(lambda: not ticking(), "the clock of widgets goes on though nobody looks")
    finally:
        Widget.close_all()  # What a test has left that has failed is nothing to the next one.
