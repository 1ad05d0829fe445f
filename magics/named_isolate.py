"""An isolate that has a name, and what the kernel knows of it without asking it."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from isolates import Context, Isolate
from isolates.magics.cell_log import CellLog
from isolates.magics.error_log import ErrorLog, Kind
from isolates.magics.heaps import Snapshot

if TYPE_CHECKING:
    from isolates.magics.manager import IsolateManager

DEFAULT_MEMORY_MB = 128.0

T = TypeVar("T")


class Size(NamedTuple):
    """Bytes of V8's heap, and of buffers and the like beside it; None where that is not known."""

    heap: int
    external: int | None

    @property
    def total(self) -> int:
        return self.heap + (self.external or 0)


@dataclass(frozen=True, eq=False)
class Work:
    """A cell that is under way in a context: it runs, waits for its turn or for a promise."""

    name: str
    context: str
    started_s: float = field(default_factory=time.monotonic)


@dataclass
class End:
    """What is to happen when an isolate is gone, on any thread, and why it is: known soon after."""

    reason: str = ""
    callbacks: list[Callable[[], object]] = field(default_factory=list)


@dataclass
class NamedIsolate(Generic[T]):
    """An isolate that cells call by its name. `generation` counts those that had the name, from 1."""

    name: str
    isolate: Isolate
    memory_mb: float
    generation: int
    has_inspector: bool = False
    snapshot: Snapshot | None = None
    """What it was made from."""
    log: CellLog = field(default_factory=CellLog)
    contexts: dict[str, concurrent.futures.Future[T]] = field(default_factory=dict)
    """What was made of each context."""
    globals: dict[str, Context] = field(default_factory=dict)
    """The contexts themselves."""
    stops: set[Callable[[], object]] = field(default_factory=set)
    """What an interrupt calls, on any thread, for those who wait while nothing runs in the isolate."""
    background: set[object] = field(default_factory=set)
    """Something for each job in the background that is under way here: it is stopped only by name."""
    work: dict[Work, None] = field(default_factory=dict)
    """The cells under way, the oldest first."""
    size: Size | None = None
    """What it held when it last said so."""
    end: End = field(default_factory=End)
    errors: ErrorLog = field(default_factory=ErrorLog)
    """What has gone wrong here, and in those that had the name before."""
    manager: Callable[[], IsolateManager[T] | None] = lambda: None
    """Whose it is, if that is still there."""

    def note_error(self, kind: Kind, cell: str, context: str, name: str, message: str) -> None:
        """What the user was told of. Any thread."""
        self.errors.add(kind, cell, context, name, message, self.generation)

    def context_name(self, context: Context) -> str:
        """The name of one of its contexts; empty if it has been given up."""
        names = (name for name, one in tuple(self.globals.items()) if one is context)
        return next(names, "")

    @contextmanager
    def at_work(self, name: str, context: str) -> Iterator[None]:
        """While a cell of that name is under way in a context."""
        work = Work(name, context)
        self.work[work] = None
        try:
            yield
        finally:
            del self.work[work]
