"""Isolates and contexts by name."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from IPython.core.error import UsageError

from isolates import Context, Isolate

DEFAULT_MEMORY_MB = 128.0

T = TypeVar("T")


@dataclass
class NamedIsolate(Generic[T]):
    """An isolate that cells call by its name. `generation` counts those that had the name, from 1."""

    name: str
    isolate: Isolate
    memory_mb: float
    generation: int
    contexts: dict[str, Future[T]] = field(default_factory=dict)


class IsolateManager(Generic[T]):
    """Names to isolates, and in each of them names to contexts, both made when a cell first asks for them.

    `prepare` gets each new context before any cell does, and returns what `context` hands out for it. All
    methods may be called from any thread. `_lock` guards the dictionaries; no JavaScript runs under it.
    """

    def __init__(
        self,
        prepare: Callable[[NamedIsolate[T], Context], Awaitable[T]],
        memory_mb: dict[str, float] | None = None,
    ) -> None:
        """`memory_mb`: the limits of isolates that get another default than 128 MB, by name."""
        self._prepare = prepare
        self._memory_mb = dict(memory_mb or {})
        self._isolates: dict[str, NamedIsolate[T]] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def names(self) -> list[str]:
        """The names of the isolates that live."""
        return [entry.name for entry in self._living()]

    def get(self, name: str) -> NamedIsolate[T] | None:
        """The isolate of that name, dead or alive; None if no cell has asked for it."""
        with self._lock:
            return self._isolates.get(name)

    def isolate(self, name: str, memory_mb: float | None = None) -> NamedIsolate[T]:
        """The living isolate of that name, made if there is none. Raises UsageError for another limit."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the isolates have been disposed")
            entry = self._isolates.get(name)
            if entry is not None and not entry.isolate.is_disposed:
                if memory_mb is not None and memory_mb != entry.memory_mb:
                    raise UsageError(
                        f"--memory {memory_mb:g}: the isolate {name!r} already has a limit of "
                        f"{entry.memory_mb:g} MB, which can't change. Leave --memory out or use another name."
                    )
                return entry
            if memory_mb is None:
                default = self._memory_mb.get(name, DEFAULT_MEMORY_MB)
                memory_mb = entry.memory_mb if entry is not None else default
            generation = entry.generation + 1 if entry is not None else 1
            entry = NamedIsolate(name, Isolate(memory_limit=memory_mb), memory_mb, generation)
            self._isolates[name] = entry
            return entry

    async def context(self, entry: NamedIsolate[T], name: str) -> T:
        """What `prepare` made of the context of that name, which is made if there is none."""
        with self._lock:
            opened = entry.contexts.get(name)
            is_mine = opened is None
            if opened is None:
                opened = entry.contexts[name] = Future()
        if not is_mine:
            return await _wait(opened)
        try:
            result = await self._prepare(entry, await entry.isolate.create_context())
        except BaseException as error:
            # The next cell tries again; those that already wait for this one fail with it.
            with self._lock:
                entry.contexts.pop(name, None)
            opened.set_exception(error)
            raise
        opened.set_result(result)
        return result

    def interrupt(self, *names: str) -> None:
        """Stops what runs in the named isolates, which live on. Names that are not there are passed over."""
        for entry in self._living():
            if entry.name in names:
                entry.isolate.terminate()

    def terminate(self) -> None:
        """Stops what runs in any isolate. All of them live on."""
        for entry in self._living():
            entry.isolate.terminate()

    def close(self) -> None:
        """Disposes all isolates, for good."""
        with self._lock:
            self._is_closed = True
            entries = list(self._isolates.values())
            self._isolates.clear()
        for entry in entries:
            if not entry.isolate.is_disposed:
                entry.isolate.dispose()

    def _living(self) -> list[NamedIsolate[T]]:
        with self._lock:
            return [entry for entry in self._isolates.values() if not entry.isolate.is_disposed]


async def _wait(future: Future[T]) -> T:
    # Shielded: who gives up waiting must not cancel it for the others.
    return await asyncio.shield(asyncio.wrap_future(future))
