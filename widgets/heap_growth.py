"""What grew between two heap snapshots, by class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from isolates.widgets.heap_snapshot import HeapSnapshot
from isolates.widgets.heap_worker import NewObject, heap_worker

_MOST_SAMPLED = 200
# Objects that are in both snapshots of an isolate seldom change their class.
_MOST_CHANGED = 0.05


@dataclass(frozen=True)
class ClassGrowth:
    """The objects of a class that are in one of the snapshots only, and their bytes. `samples` are new."""

    name: str
    created: int
    deleted: int
    allocated: int
    freed: int
    samples: Sequence[NewObject] = ()

    @property
    def count_delta(self) -> int:
        return self.created - self.deleted

    @property
    def size_delta(self) -> int:
        return self.allocated - self.freed


@dataclass(frozen=True)
class Growth:
    """`classes`: that which has grown most first. `resized`: by how much objects grew that are in both."""

    classes: Sequence[ClassGrowth]
    resized: int


def growth(before: HeapSnapshot, after: HeapSnapshot, *, is_same_isolate: bool = False) -> Growth:
    """`is_same_isolate`: they are known to be of one, so it need not be guessed.

    Raises ValueError if one of them is broken, or they are of different isolates.
    """
    with heap_worker((before, after)) as worker:
        names: dict[str, int] = {}
        for number, snapshot in enumerate((before, after)):
            worker.read(snapshot, with_edges=number == 1)
            worker.classify(number, snapshot, names)
        found = worker.compare(len(names))
        if not is_same_isolate:
            _check_same_isolate(before, after, found)
        classes = [
            ClassGrowth(
                name,
                created=int(found["created"][number]),
                deleted=int(found["deleted"][number]),
                allocated=int(found["allocated"][number]),
                freed=int(found["freed"][number]),
            )
            for name, number in names.items()
        ]
        grown = sorted(
            (one for one in classes if one.created or one.deleted),
            key=lambda one: (-one.size_delta, -one.count_delta, one.name),
        )
        samples = worker.samples(after, [names[one.name] for one in grown[:_MOST_SAMPLED]])
    return Growth([*_with(grown, samples), *grown[_MOST_SAMPLED:]], int(found["resized"]))


def _check_same_isolate(before: HeapSnapshot, after: HeapSnapshot, found: dict[str, Any]) -> None:
    if found["changed"] > _MOST_CHANGED * found["same"] or not found["same"]:
        raise ValueError(
            f"{before.label} and {after.label} are not of the same isolate: ids that both have are of "
            "different objects"
        )


def _with(classes: Sequence[ClassGrowth], samples: Sequence[Sequence[NewObject]]) -> Iterator[ClassGrowth]:
    for one, objects in zip(classes, samples, strict=False):
        yield ClassGrowth(one.name, one.created, one.deleted, one.allocated, one.freed, objects)
