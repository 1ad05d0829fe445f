"""What has gone wrong in isolates of one name, for those who come later to look."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

_MOST_ERRORS = 50
_LONGEST_NAME = 100
_LONGEST_MESSAGE = 1000

Kind = Literal["cell", "promise", "callback", "end"]


@dataclass(frozen=True)
class LoggedError:
    """An error as texts: what it holds of the isolate is gone.

    `kind`: a cell has failed; a promise was rejected and nobody handled it; a callback (a timer, a message of
    a comm) has thrown; or the isolate came to its end otherwise than by being disposed. `cell` is as errors
    name it, and, like `context`, empty where there is none. `generation`: which isolate of the name.
    """

    kind: Kind
    cell: str
    context: str
    name: str
    message: str
    generation: int
    time_s: float = field(default_factory=time.time)


class ErrorLog:
    """The last errors of the isolates of one name, the oldest first. Any thread.

    It outlives an isolate that is replaced by another of its name: its end is what one looks for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: deque[LoggedError] = deque(maxlen=_MOST_ERRORS)
        self._count = 0

    def add(self, kind: Kind, cell: str, context: str, name: str, message: str, generation: int) -> None:
        """Texts are cut."""
        name, message = _cut(name, _LONGEST_NAME), _cut(message, _LONGEST_MESSAGE)
        with self._lock:
            self._errors.append(LoggedError(kind, cell, context, name, message, generation))
            self._count += 1

    @property
    def count(self) -> int:
        """How many there were, those included that are forgotten."""
        return self._count

    def __iter__(self) -> Iterator[LoggedError]:
        with self._lock:
            return iter(tuple(self._errors))

    def __len__(self) -> int:
        return len(self._errors)

    def __repr__(self) -> str:
        return f"<{len(self)} errors>"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
