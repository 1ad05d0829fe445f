"""%snapshot: cells become a heap that isolates can begin with."""

from __future__ import annotations

import argparse
import re
from typing import Any

from IPython.core.error import UsageError

from isolates import Isolate, JSReferenceError, JSSyntaxError
from isolates.magics.cell import Body
from isolates.magics.cell_log import LoggedCell
from isolates.magics.heaps import Snapshot
from isolates.magics.jobs import summary
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser, megabytes, name_of, seconds
from isolates.magics.tables import Table, size_text

_MOST = 1000

_MODULE_WORD = re.compile(r"\b(?:await|import)\b")
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


def _cells(text: str) -> list[int]:
    """The type of CELLS: 3, 5-7 or 3,5-7."""
    numbers: list[int] = []
    for piece in text.split(","):
        match = _RANGE.fullmatch(piece)
        if match is None:
            raise argparse.ArgumentTypeError(f"{text!r} is no number of a cell and no range like 5-7")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last < first + _MOST:
            raise argparse.ArgumentTypeError(f"{text!r} names no cells, or more than {_MOST}")
        numbers += range(first, last + 1)
    return numbers


def _make_snapshot() -> Magic:
    parser = MagicParser(
        "%snapshot",
        "Make a snapshot of what cells have set up, or list the snapshots.\n\n"
        "The cells run again, in an isolate of their own, and what they leave there is kept by the name: "
        "each context of an isolate made by %%isolate --snapshot NAME begins with it, without running "
        "anything. Without --from it is all cells that have succeeded in the current isolate and context, "
        "on top of the snapshot that it was made from.\n\n"
        "It is V8's heap alone: the cells are scripts without await, import, timers and display, and console "
        "is silent. What %put has brought is not there, and objects of Intl can't stay. What let, const and "
        "class declare become variables, so that later cells can declare them anew. A warm-up runs in a "
        "context that is thrown away; the functions that it calls are in the snapshot as compiled code.",
        "%snapshot tools\n%snapshot tools --from 3 5-7 --warm-up 'parse(\"1 + 2\")'\n%snapshot",
    )
    parser.add_argument(
        "snapshot",
        metavar="NAME",
        nargs="?",
        type=name_of("a snapshot"),
        help="its name; an old one is replaced",
    )
    parser.add_argument(
        "--from", dest="cells", metavar="CELLS", nargs="+", type=_cells, help="numbers of cells: 3 5-7"
    )
    warm_up = parser.add_mutually_exclusive_group()
    warm_up.add_argument("--warm-up", metavar="CODE", help="JavaScript that calls what is to be compiled")
    warm_up.add_argument(
        "--warm", metavar="CELLS", nargs="+", type=_cells, help="the same by the numbers of cells"
    )
    parser.add_argument("--timeout", metavar="T", type=seconds, help="seconds that it may take")
    parser.add_argument(
        "--memory", metavar="MB", type=megabytes, help="what the cells may take (default: as isolates have)"
    )
    return Magic("snapshot", "line", parser, _snapshot)


async def _snapshot(host: Host, options: argparse.Namespace, body: Body) -> None:
    if options.snapshot is None:
        for option, value in (
            *(("--from", options.cells), ("--warm-up", options.warm_up), ("--warm", options.warm)),
            *(("--timeout", options.timeout), ("--memory", options.memory)),
        ):
            if value is not None:
                raise UsageError(f"%snapshot: {option} needs the NAME of a snapshot to make")
        _list(host)
        return
    cells = _chosen(host, options.cells, "--from")
    warm = _chosen(host, options.warm, "--warm") if options.warm else []
    warm_up = options.warm_up or "\n".join([one.cell.source for one in warm]) or None
    entry = host.manager.get(host.settings.current.isolate)
    base = entry.snapshot.scripts if options.cells is None and entry is not None and entry.snapshot else ()
    scripts = [*base, *[await _script(host, one) for one in cells]]
    try:
        data = await Isolate.create_snapshot(
            scripts,
            warm_up,
            timeout=options.timeout or host.settings.timeout_of(host.settings.current.isolate),
            memory_limit=options.memory or host.manager.default_memory_mb,
        )
    except (JSReferenceError, JSSyntaxError) as error:
        if isinstance(error, JSReferenceError) or _MODULE_WORD.search(str(error)):
            error.args = (
                f"{error}. A snapshot's cells run in a new isolate, where there is nothing but V8: no await "
                "or import, no timers, no display or require, nothing that %put or another cell has brought. "
                "--from takes other cells",
            )
        raise
    snapshot = Snapshot(options.snapshot, data, tuple(scripts))
    host.manager.snapshots[options.snapshot] = snapshot
    warmed = ", warmed up" if warm_up else ""
    host.write(
        f"Snapshot {snapshot.name}: {size_text(snapshot.size)}, from {summary(snapshot.cells)}{warmed}\n"
    )


async def _script(host: Host, logged: LoggedCell) -> Any:
    code = await host.snapshot_script(logged.cell.source)
    return {"code": code, "filename": logged.name, "line_offset": logged.cell.line_offset}


def _chosen(host: Host, ranges: list[list[int]] | None, option: str) -> list[LoggedCell]:
    current = host.settings.current
    entry = host.manager.get(current.isolate)
    here = [] if entry is None else entry.log.cells(current.context)
    if ranges is None:
        chosen = here
        if not chosen:
            raise UsageError(
                f"%snapshot: no cell has succeeded in the isolate {current.isolate!r}, context "
                f"{current.context!r}; {option} names cells of others"
            )
        if entry is not None and not entry.log.is_complete:
            raise UsageError(
                f"%snapshot: the isolate {current.isolate!r} has run so many cells that the first ones are "
                f"forgotten; {option} names those that are wanted"
            )
    else:
        elsewhere = [one for entry in host.manager.entries() for one in entry.log.cells()]
        known = {one.name: one for one in (*elsewhere, *here)}
        chosen = []
        for name in (f"In [{number}]" for numbers in ranges for number in numbers):
            if name not in known:
                raise UsageError(f"%snapshot: {option}: {name} is no cell of JavaScript that has succeeded")
            chosen.append(known[name])
    for one in chosen:
        if one.cell.module is not None:
            raise UsageError(f"%snapshot: {option}: {one.name} is a module, and a snapshot can't hold one")
    return chosen


def _list(host: Host) -> None:
    rows = [
        [
            snapshot.name,
            size_text(snapshot.size),
            summary(snapshot.cells),
            summary([entry.name for entry in host.manager.entries() if entry.snapshot is snapshot]),
        ]
        for snapshot in host.manager.snapshots.values()
    ]
    host.display(Table(["snapshot", "size", "cells", "isolates"], rows).bundle())


SNAPSHOT = _make_snapshot()
