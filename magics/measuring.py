"""What the magics that measure a cell share: where it runs, and that it runs as it always does."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from isolates.magics.cell import Body, Cell
from isolates.magics.isolate import add_targets, add_timeout, announce, places_of
from isolates.magics.jobs import Grouping, Wishes
from isolates.magics.magic import Host
from isolates.magics.parser import MagicParser


def add_where(parser: MagicParser) -> None:
    """TARGETS, --context and --timeout."""
    add_targets(parser)
    add_timeout(parser)


def cells_of(host: Host, magic: str, options: argparse.Namespace, body: Body) -> list[Cell]:
    """The cell for each of its isolates; says which of them are new. Raises UsageError."""
    places = places_of(host, magic, options)
    limits = {place.isolate: host.manager.limit_mb(place.isolate) for place in places}
    announce(host, {name: limit for name, limit in limits.items() if host.manager.get(name) is None})
    return [Cell(body.text, body.line_offset, *place, timeout_s=options.timeout) for place in places]


async def run_cells(host: Host, cells: list[Cell]) -> object:
    """Runs them as %%isolate would, at the same time; what is shown at the end."""
    if len(cells) == 1:
        return await host.evaluate(cells[0])
    settings = host.settings
    wishes = Wishes(
        grouping=cast("Grouping", settings.group_outputs), progress_after_s=settings.progress_after_s
    )
    return await host.start(cells, wishes).finish()


async def finished(work: Coroutine[Any, Any, None]) -> None:
    """Waits for what must come to its end, also if this task is cancelled meanwhile: that is raised then."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
