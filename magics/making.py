"""Isolates that magics make: said by all in the same way, and ended again if a magic fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from isolates.magics.jobs import summary
from isolates.magics.magic import Host


def announce(host: Host, made: Mapping[str, float], way: str = "") -> None:
    """Says that these isolates are new, their limits in MB, and how they are made: a name may be mistyped."""
    if made:
        limits = sorted({f"{limit:g} MB" for limit in made.values()})
        each = " each" if len(made) > 1 and len(limits) == 1 else ""
        kind = "isolates" if len(made) > 1 else "isolate"
        host.write(f"New {kind} {summary(list(made))}: {' or '.join(limits)}{each}{way and f', {way}'}\n")


def replaced(name: str, reason: str) -> str:
    """What is said of an isolate in the place of one that is gone. `reason`: that of its NamedIsolate.end."""
    told = "" if reason in ("", "disposed") else f" ({reason})"
    return f"The isolate {name!r} is a new one: the one before is gone{told}, and what was in it.\n"


@contextmanager
def making(host: Host, names: Iterable[str]) -> Iterator[None]:
    """Around what makes isolates of these names that are not there. At the end that is said; if it fails,
    they are not there again."""
    before = {name: host.manager.get(name) for name in names}
    missing = [name for name, entry in before.items() if entry is None]
    gone = {name: entry for name, entry in before.items() if entry is not None and entry.isolate.is_disposed}
    with undone(host, missing, BaseException):
        yield
    made = {name: entry.memory_mb for name in missing if (entry := host.manager.get(name)) is not None}
    announce(host, made)
    for name, entry in gone.items():
        if host.manager.get(name) is not entry:
            host.write(replaced(name, entry.end.reason), "stderr")


@contextmanager
def undone(host: Host, missing: Iterable[str], error: type[BaseException]) -> Iterator[None]:
    """After such an error the isolates that were missing are so again, unless another cell uses them."""
    try:
        yield
    except error:
        for name in missing:
            entry = host.manager.get(name)
            if entry is not None and not entry.work and not entry.log.cells():
                host.manager.dispose(name)
        raise
