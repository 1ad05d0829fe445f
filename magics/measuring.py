"""What the magics that measure a cell share: where it runs, and that it runs as it always does."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

from isolates import IsolatesError, TerminatedError
from isolates.magics.cell import Body, Cell
from isolates.magics.isolate import add_targets, add_timeout, places_of
from isolates.magics.jobs import Grouping, Wishes
from isolates.magics.magic import Host
from isolates.magics.making import announce
from isolates.magics.parser import MagicParser

T = TypeVar("T")
_INTERRUPT_S = 0.05


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


async def finished_after(error: BaseException, work: Coroutine[Any, Any, None]) -> None:
    """`finished`, for a cell that has raised the error. If the isolate is gone, the error says more."""

    async def finish() -> None:
        if isinstance(error, asyncio.CancelledError | TerminatedError):
            # An interrupt stops what runs more than once, and would stop this.
            await asyncio.sleep(_INTERRUPT_S)
        # The last two: it has been stopped nevertheless, and had come to its end.
        with contextlib.suppress(IsolatesError, ValueError, RuntimeError):
            await work

    try:
        await finished(finish())
    finally:
        work.close()


async def undisturbed(call: Callable[[], Awaitable[T]]) -> T:
    """Calls again if that was stopped: an interrupt means the cell."""
    try:
        return await call()
    except TerminatedError:
        return await call()
