"""Cells, as the kernel calls them: cancelling one of them ends it alone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any

import pytest

import isolates
from isolates import _native

LONG_S = 20.0

Cell = Callable[[str], isolates.Future[Any]]


@pytest.fixture
def started(context: isolates.Context) -> threading.Event:
    """Set by `started()`."""
    event = threading.Event()
    context.global_.set_sync("started", isolates.Callback(event.set))
    return event


@pytest.fixture
def cell(context: isolates.Context) -> Cell:
    context.eval_sync("globalThis.seen = []")
    return lambda code: _native._eval_cell(context, code, "cell", 0, None, 7, True)


def see(context: isolates.Context) -> Any:
    return context.eval("seen.join(' ')").result(LONG_S)


def test_cancelling_a_cell_that_is_queued_takes_it_out(
    cell: Cell, context: isolates.Context, gate: Any
) -> None:
    held = context.eval_closure("$0(); seen.push('held')", [gate])
    gate.wait_entered()
    cancelled, last = cell("seen.push('cancelled')"), context.eval("seen.push('last')")
    assert cancelled.cancel()
    gate.open()
    last.result(LONG_S)
    held.result(LONG_S)
    assert see(context) == "held last"


@pytest.mark.parametrize(
    "code",
    [
        "started(); for (;;);",
        "started(); try { for (;;); } catch { seen.push('caught') } finally { seen.push('finally') }",
        "await null; started(); for (;;);",
        "await (async () => { await null; started(); for (;;); })()",
    ],
)
def test_cancelling_a_cell_that_runs_stops_its_javascript(
    cell: Cell, context: isolates.Context, isolate: isolates.Isolate, started: threading.Event, code: str
) -> None:
    running, waiting = cell(code), context.eval("seen.push('waiting')")
    assert started.wait(LONG_S)
    assert running.cancel()
    waiting.result(LONG_S)
    assert see(context) == "waiting"
    assert not isolate.is_disposed


def test_cancelling_a_cell_that_waits_ends_the_waiting(cell: Cell, context: isolates.Context) -> None:
    """Nobody can take back what it has begun: its rest runs when, and if, its promise is settled."""
    waiting = cell("await new Promise(resolve => { globalThis.settle = resolve }); seen.push('rest')")
    context.eval("0").result(LONG_S)
    assert not waiting.done()
    assert waiting.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        waiting.result(LONG_S)
    assert see(context) == ""
    context.eval_sync("settle()")
    assert see(context) == "rest"


def test_what_a_cancelled_cell_goes_on_with_is_stopped_by_its_mark(
    cell: Cell, context: isolates.Context, isolate: isolates.Isolate, started: threading.Event
) -> None:
    waiting = cell("await new Promise(resolve => { globalThis.settle = resolve }); started(); for (;;);")
    context.eval("0").result(LONG_S)
    assert waiting.cancel()
    settling, queued = context.eval("settle()"), context.eval("seen.push('queued')")
    assert started.wait(LONG_S)
    _native._stop_marked(isolate, 8)
    with pytest.raises(concurrent.futures.TimeoutError):
        settling.result(0.05)
    _native._stop_marked(isolate, 7)
    queued.result(LONG_S)
    assert settling.exception(LONG_S) is not None
    assert see(context) == "queued"


def test_cancelling_the_task_that_awaits_a_cell_cancels_it(
    cell: Cell, context: isolates.Context, started: threading.Event
) -> None:
    async def main() -> Any:
        for code in ("started(); for (;;);", "started(); await new Promise(() => {})"):
            started.clear()
            running = cell(code)

            async def wait(running: Any = running) -> Any:
                return await running

            task = asyncio.create_task(wait())
            await asyncio.sleep(0)  # it waits: to_thread need not take a turn of the loop
            assert await asyncio.to_thread(started.wait, LONG_S)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert running.cancelled()
        return await context.eval("'alive'")

    assert asyncio.run(main()) == "alive"


def test_cancelling_a_cell_leaves_cells_of_other_isolates_alone(
    cell: Cell, context: isolates.Context, started: threading.Event
) -> None:
    with isolates.Isolate() as other:
        there = other.create_context_sync()
        entered = threading.Event()
        endless = there.eval_closure("$0(); for (;;);", [lambda: entered.set()])
        running = cell("started(); for (;;);")
        assert started.wait(LONG_S)
        assert entered.wait(LONG_S)
        assert running.cancel()
        assert context.eval("'alive'").result(LONG_S) == "alive"
        assert not endless.done()
        assert endless.cancel()
        assert there.eval("'alive'").result(LONG_S) == "alive"
