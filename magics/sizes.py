"""How much isolates hold: asked of all at once, and nobody waits for one that is busy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from isolates.magics.magic import Host
from isolates.magics.named_isolate import NamedIsolate, Size

# What a user does not feel as waiting.
_PATIENCE_S = 0.1


class Look(NamedTuple):
    """What an isolate answered, or what is known of one that has not. `has_run`: it ran meanwhile."""

    size: Size
    has_answered: bool
    has_run: bool


async def look_at(host: Host, entries: Sequence[NamedIsolate[Any]]) -> list[Look]:
    """All of them within a tenth of a second."""
    times = [entry.isolate.wall_time_ns for entry in entries]
    sizes = await ask(entries, _PATIENCE_S)
    looks = []
    for entry, before, size in zip(entries, times, sizes, strict=True):
        has_run = entry.isolate.wall_time_ns != before
        looks.append(Look(size or _known(host, entry), size is not None, has_run))
    return looks


async def ask(entries: Sequence[NamedIsolate[Any]], patience_s: float | None = None) -> list[Size | None]:
    """What each holds, which is remembered; None for those that are gone or don't answer in time."""
    asked = [asyncio.wrap_future(entry.isolate.get_heap_statistics()) for entry in entries]
    if not asked:
        return []
    try:
        await asyncio.wait(asked, timeout=patience_s)
    finally:
        for one in asked:
            one.cancel()  # it would lie in the queue of a busy isolate
    return [_remembered(entry, one) for entry, one in zip(entries, asked, strict=True)]


def _remembered(entry: NamedIsolate[Any], asked: asyncio.Future[dict[str, int]]) -> Size | None:
    if asked.cancelled() or asked.exception() is not None:
        return None
    told = asked.result()
    entry.size = Size(told["used_heap_size"], told["externally_allocated_size"])
    return entry.size


def _known(host: Host, entry: NamedIsolate[Any]) -> Size:
    """As of the end of its last call; what was beside the heap is only known from when it was asked."""
    total = host.known_bytes(entry.isolate)
    if entry.size is None or entry.size.external is None:
        return Size(total, None)
    return Size(max(0, total - entry.size.external), entry.size.external)
