"""%limits: what isolates and their cells may take."""

from __future__ import annotations

import argparse
from typing import Any

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.chosen import add_targets, living
from isolates.magics.magic import Host, Magic
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.parser import MagicParser, megabytes, seconds
from isolates.magics.settings import Settings
from isolates.magics.tables import Table
from isolates.magics.targets import Targets

_NOTES = (
    "memory: heap and buffers together; whoever is over it after a collection is gone. Set when it is made.",
    "timeout: how long a cell may take that says nothing (--timeout). The isolate lives on.",
)


def _timeout(text: str) -> float | str:
    return text if text in ("none", "default") else seconds(text)


def _make_limits() -> Magic:
    parser = MagicParser(
        "%limits",
        "Show the limits of isolates, or change how long their cells may take.\n\n"
        "Without a name it is the current isolate. --timeout is for the cells to come that say nothing else, "
        "and stays when the isolate is made anew; `none` is no limit, `default` that of the session, which "
        "%isolateconfig sets. The memory limit of an isolate that lives can't change.",
        "%limits a\n%limits a b --timeout 2\n%limits a --timeout default",
    )
    add_targets(parser, "*")
    parser.add_argument(
        "--timeout", metavar="S|none|default", type=_timeout, help="seconds that a cell there may take"
    )
    parser.add_argument(
        "--memory", metavar="MB", type=megabytes, help="refused if it is another; the error says what to do"
    )
    return Magic("limits", "line", parser, _limits)


async def _limits(host: Host, options: argparse.Namespace, body: Body) -> None:
    if not options.targets:
        options.targets = [Targets(host.settings.current.isolate)]
    entries = living("%limits", host, options)
    for entry in entries:
        _check_memory(entry, options.memory)
    if options.timeout is not None:
        for entry in entries:
            _set_timeout(host.settings, entry.name, options.timeout)
    rows = [_row(host.settings, entry) for entry in entries]
    host.display(Table(["isolate", "memory", "timeout"], rows, _NOTES).bundle())


def _check_memory(entry: NamedIsolate[Any], memory_mb: float | None) -> None:
    if memory_mb not in (None, entry.memory_mb):
        raise UsageError(
            f"%limits: --memory {memory_mb:g}: the isolate {entry.name!r} has {entry.memory_mb:g} MB, which "
            f"can't change while it lives. `%dispose {entry.name}` ends it, then `%%isolate {entry.name} "
            f"--memory {memory_mb:g}` makes one with that limit."
        )


def _set_timeout(settings: Settings, name: str, timeout: float | str) -> None:
    if timeout == "default":
        settings.forget(name)
    else:
        settings.timeouts = {**settings.timeouts, name: None if timeout == "none" else timeout}


def _row(settings: Settings, entry: NamedIsolate[Any]) -> list[str]:
    timeout = settings.timeout_of(entry.name)
    whose = "" if entry.name in settings.timeouts else " (the session's)"
    seconds_text = "none" if timeout is None else f"{timeout:g} s"
    return [entry.name, f"{entry.memory_mb:g} MB", f"{seconds_text}{whose}"]


LIMITS = _make_limits()
