"""%%isolate and %%module: JavaScript in an isolate chosen by name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, cast

from IPython.core.error import UsageError

from isolates import undefined
from isolates.magics.cell import Body, Cell, Place
from isolates.magics.heaps import Snapshot
from isolates.magics.jobs import Grouping, Wishes
from isolates.magics.magic import Host, Magic
from isolates.magics.making import announce, undone
from isolates.magics.parcels import check_crossing
from isolates.magics.parser import MagicParser, delay, megabytes, name_of, seconds, variable
from isolates.magics.targets import targets
from isolates.magics.variables import is_name


def add_context(parser: MagicParser, *, makes: bool = True) -> None:
    parser.add_argument(
        "--context",
        metavar="C",
        type=name_of("a context"),
        help="one of its contexts" + (", made on first use" if makes else ""),
    )


def add_isolate(parser: MagicParser, *, makes: bool = True) -> None:
    """--isolate and --context; whether the magic makes what is not there."""
    parser.add_argument(
        "--isolate",
        metavar="NAME",
        type=name_of("an isolate"),
        help=f"the isolate{', which is made on first use' if makes else ''} (default: the current one)",
    )
    add_context(parser, makes=makes)


def add_targets(parser: MagicParser) -> None:
    """TARGETS and --context."""
    parser.add_argument(
        "targets",
        metavar="TARGETS",
        nargs="?",
        type=targets,
        help="the isolates (default: the current one, and its current context)",
    )
    add_context(parser)


def add_timeout(parser: MagicParser) -> None:
    parser.add_argument("--timeout", metavar="T", type=seconds, help="seconds that this cell may take")


def _make_isolate() -> Magic:
    parser = MagicParser(
        "%%isolate",
        "Run the cell in an isolate, or in many at once; a new name makes one.\n\n"
        "An isolate has its own heap, globals and limits. It shares nothing with the others, and when it "
        "runs out of memory or is stopped, they go on. TARGETS are names (a or a,b,c), ranges of new or old "
        "names (w[0:4] is w0,w1,w2,w3), globs (w*) and all, which is every isolate but main.\n\n"
        "Several isolates run the cell at the same time. Their output has labels, and what goes wrong in "
        "some of them is one error at the end. With -a the cell returns at once, and a job goes on: %jobs "
        "lists them, %await and %cancel take their numbers, and the output comes into this cell.",
        "%%isolate a\n%%isolate a --in numbers,limit\n"
        "%%isolate a --context tests --timeout 2.5\n%%isolate small --memory 16\n"
        "%%isolate w[0:4] --group-outputs target\n%%isolate a,b -a -o job",
    )
    add_targets(parser)
    parser.add_argument(
        "--memory", metavar="MB", type=megabytes, help="its memory limit; given when it is made"
    )
    add_timeout(parser)
    parser.add_argument(
        "--no-await",
        dest="await_promises",
        action="store_false",
        default=None,
        help="show a promise as it is, instead of waiting for its value",
    )
    parser.add_argument(
        "--inspector", action="store_true", help="make it with an inspector, for debuggers and profilers"
    )
    parser.add_argument(
        "--snapshot",
        metavar="S",
        type=name_of("a snapshot"),
        help="make it from what %%snapshot S has kept; given when it is made",
    )
    parser.add_argument("--module", action="store_true", help="the cell is an ES module of its own scope")
    block = parser.add_mutually_exclusive_group()
    block.add_argument(
        "-a",
        "--noblock",
        dest="block",
        action="store_false",
        default=None,
        help="return at once; the cell goes on as a job",
    )
    block.add_argument(
        "-b", "--block", dest="block", action="store_true", help="wait for the end (the default)"
    )
    parser.add_argument(
        "--in",
        dest="inputs",
        metavar="X,Y",
        type=_variables,
        default=(),
        help="Python's variables that are copied into the isolate before the cell runs, as by %%put",
    )
    parser.add_argument(
        "-o", "--out", metavar="NAME", type=variable, help="Python's variable that gets the job"
    )
    parser.add_argument(
        "--python-result", action="store_true", help="show the value as Python sees it, copied"
    )
    parser.add_argument(
        "--group-outputs",
        metavar="HOW",
        choices=["type", "target", "order"],
        help="several isolates: texts as they come, then the rest (type, the default); isolate by isolate "
        "(target); all as it comes (order). One shows all as it comes",
    )
    parser.add_argument(
        "--progress-after",
        metavar="S",
        type=delay,
        help="several isolates: show a progress bar after so many seconds (default: 5); one has none",
    )
    return Magic("isolate", "cell", parser, _run_isolate)


def _variables(text: str) -> tuple[str, ...]:
    """The type of --in."""
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if not is_name(variable(name)):
            raise argparse.ArgumentTypeError(f"{name!r} is no name for a variable of JavaScript")
    return names


def values_of(host: Host, magic: str, names: Sequence[str]) -> tuple[tuple[str, object], ...]:
    """What Python's variables hold, for --in. Raises UsageError, or TransferError for what can't cross."""
    for name in names:
        if name not in host.namespace:
            raise UsageError(f"{magic}: --in {name}: Python has no variable of that name")
        check_crossing(name, host.namespace[name], f"{magic}: --in {name}: ")
    return tuple((name, host.namespace[name]) for name in names)


def _snapshot(host: Host, name: str | None) -> Snapshot | None:
    if name is not None and name not in host.manager.snapshots:
        there = ", ".join(sorted(host.manager.snapshots)) or "none"
        raise UsageError(f"%%isolate: --snapshot {name!r}: there is no such snapshot; there is {there}")
    return None if name is None else host.manager.snapshots[name]


async def _run_isolate(host: Host, options: argparse.Namespace, body: Body) -> object:
    manager, settings = host.manager, host.settings
    block = settings.block if options.block is None else options.block
    if options.python_result and not block:
        raise UsageError("%%isolate: --python-result: it can't be with -a; `%await JOB` shows the result")
    places = places_of(host, "%%isolate", options)
    names = [place.isolate for place in places]
    inputs = values_of(host, "%%isolate", options.inputs)
    snapshot = _snapshot(host, options.snapshot)
    how = {"inspector": options.inspector, "snapshot": snapshot}
    try:
        limits = {name: manager.limit_mb(name, options.memory, **how) for name in names}
    except UsageError as error:
        raise UsageError(f"%%isolate: {error}") from None
    new = {name: limit for name, limit in limits.items() if manager.get(name) is None}
    announce(host, new, "" if snapshot is None else f"from the snapshot {snapshot.name}")
    rest = {
        "memory_mb": options.memory,
        "await_promises": options.await_promises,
        **how,
        "inputs": inputs,
        "module": "" if options.module else None,
    }
    cells = [_cell(place, options, body, **rest) for place in places]
    if len(cells) == 1 and block and options.out is None and not options.python_result:
        # Code that fails has run there; what is refused has not.
        with undone(host, new, UsageError):
            return await host.evaluate(cells[0])
    after_s = settings.progress_after_s if options.progress_after is None else options.progress_after
    wishes = Wishes(
        is_background=not block,
        grouping=cast("Grouping", options.group_outputs or settings.group_outputs),
        progress_after_s=after_s if len(cells) > 1 else None,
    )
    job = host.start(cells, wishes)
    if options.out is not None:
        host.namespace[options.out] = job
    if not block:
        return None
    shown = await job.finish()
    if not options.python_result:
        return shown
    value = await job
    return None if value is undefined else host.shown(value)


def places_of(host: Host, magic: str, options: argparse.Namespace) -> list[Place]:
    """Where TARGETS and --context say, which is the current place if they say nothing. Raises UsageError."""
    current = host.settings.current
    if options.targets is None:
        return [current.named(None, options.context)]
    try:
        names = options.targets.names(host.manager.names())
    except UsageError as error:
        raise UsageError(f"{magic}: {error}") from None
    return [current.named(name, options.context) for name in names]


def _make_module() -> Magic:
    parser = MagicParser(
        "%%module",
        "Name the cell as a module, which other cells can import.\n\n"
        "The cell is an ES module of its own scope; what it exports is there for `import ... from 'NAME'`.",
        "%%module shapes\nexport const area = (r) => Math.PI * r ** 2",
    )
    parser.add_argument("module", metavar="NAME", type=name_of("a module"), help="what others import")
    add_isolate(parser)
    add_timeout(parser)
    return Magic("module", "cell", parser, _run_module)


async def _run_module(host: Host, options: argparse.Namespace, body: Body) -> object:
    place = host.settings.current.named(options.isolate, options.context)
    if host.manager.get(place.isolate) is None:
        announce(host, {place.isolate: host.manager.limit_mb(place.isolate)})
    return await host.evaluate(_cell(place, options, body, module=options.module))


def _cell(place: Place, options: argparse.Namespace, body: Body, **rest: Any) -> Cell:
    return Cell(body.text, body.line_offset, *place, timeout_s=options.timeout, **rest)


ISOLATE = _make_isolate()
MODULE = _make_module()
