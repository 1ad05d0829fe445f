"""%dispose, %reset and %gc: isolates end, begin anew and are tidied up."""

from __future__ import annotations

import argparse
import gc
from typing import Any

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.chosen import add_targets, by_name, chosen, living, names_of
from isolates.magics.jobs import summary
from isolates.magics.magic import Host, Magic
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.parser import MagicParser, name_of
from isolates.magics.sizes import ask, look_at
from isolates.magics.tables import Table, size_text
from isolates.magics.targets import Targets

# A collection takes as long as the heap is large; who has not collected by then runs something else.
_PATIENCE_S = 5.0


def _make_dispose() -> Magic:
    parser = MagicParser(
        "%dispose",
        "End isolates, with all that is in them.\n\n"
        "Their memory is free at once, what runs there ends in an error, and their names are free for new "
        "isolates with other limits. main is no exception: its variables, timers and comms are gone, and the "
        "next plain cell gets a new one. %reset makes new isolates of the same names.",
        "%dispose a\n%dispose a b work*\n%dispose all",
    )
    add_targets(parser, "+")
    return Magic("dispose", "line", parser, _dispose)


async def _dispose(host: Host, options: argparse.Namespace, body: Body) -> None:
    names = names_of("%dispose", host, options, host.manager.coming())
    await host.manager.forestall(*names)
    for name in names:
        if host.manager.get(name) is not None:
            host.manager.dispose(name)
        host.settings.forget(name)
    host.write(f"Disposed: {summary(names)}\n")


def _make_reset() -> Magic:
    parser = MagicParser(
        "%reset",
        "Make isolates anew: empty, with the same names and limits.\n\n"
        "What was in them is gone, and what runs there ends in an error. Without a name it is the current "
        "isolate. With --context only that context is made anew, in which no cell may be under way. What "
        "stays: the other contexts then, and modules named by %%module.",
        "%reset\n%reset a b\n%reset a --context tests",
    )
    add_targets(parser, "*")
    parser.add_argument(
        "--context",
        metavar="C",
        type=name_of("a context"),
        help="make anew this context of theirs, and no more",
    )
    return Magic("reset", "line", parser, _reset)


async def _reset(host: Host, options: argparse.Namespace, body: Body) -> None:
    if not options.targets:
        options.targets = [Targets(host.settings.current.isolate)]
    context: str | None = options.context
    if context is not None:
        await _reset_contexts(host, living("%reset", host, options), context)
        return
    entries = chosen("%reset", host, options)
    for entry in entries:
        host.manager.reset(entry.name)
    host.write(f"New and empty: {summary([_made(entry) for entry in entries])}\n")


def _made(entry: NamedIsolate[Any]) -> str:
    return entry.name if entry.snapshot is None else f"{entry.name} (from the snapshot {entry.snapshot.name})"


async def _reset_contexts(host: Host, entries: list[NamedIsolate[Any]], context: str) -> None:
    for entry in entries:
        _check_context(entry, context)
    for entry in entries:
        host.manager.reset_context(entry, context)
    host.write(f"New and empty: context {context} of {summary([entry.name for entry in entries])}\n")


def _check_context(entry: NamedIsolate[Any], context: str) -> None:
    option = f"%reset: --context {context!r}"
    if context not in entry.contexts:
        raise UsageError(f"{option}: the isolate {entry.name!r} has {', '.join(entry.contexts) or 'none'}")
    busy = [work.name for work in tuple(entry.work) if work.context == context]
    if busy:
        raise UsageError(f"{option}: {busy[0]} is under way there; %interrupt {entry.name} stops it")


def _make_gc() -> Magic:
    parser = MagicParser(
        "%gc",
        "Collect the garbage of isolates, and show what that has freed.\n\n"
        "A full collection, after one of Python, whose garbage may hold values of JavaScript. The numbers "
        "are heap and buffers together. Without a name all isolates are collected; one that is busy is left "
        "out.",
        "%gc\n%gc a b",
    )
    add_targets(parser, "*")
    return Magic("gc", "line", parser, _collect)


async def _collect(host: Host, options: argparse.Namespace, body: Body) -> None:
    if options.targets:
        entries = living("%gc", host, options)
    else:
        entries = [entry for entry in by_name(host) if not entry.isolate.is_disposed]
    looks = await look_at(host, entries)
    idle = [(entry, look.size) for entry, look in zip(entries, looks, strict=True) if look.has_answered]
    busy = [entry.name for entry, look in zip(entries, looks, strict=True) if not look.has_answered]
    gc.collect()  # Python's garbage may hold values of JavaScript
    collections = [entry.isolate.collect_garbage() for entry, _ in idle]
    try:
        # Asked now, each answers when it has collected.
        after = await ask([entry for entry, _ in idle], _PATIENCE_S)
    finally:
        for one in collections:
            one.cancel()
    rows = []
    for (entry, before), left in zip(idle, after, strict=True):
        if left is None:
            busy.append(entry.name)
        else:
            sizes = (before.total, left.total, before.total - left.total)
            rows.append([entry.name, *map(size_text, sizes)])
    notes = [f"Busy, so not collected: {summary(busy)}"] if busy else []
    host.display(Table(["isolate", "before", "after", "freed"], rows, notes).bundle())


DISPOSE = _make_dispose()
RESET = _make_reset()
GC = _make_gc()
