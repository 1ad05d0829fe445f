"""The references of an isolate by type and holder, and their release."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from isolates import Isolate, ReferenceGroup
from isolates.widgets.live import RefusalError

Releasable = Literal["Reference", "Callback"]

# So many times as long as it took to count them they are not counted again: 100,000 of them take 60 ms.
_REST = 50


class ReferenceRow(NamedTuple):
    """Handles of one kind, to values of one type, of one holder. `id` names them to `release`."""

    id: str
    kind: str
    type: str
    holder: str
    handles: int
    can_release: bool


class ReferenceGroups:
    """Numbers for groups, which stay: what a page asks for is what it has shown. One thread at a time."""

    def __init__(self, name_of: Callable[[Isolate], str]) -> None:
        self._name_of = name_of
        self._isolate: Isolate | None = None
        self._number = 0
        self._groups: dict[ReferenceGroup, str] = {}
        self._rows: list[ReferenceRow] = []
        self._next_s = 0.0

    def rows(self, isolate: Isolate) -> list[ReferenceRow]:
        """The largest group first. What takes long to count is not counted each time."""
        begun_s = time.monotonic()
        if isolate is self._isolate and begun_s < self._next_s:
            return self._rows
        before = self._groups if isolate is self._isolate else {}
        self._isolate, self._groups = isolate, {}
        rows = []
        for group in isolate.references():
            # Without its count it is the same as before. Older ones go: they hold their holders, isolates.
            key = group._replace(count=0)
            self._groups[key] = before.get(key) or self._next()
            rows.append(self._row(group, self._groups[key]))
        self._rows = sorted(rows, key=lambda row: (-row.handles, row[1:]))
        ended_s = time.monotonic()
        self._next_s = ended_s + _REST * (ended_s - begun_s)
        return self._rows

    def release(self, isolate: Isolate, group_id: str) -> int:
        """Releases all handles of a group; how many there were. Raises RefusalError."""
        groups = self._groups if isolate is self._isolate else {}
        found = next((group for group, known in groups.items() if known == group_id), None)
        if found is None or (kind := _releasable(found.kind)) is None:
            raise RefusalError(f"there are no references {group_id!r} that can be released")
        self._next_s = 0.0
        return isolate.release_references(kind=kind, type=found.type, holder=found.holder)

    def _next(self) -> str:
        self._number += 1
        return f"group {self._number}"

    def _row(self, group: ReferenceGroup, group_id: str) -> ReferenceRow:
        can_release = _releasable(group.kind) is not None
        return ReferenceRow(
            group_id, group.kind, group.type, self._holder(group.holder), group.count, can_release
        )

    def _holder(self, holder: str | Isolate) -> str:
        if isinstance(holder, str):
            return holder
        return "itself" if holder == self._isolate else self._name_of(holder)


def _releasable(kind: str) -> Releasable | None:
    """Without the others no cell could run: they are contexts, and code that belongs to them."""
    match kind:
        case "Reference" | "Callback":
            return kind
        case _:
            return None
