"""Heaps that isolates can begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isolates import ExternalCopy


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What cells have left in a heap, by a name. `scripts` is what has run, as create_snapshot takes it."""

    name: str
    data: ExternalCopy
    scripts: tuple[Any, ...]

    @property
    def size(self) -> int:
        return memoryview(self.data).nbytes

    @property
    def cells(self) -> list[str]:
        """The names of the cells."""
        return [script["filename"] for script in self.scripts]
