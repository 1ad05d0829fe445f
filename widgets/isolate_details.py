"""One isolate in detail, as JSON for a page: limits, contexts, what runs, references, errors."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from isolates import Sample
from isolates.magics.error_log import LoggedError
from isolates.magics.tables import size_text
from isolates.widgets.diagnosis import AT_LIMIT, NEAR_LIMIT
from isolates.widgets.one_line import one_line
from isolates.widgets.roster import Entry

Level = Literal["", "warn", "error"]

KIND_WORDS = {
    "cell": "cell",
    "promise": "promise, not handled",
    "callback": "timer or message",
    "end": "end",
}

_MOST_CONTEXTS = 100
_MOST_WORK = 50
_LONGEST_MESSAGE = 300


class Limit(NamedTuple):
    """How much of a limit is used. `words` say what the colour of the level says."""

    name: str
    used: int
    of: int
    level: Level
    words: str

    @staticmethod
    def at(name: str, used: int, of: int) -> Limit:
        share = used / of if of else 0.0
        level: Level = "error" if share >= AT_LIMIT else "warn" if share >= NEAR_LIMIT else ""
        words = {"error": "near its limit", "warn": "high", "": "fine"}[level]
        return Limit(name, used, of, level, words)

    @property
    def text(self) -> str:
        return f"{size_text(self.used)} of {size_text(self.of)}, {self.words}"


def limits_of(sample: Sample) -> list[Limit]:
    """What counts against the isolate's memory limit, and V8's own, which ends it too."""
    held = sample.used_heap_size + sample.externally_allocated_size
    return [
        Limit.at("heap and buffers", held, sample.memory_limit),
        Limit.at("V8's heap", sample.used_heap_size, sample.heap_size_limit),
    ]


class ContextRow(NamedTuple):
    name: str
    state: str


def contexts_of(entry: Entry) -> list[ContextRow]:
    """By name, in the order in which they were made."""
    contexts = list(entry.contexts.items())[:_MOST_CONTEXTS]
    return [ContextRow(name, _state_of(opened)) for name, opened in contexts]


def _state_of(opened: concurrent.futures.Future[Any]) -> str:
    if not opened.done():
        return "being prepared"
    if opened.cancelled():
        return "not prepared: cancelled"
    error = opened.exception()
    return "ready" if error is None else f"not prepared: {one_line(str(error), _LONGEST_MESSAGE)}"


class WorkRow(NamedTuple):
    """A cell under way."""

    cell: str
    context: str
    seconds: float


def work_of(entry: Entry) -> list[WorkRow]:
    """The oldest first."""
    now = time.monotonic()
    work = tuple(entry.work)[:_MOST_WORK]
    return [WorkRow(one.name, one.context, now - one.started_s) for one in work]


class ErrorRow(NamedTuple):
    time_s: float
    kind: str
    cell: str
    context: str
    name: str
    message: str
    generation: int


def errors_of(errors: Iterable[LoggedError]) -> list[ErrorRow]:
    """The newest first."""
    return [
        ErrorRow(
            error.time_s,
            KIND_WORDS[error.kind],
            error.cell,
            error.context,
            error.name,
            one_line(error.message, _LONGEST_MESSAGE),
            error.generation,
        )
        for error in reversed(list(errors))
    ]


def as_json(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Named tuples by their names."""
    return [row._asdict() for row in rows]
