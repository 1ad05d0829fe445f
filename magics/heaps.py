"""Heaps that isolates can begin with."""

from __future__ import annotations

from dataclasses import dataclass

from isolates import ExternalCopy


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What cells have left in a heap, kept by a name. `cells` are the names of the cells."""

    name: str
    data: ExternalCopy
    size: int
    cells: tuple[str, ...]
