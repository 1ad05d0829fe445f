"""%fork: a second isolate that begins as another one has begun."""

from __future__ import annotations

import argparse
from typing import Any

from IPython.core.error import UsageError

from isolates.magics.cell import MAIN, Body
from isolates.magics.cell_log import LoggedCell
from isolates.magics.isolate import values_of
from isolates.magics.jobs import summary
from isolates.magics.magic import Host, Magic
from isolates.magics.making import announce
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.parser import MagicParser, name_of, seconds


def _make_fork() -> Magic:
    parser = MagicParser(
        "%fork",
        "Make a new isolate B that has what A has, by running A's cells again.\n\n"
        "If A was made from a snapshot, B is made from it too; then the cells that have succeeded in A run "
        "again in B, in their order and their contexts, and a line says so. What they print and do outside "
        "is done again. What %put, %copy and Python have brought into A does not come along, and the line "
        "names it; --in copies what Python's variables hold now, and main's rights (require, files) are "
        "main's alone. B has A's limits. If a cell fails there is no B.",
        "%fork a b\n%fork a b --timeout 10",
    )
    parser.add_argument("isolate", metavar="A", type=name_of("an isolate"), help="an isolate that is there")
    parser.add_argument("copy", metavar="B", type=name_of("an isolate"), help="the name of the new one")
    parser.add_argument(
        "--timeout", metavar="T", type=seconds, help="seconds that each cell may take (default: as before)"
    )
    return Magic("fork", "line", parser, _fork)


async def _fork(host: Host, options: argparse.Namespace, body: Body) -> None:
    name, source = options.copy, host.manager.get(options.isolate)
    if source is None or source.isolate.is_disposed:
        there = ", ".join(sorted(host.manager.names())) or "none"
        raise UsageError(f"%fork: A {options.isolate!r}: there is no such isolate; there is {there}")
    if host.manager.get(name) is not None:
        raise UsageError(f"%fork: B {name!r}: there is an isolate of that name; `%dispose {name}` ends it")
    if not source.log.is_complete:
        raise UsageError(
            f"%fork: A {source.name!r} has run so many cells that the first ones are forgotten. %snapshot "
            "--from keeps cells by their numbers"
        )
    cells = source.log.cells()
    inputs = [values_of(host, "%fork", one.inputs) for one in cells]
    host.manager.isolate(name, source.memory_mb, inspector=source.has_inspector, snapshot=source.snapshot)
    announce(host, {name: source.memory_mb}, _way(source, cells))
    try:
        for one, values in zip(cells, inputs, strict=True):
            cell = one.cell._replace(
                isolate=name, memory_mb=None, inspector=False, snapshot=None, inputs=values
            )
            if options.timeout is not None:
                cell = cell._replace(timeout_s=options.timeout)
            await host.evaluate(cell, one.name)
    except BaseException:
        if name in host.manager:
            host.manager.dispose(name)
        host.write(f"A cell of {source.name} could not run again, so there is no isolate {name}\n", "stderr")
        raise


def _way(source: NamedIsolate[Any], cells: list[LoggedCell]) -> str:
    ways = [] if source.snapshot is None else [f"from {source.name}'s snapshot {source.snapshot.name}"]
    if cells:
        count = f"{len(cells)} cells" if len(cells) > 1 else "1 cell"
        ways.append(f"by running {count} of {source.name} again")
    way = " and ".join(ways) or f"empty, as no cell has run in {source.name}"
    brought = [name if context == MAIN else f":{context}.{name}" for context, name in source.log.brought()]
    return f"{way}, without what was put there: {summary(brought)}" if brought else way


FORK = _make_fork()
