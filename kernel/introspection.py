"""Asking a context what is in it, in time whatever it is doing."""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable
from typing import Any, TypeVar

from isolates import IsolatesError
from isolates.kernel.runner import CellRunner
from isolates.kernel.session import Session
from isolates.magics.cell import MAIN, Cell

T = TypeVar("T")

# The protocol's clients show nothing until the answer is there; after 200 ms one feels it.
PATIENCE_S = 0.15
# Answers are remembered for when there is none; and words, of the newest cells.
_REMEMBERED_CONTEXTS = 100
_MOST_TEXT = 200_000
_WORD = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]+")

Name = tuple[str, str, int]
"""A name, its kind, and how far behind it is to be shown."""


class Deadline:
    """The time that is left for one answer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + PATIENCE_S

    async def wait(self, work: Awaitable[T]) -> T | None:
        """What it brings; None if it is too late or fails.

        Who is late is not cancelled: looks end by themselves, and in the midst of what V8 can't stop (the
        names of a million properties) a cancellation would have their isolate given up.
        """
        task = asyncio.ensure_future(_wait(work))
        try:
            await asyncio.wait({task}, timeout=max(0.001, self._end - self._loop.time()))
            return task.result() if task.done() else None
        except (IsolatesError, RuntimeError):
            return None
        finally:
            task.add_done_callback(_forget)


class Introspection:
    """Looks into contexts by their prelude (prelude/introspection.js); nothing is run, made or changed."""

    def __init__(self, runner: CellRunner) -> None:
        self._runner = runner
        self._known: OrderedDict[tuple[str, str], list[Name]] = OrderedDict()

    def session(self, cell: Cell) -> Session | None:
        """The context that the cell names, if it is there and lives."""
        entry = self._runner.isolates.get(cell.isolate)
        opened = entry.contexts.get(cell.context) if entry is not None else None
        if entry is None or entry.isolate.is_disposed or opened is None or not opened.done():
            return None
        return None if opened.cancelled() or opened.exception() is not None else opened.result()

    async def look(self, cell: Cell, name: str, target: dict[str, Any], deadline: Deadline) -> Any:
        """What the operation answers in the cell's context; None if it doesn't in time.

        A context that is not there yet will be like that of plain cells, before the first one.
        """
        session, is_pristine = self.session(cell), False
        if session is None:
            session, is_pristine = self.session(Cell("")), True
        if session is None:
            return None
        argument = json.dumps({"prefix": "", **target, "isPristine": is_pristine})
        try:
            answer = await deadline.wait(session.look(name, argument))
            if not isinstance(answer, dict) or "unmade" not in answer:
                return answer
            # A global of ours that is made on its first use, and this is one.
            await deadline.wait(session.make(answer["unmade"]))
            answer = await deadline.wait(session.look(name, argument))
        except (IsolatesError, RuntimeError):
            return None
        return None if isinstance(answer, dict) and "unmade" in answer else answer

    async def globals(self, cell: Cell, deadline: Deadline) -> list[Name]:
        """The global names; if the context doesn't answer, those that it last had and those in cells."""
        place = (cell.isolate, cell.context)
        answer = await self.look(cell, "globals", {}, deadline)
        if answer is None:
            known = self._known.get(place) or self._known.get((MAIN, MAIN), [])
            return [*known, *((word, "instance", 0) for word in self._words())]
        names = [(str(name), str(kind), int(rank)) for name, kind, rank in answer]
        self._known[place] = names
        self._known.move_to_end(place)
        if len(self._known) > _REMEMBERED_CONTEXTS:
            self._known.popitem(last=False)
        return names

    def _words(self) -> set[str]:
        words: set[str] = set()
        left = _MOST_TEXT
        for text in self._runner.sources.newest_cells():
            words.update(_WORD.findall(text[:left]))
            left -= len(text)
            if left <= 0:
                break
        return words


def _forget(task: asyncio.Task[Any]) -> None:
    """Nobody is told what comes too late."""
    if not task.cancelled():
        task.exception()


async def _wait(work: Awaitable[T]) -> T:
    return await work
