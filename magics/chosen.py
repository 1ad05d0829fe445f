"""The isolates that a magic is told, which have to be there."""

from __future__ import annotations

import argparse
from collections.abc import Collection
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


def names_of(magic: str, host: Host, options: argparse.Namespace, coming: Collection[str] = ()) -> list[str]:
    """Each name once, in the order of writing, of isolates that are there, dead or alive, or are `coming`.

    Raises UsageError for another.
    """
    found: dict[str, None] = {}
    for target in options.targets:
        living = dict.fromkeys([*coming, *host.manager.names()])
        try:
            names = target.names(living)
        except UsageError as error:
            raise UsageError(f"{magic}: {error}") from None
        for name in names:
            if name not in coming and host.manager.get(name) is None:
                there = ", ".join(sorted(living)) or "none"
                raise UsageError(
                    f"{magic}: TARGETS {target.text!r}: there is no isolate {name!r}; there is {there}"
                )
            found[name] = None
    return list(found)


def chosen(magic: str, host: Host, options: argparse.Namespace) -> list[NamedIsolate[Any]]:
    """The isolates of these names, dead or alive."""
    entries = (host.manager.get(name) for name in names_of(magic, host, options))
    return [entry for entry in entries if entry is not None]


def living(magic: str, host: Host, options: argparse.Namespace) -> list[NamedIsolate[Any]]:
    """The same of those that live."""
    entries = chosen(magic, host, options)
    for entry in entries:
        _check_lives(magic, entry)
    return entries


def names_at_work(magic: str, host: Host, options: argparse.Namespace) -> list[str]:
    """The names of isolates that live, or that a job is about to make."""
    names = names_of(magic, host, options, host.manager.coming())
    for name in names:
        entry = host.manager.get(name)
        if entry is not None:
            _check_lives(magic, entry)
    return names


def _check_lives(magic: str, entry: NamedIsolate[Any]) -> None:
    if entry.isolate.is_disposed:
        raise UsageError(
            f"{magic}: TARGETS: the isolate {entry.name!r} is gone; the next cell there gets a new one"
        )
