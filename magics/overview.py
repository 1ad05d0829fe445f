"""%isolates: all isolates in a table."""

from __future__ import annotations

import argparse
import time
from typing import Any

from isolates.magics.cell import Body
from isolates.magics.chosen import by_name
from isolates.magics.jobs import summary
from isolates.magics.magic import Host, Magic
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.parser import MagicParser
from isolates.magics.sizes import Look, look_at
from isolates.magics.tables import Table, size_text, time_text

_HEADS = ["isolate", "contexts", "state", "heap", "limit", "external", "wall", "CPU", "references", "runs"]
_MOST_RUNS = 3
_STALE_NOTE = "~ what was known before: that isolate is busy"


def _make_isolates() -> Magic:
    parser = MagicParser(
        "%isolates",
        "List the isolates: what they hold, have used and do.\n\n"
        "A * marks the current isolate and its context. Nobody waits for a busy isolate: where it does not "
        "answer at once there is a ~ before what was known, and a ? for what was not: heap is then both.\n\n"
        "state is idle; waiting, while a cell there awaits something; running; queued, when it has work and "
        "waits for a core; or gone, and why.\n\n"
        "heap and external (buffers beside the heap) count against the limit. wall and CPU are the time that "
        "JavaScript has run there; references are handles that exist outside to values inside; runs are the "
        "cells under way, and for how long.",
        "%isolates",
    )
    return Magic("isolates", "line", parser, _list)


async def _list(host: Host, options: argparse.Namespace, body: Body) -> None:
    entries = by_name(host)
    looks = await look_at(host, entries)
    rows = [_row(host, entry, look) for entry, look in zip(entries, looks, strict=True)]
    notes = []
    if any(text.startswith("~") for row in rows for text in row):
        notes.append(_STALE_NOTE)
    isolate, context = host.settings.current
    if host.manager.get(isolate) is None:
        notes.append(f"The current isolate is {isolate!r}, its context {context!r}: made on first use")
    host.display(Table(_HEADS, rows, notes).bundle())


def _row(host: Host, entry: NamedIsolate[Any], look: Look) -> list[str]:
    isolate, context = host.settings.current
    is_current = entry.name == isolate
    contexts = [f"{name} *" if is_current and name == context else name for name in list(entry.contexts)]
    size, about = look.size, "" if look.has_answered else "~"
    is_gone = entry.isolate.is_disposed
    return [
        f"{entry.name} *" if is_current else entry.name,
        summary(contexts),
        _state(entry, look),
        "" if is_gone else f"{about}{size_text(size.heap)}",
        f"{entry.memory_mb:g} MB",
        "" if is_gone else "?" if size.external is None else f"{about}{size_text(size.external)}",
        time_text(entry.isolate.wall_time_ns / 1e9),
        time_text(entry.isolate.cpu_time_ns / 1e9),
        "" if is_gone else str(entry.isolate.reference_count),
        "" if is_gone else runs_text(entry),
    ]


def _state(entry: NamedIsolate[Any], look: Look) -> str:
    if entry.isolate.is_disposed:
        return f"gone ({entry.end.reason})" if entry.end.reason else "gone"
    if look.has_answered:
        return "waiting" if entry.work else "idle"
    if look.has_run:
        return "running"
    # Without work it was not its turn: all cores are busy.
    return "queued" if entry.work else "idle"


def runs_text(entry: NamedIsolate[Any]) -> str:
    """The cells that are under way there, and for how long."""
    now = time.monotonic()
    work = [f"{work.name} for {time_text(now - work.started_s)}" for work in tuple(entry.work)]
    more = f" and {len(work) - _MOST_RUNS} more" if len(work) > _MOST_RUNS else ""
    return ", ".join(work[:_MOST_RUNS]) + more


ISOLATES = _make_isolates()
