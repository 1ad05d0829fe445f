"""%%profile: where the time of a cell goes."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from functools import partial
from itertools import count
from typing import Any

from IPython.core.error import UsageError

from isolates import Isolate, IsolatesError
from isolates.magics.calls import CallTree, call_tree, functions
from isolates.magics.cell import Body, Evaluate
from isolates.magics.files import add_file, write_all
from isolates.magics.flame import flame_graph
from isolates.magics.isolate import places_of
from isolates.magics.magic import Host, Magic
from isolates.magics.measuring import add_where, cells_of, finished, finished_after, run_cells, undisturbed
from isolates.magics.parser import MagicParser
from isolates.magics.tables import Table, duration_text

_MAGIC = "%%profile"
_SUFFIX = ".cpuprofile"
_INTERVAL_US = 500
_MOST_FUNCTIONS = 20

_numbers = count(1)


def _interval(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 50 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 50 to 1000000 (microseconds)")
    return int(text)


def _make() -> Magic:
    parser = MagicParser(
        _MAGIC,
        "Run the cell, and show which functions its time went to.\n\n"
        "V8 looks at what runs, again and again. A flame graph shows the calls: below each one what it has "
        "called, as wide as the time it took, and more about each under the pointer. The table has the "
        "functions that took most by themselves (self), and with all that they called (total). "
        "(garbage collector) and (program) are V8's own work. Functions that V8 has built into others are "
        "parts of those. Timers that run after the cell's end are not in it. isolates.widgets.Flamegraph "
        "shows a .cpuprofile file with search and zoom.",
        "%%profile\n%%profile a,b --interval 100\n%%profile --file slow",
    )
    add_where(parser)
    parser.add_argument(
        "--interval",
        metavar="US",
        type=_interval,
        default=_INTERVAL_US,
        help=f"microseconds between two looks, at least 50 (default: {_INTERVAL_US})",
    )
    add_file(parser, _SUFFIX, "Chrome DevTools and speedscope")
    return Magic("profile", "cell", parser, _run)


class _Profiler:
    """Takes the profiles of a cell, one of each isolate."""

    def __init__(self, interval_us: int) -> None:
        self._interval_us = interval_us
        self._title = f"{_MAGIC} {next(_numbers)}"
        self.profiles: dict[str, dict[str, Any]] = {}

    async def run(self, name: str, isolate: Isolate, evaluate: Evaluate) -> object:
        try:
            isolate.start_cpu_profiler(self._title, sampling_interval_us=self._interval_us)
        except RuntimeError as error:
            if isinstance(error, IsolatesError):
                raise
            raise UsageError(f"{_MAGIC}: {name}: {error}") from None
        try:
            value = await evaluate()
        except BaseException as error:
            await finished_after(error, self._stop(name, isolate))
            raise
        await finished(self._stop(name, isolate))
        return value

    async def _stop(self, name: str, isolate: Isolate) -> None:
        self.profiles[name] = await undisturbed(partial(isolate.stop_cpu_profiler, self._title))


async def _run(host: Host, options: argparse.Namespace, body: Body) -> object:
    if options.file is not None:
        options.file.check(_MAGIC, [place.isolate for place in places_of(host, _MAGIC, options)])
    profiler = _Profiler(options.interval)
    cells = cells_of(host, _MAGIC, options, body)
    cells = [cell._replace(around=partial(profiler.run, cell.isolate)) for cell in cells]
    try:
        return await run_cells(host, cells)
    finally:
        names = [cell.isolate for cell in cells if cell.isolate in profiler.profiles]
        profiles = {name: profiler.profiles[name] for name in names}
        await finished(_show(host, options, profiles, len(cells) == 1))


async def _show(
    host: Host, options: argparse.Namespace, profiles: Mapping[str, Mapping[str, Any]], is_only: bool
) -> None:
    for name, profile in profiles.items():
        label = "" if is_only else f"{name}: "
        host.display(await asyncio.to_thread(shown, profile, options.interval, label))
    if options.file is not None:
        await write_all(host, options.file, profiles, is_only)


def shown(profile: Mapping[str, Any], interval_us: int, label: str = "") -> dict[str, str]:
    """The MIME bundle of a profile: a flame graph for pages, and a table."""
    tree = call_tree(profile)
    head = (
        f"{label}{duration_text(tree.root.total)} of work in {tree.samples:,} samples, one each "
        f"{interval_us} \u00b5s"
    )
    if tree.idle_s:
        head += f"; {duration_text(tree.idle_s)} without work"
    if not tree.root.total:
        return {"text/plain": f"{head}. The cell was too short to be seen."}
    graph, table = flame_graph(tree), functions_table(tree)
    notes = "".join(f"<p>{note}</p>" for note in graph.notes)
    return {
        "text/plain": f"{head}\n{table.text}",
        "text/html": f"<p>{head}</p>{graph.svg}{notes}{table.html}",
    }


def functions_table(tree: CallTree) -> Table:
    """What took most by itself first."""
    found, whole = functions(tree), tree.root.total
    rows = []
    for one in found[:_MOST_FUNCTIONS]:
        parts = [
            text for cost in (one.own, one.total) for text in (tree.unit.text(cost), f"{cost / whole:.1%}")
        ]
        rows.append([*parts, one.place.name, one.place.where])
    rest = len(found) - _MOST_FUNCTIONS
    notes = [f"... and {rest:,} more functions"] if rest > 0 else []
    return Table(["self", "%", "total", "%", "function", "where"], rows, notes)


PROFILE = _make()
