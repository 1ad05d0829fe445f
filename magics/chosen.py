"""The isolates that a magic is told, which have to be there."""

from __future__ import annotations

import argparse
from typing import Any, Literal

from IPython.core.error import UsageError

from isolates.magics.magic import Host
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.parser import MagicParser
from isolates.magics.targets import natural, targets


def add_targets(parser: MagicParser, count: Literal["+", "*"]) -> None:
    """One or more, or any number of them."""
    parser.add_argument(
        "targets",
        metavar="TARGETS",
        nargs=count,
        type=targets,
        help="isolates: names, ranges (w[0:8]), globs (w*), or all: every one but main",
    )


def by_name(host: Host) -> list[NamedIsolate[Any]]:
    """All isolates, dead or alive."""
    return sorted(host.manager.entries(), key=lambda entry: natural(entry.name))


def chosen(magic: str, host: Host, options: argparse.Namespace) -> list[NamedIsolate[Any]]:
    """Each once, in the order of writing, dead or alive. Raises UsageError if one is not there."""
    found: dict[str, NamedIsolate[Any]] = {}
    for target in options.targets:
        try:
            names = target.names(host.manager.names())
        except UsageError as error:
            raise UsageError(f"{magic}: {error}") from None
        for name in names:
            entry = host.manager.get(name)
            if entry is None:
                there = ", ".join(sorted(host.manager.names())) or "none"
                raise UsageError(
                    f"{magic}: TARGETS {target.text!r}: there is no isolate {name!r}; there is {there}"
                )
            found[name] = entry
    return list(found.values())


def living(magic: str, host: Host, options: argparse.Namespace) -> list[NamedIsolate[Any]]:
    """The same of those that live."""
    entries = chosen(magic, host, options)
    for entry in entries:
        if entry.isolate.is_disposed:
            raise UsageError(
                f"{magic}: TARGETS: the isolate {entry.name!r} is gone; the next cell there gets a new one"
            )
    return entries
