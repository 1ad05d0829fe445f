"""HeapDiff: what grew between two moments of an isolate, by class."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, TypeAlias

from isolates.magics.tables import Table, growth_text, size_text
from isolates.widgets.heap_growth import ClassGrowth, growth
from isolates.widgets.heap_moment import HeapMoment
from isolates.widgets.heap_snapshot import SnapshotLike, opened
from isolates.widgets.live import STATIC, Buffers, LiveWidget
from isolates.widgets.picture import GREY, image

Moment: TypeAlias = "HeapMoment | SnapshotLike"

_MOST_CLASSES = 1000
_MOST_ROWS = 20
_MOST_BARS = 12
_SMALL = 10_000
_HEADS = ("class", "new", "deleted", "delta", "allocated", "freed", "size delta")


class HeapDiff(LiveWidget):
    """What grew between two moments, by class, as the comparison of Chrome's DevTools has it.

        before = HeapMoment(isolate)
        ...
        HeapDiff(before, HeapMoment(isolate))

    Both may also be heap snapshots as `Isolate.heap_snapshot` gives them (bytes, their text, or the path of
    a .heapsnapshot file). An object is new or deleted if its id is in one of them alone, so both have to be
    of the same isolate. Sizes are an object's own, without what it holds. What lies outside of the heap, like
    the bytes of an ArrayBuffer, has no lasting id: of it only the difference is known. Large new objects are
    shown with the path by which code comes to them.

    Reads 100 MB in a second or two, and keeps only the sums. Raises TypeError, ValueError for what is no
    snapshot or broken or of another isolate, and OSError if a file can't be read.
    """

    _esm = STATIC / "heap_diff.js"
    _css = STATIC / "heap_diff.css"

    def __init__(self, before: Moment, after: Moment) -> None:
        is_same = False
        if isinstance(before, HeapMoment) and isinstance(after, HeapMoment):
            if before.is_of_another_isolate(after):
                raise ValueError("after is of another isolate than before: ids of objects can't be compared")
            is_same = before.is_of_same_isolate(after)
        with ExitStack() as stack:
            snapshots = [
                stack.enter_context(opened(name, one.path if isinstance(one, HeapMoment) else one))
                for name, one in (("before", before), ("after", after))
            ]
            self._growth = growth(*snapshots, is_same_isolate=is_same)
        super().__init__()

    @property
    def classes(self) -> Sequence[ClassGrowth]:
        """What is shown: by how much each class has grown or shrunk, that which has grown most first."""
        return self._growth.classes

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        if not whole:
            return None
        classes = self.classes
        if len(classes) > _MOST_CLASSES:
            classes = [*classes[: _MOST_CLASSES // 2], *classes[-_MOST_CLASSES // 2 :]]
        shown = [
            [
                one.name,
                one.created,
                one.deleted,
                one.allocated,
                one.freed,
                [list(each) for each in one.samples],
            ]
            for one in classes
        ]
        return {"head": self._head(), "notes": self._notes(len(classes)), "classes": shown}, ()

    def text(self) -> str:
        return "\n".join([self._head(), *([self._table().text] if self.classes else []), *self._notes()])

    def picture(self) -> str:
        head = f"<p>{html.escape(self._head())}</p>"
        if not self.classes:
            return head
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        return f"{head}{self._bars()}{self._table().html}{notes}"

    def _head(self) -> str:
        if not self.classes:
            return "Nothing has grown: all objects are in both moments"
        size = sum(one.size_delta for one in self.classes)
        created = sum(one.created for one in self.classes)
        deleted = sum(one.deleted for one in self.classes)
        return f"{_delta_text(size)}: {created:,} new objects, {deleted:,} deleted"

    def _notes(self, shown: int | None = None) -> list[str]:
        notes = []
        if shown is not None and shown < len(self.classes):
            notes.append(f"{len(self.classes) - shown:,} classes that changed less are not shown")
        if self._growth.resized:
            unit = " bytes" if abs(self._growth.resized) < _SMALL else ""
            notes.append(f"Objects that are in both moments: {_delta_text(self._growth.resized)}{unit}")
        return notes

    def _table(self) -> Table:
        rows = [
            [
                one.name,
                f"{one.created:,}",
                f"{one.deleted:,}",
                f"{one.count_delta:+,}",
                _bytes_text(one.allocated),
                _bytes_text(one.freed),
                _delta_text(one.size_delta),
            ]
            for one in self.classes[:_MOST_ROWS]
        ]
        rest = len(self.classes) - _MOST_ROWS
        return Table(_HEADS, rows, [f"... and {rest:,} more classes"] if rest > 0 else [])

    def _bars(self) -> str:
        shown = sorted(self.classes, key=lambda one: -abs(one.size_delta))[:_MOST_BARS]
        shown = [one for one in shown if one.size_delta]
        return (
            image("".join(_bar_rows(shown)), "By how much classes have grown: the table has the numbers")
            if shown
            else ""
        )


def _bar_rows(classes: Sequence[ClassGrowth]) -> Iterator[str]:
    row_px, name_px, bar_px = 18, 220, 360
    height = row_px * len(classes) + 8
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}" '
        f'font-family="sans-serif" font-size="11" fill="{GREY}">'
    )
    largest = max(abs(one.size_delta) for one in classes)
    for number, one in enumerate(sorted(classes, key=lambda one: -one.size_delta)):
        y = 4 + number * row_px
        width = max(1.0, bar_px * abs(one.size_delta) / largest)
        colour = "#e8a04c" if one.size_delta > 0 else "#5fb98a"
        name = html.escape(one.name if len(one.name) <= 36 else f"{one.name[:35]}\u2026")
        yield (
            f'<text x="{name_px - 8}" y="{y + 13}" text-anchor="end">{name}</text>'
            f'<rect x="{name_px}" y="{y + 2}" width="{width:.1f}" height="{row_px - 4}" fill="{colour}"/>'
            f'<text x="{name_px + width + 6:.1f}" y="{y + 13}">'
            f"{_delta_text(one.size_delta)}</text>"
        )
    yield "</svg>"


def _bytes_text(size: int) -> str:
    return f"{size:,}" if abs(size) < _SMALL else size_text(size)


def _delta_text(size: int) -> str:
    return f"{size:+,}" if abs(size) < _SMALL else growth_text(size)
