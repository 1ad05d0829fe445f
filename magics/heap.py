"""%%heap: what a cell has allocated and kept."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from isolates import Isolate, IsolatesError
from isolates.magics.calls import Place, clean, place_of
from isolates.magics.cell import Body, Evaluate
from isolates.magics.files import add_file, write_all
from isolates.magics.isolate import places_of
from isolates.magics.magic import Host, Magic
from isolates.magics.measuring import add_where, cells_of, finished, finished_after, run_cells, undisturbed
from isolates.magics.parser import MagicParser
from isolates.magics.tables import Table, growth_text, size_text

_MAGIC = "%%heap"
_SUFFIX = ".heapprofile"
_INTERVAL = 4096
_MOST_ROWS = 20
_SMALL = 10_000
_V8 = Place("(V8)", "", 0, 0)


class Heap(NamedTuple):
    """One isolate's heap, after garbage was collected: `before` the cell and after it, in bytes.

    `classes` (name, count, bytes) and `profile` have what was allocated in between and lives.
    """

    before: int
    after: int
    classes: Sequence[tuple[str, int, int]]
    profile: Mapping[str, Any]


def _make() -> Magic:
    parser = MagicParser(
        _MAGIC,
        "Run the cell, and show what it has allocated and kept.\n\n"
        "Garbage is collected before and after, so what counts is what something still holds: variables, and "
        "the cell's value too. By class: each object that is new, with its own bytes; (string), (array) and "
        "others in parentheses are V8's, (compiled code) the cell's own code. By function: who has allocated "
        f"it, from samples, one in {_INTERVAL} bytes, so small things may be missing; buffers are not in it, "
        "and functions that are gone themselves have no place. Looking at all objects takes time and memory "
        "for a large heap.",
        "%%heap\n%%heap a,b --timeout 10\n%%heap --file growth",
    )
    add_where(parser)
    add_file(parser, _SUFFIX, "Chrome DevTools")
    return Magic("heap", "cell", parser, _run)


class _Watch:
    """Looks at the heaps of a cell's isolates, before and after it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.heaps: dict[str, Heap] = {}

    async def run(self, name: str, isolate: Isolate, evaluate: Evaluate) -> object:
        try:
            await isolate.start_heap_sampling(sampling_interval=_INTERVAL)
        except RuntimeError as error:
            if isinstance(error, IsolatesError):
                raise
            raise UsageError(f"{_MAGIC}: {name}: {error}") from None
        since, before = 0, 0
        try:
            since = await self._host.track_heap(isolate)
            before = await _size(isolate)
            value = await evaluate()
        except BaseException as error:
            await finished_after(error, self._end(name, isolate, since, before))
            raise
        await finished(self._end(name, isolate, since, before))
        return value

    async def _end(self, name: str, isolate: Isolate, since: int, before: int) -> None:
        profile = await undisturbed(isolate.stop_heap_sampling)
        classes = await undisturbed(partial(self._host.heap_classes, isolate, since))
        self.heaps[name] = Heap(before, await undisturbed(partial(_size, isolate)), classes, profile)


async def _size(isolate: Isolate) -> int:
    told = await isolate.get_heap_statistics()
    return told["used_heap_size"] + told["externally_allocated_size"]


async def _run(host: Host, options: argparse.Namespace, body: Body) -> object:
    if options.file is not None:
        options.file.check(_MAGIC, [place.isolate for place in places_of(host, _MAGIC, options)])
    watch = _Watch(host)
    cells = cells_of(host, _MAGIC, options, body)
    cells = [cell._replace(around=partial(watch.run, cell.isolate)) for cell in cells]
    try:
        return await run_cells(host, cells)
    finally:
        names = [cell.isolate for cell in cells if cell.isolate in watch.heaps]
        heaps = {name: watch.heaps[name] for name in names}
        await finished(_show(host, options, heaps, len(cells) == 1))


async def _show(host: Host, options: argparse.Namespace, heaps: Mapping[str, Heap], is_only: bool) -> None:
    for name, heap in heaps.items():
        host.display(shown(heap, "" if is_only else f"{name}: "))
    if options.file is not None:
        profiles = {name: heap.profile for name, heap in heaps.items()}
        await write_all(host, options.file, profiles, is_only)


def shown(heap: Heap, label: str = "") -> dict[str, str]:
    """The MIME bundle: the total, and the tables."""
    head = (
        f"{label}{growth_text(heap.after - heap.before)} kept: the heap had {size_text(heap.before)} before, "
        f"and has {size_text(heap.after)}"
    )
    tables = [_by_class(heap.classes), _by_function(heap.profile)]
    tables = [table for table in tables if table.rows]
    return {
        "text/plain": "\n".join([head, *(f"\n{table.text}" for table in tables)]),
        "text/html": f"<p>{clean(head)}</p>{''.join(table.html for table in tables)}",
    }


def _by_class(classes: Sequence[tuple[str, int, int]]) -> Table:
    rows = [[_bytes(size), f"{count:,}", clean(name)] for name, count, size in classes[:_MOST_ROWS]]
    return Table(["bytes", "count", "class"], rows, _more(len(classes), "classes"))


def _by_function(profile: Mapping[str, Any]) -> Table:
    """What V8's own functions have allocated counts for the function that has called them."""
    sizes: defaultdict[Place, int] = defaultdict(int)
    left = [(profile["head"], _V8, True)]
    while left:
        node, place, is_outermost = left.pop()
        frame = node["callFrame"]
        if frame["scriptId"] != "0":
            place, is_outermost = place_of(frame, is_outermost), False
        sizes[place] += node["selfSize"]
        left += [(child, place, is_outermost) for child in node["children"]]
    found = sorted(
        ((size, place) for place, size in sizes.items() if size), key=lambda one: (-one[0], one[1])
    )
    rows = [[_bytes(size), place.name, place.where] for size, place in found[:_MOST_ROWS]]
    return Table(["bytes", "function", "where"], rows, _more(len(found), "functions"))


def _more(count: int, nouns: str) -> list[str]:
    return [f"... and {count - _MOST_ROWS:,} more {nouns}"] if count > _MOST_ROWS else []


def _bytes(size: int) -> str:
    return f"{size:,}" if size < _SMALL else size_text(size)


HEAP = _make()
