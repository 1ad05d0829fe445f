"""Where coroutines run that JavaScript starts while no event loop of the program's own can run them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from isolates import _native

_lock = threading.Lock()
# Loops of our own, and whether the thread of each is in a synchronous call of a coroutine.
_loops: list[tuple[asyncio.AbstractEventLoop, Callable[[], bool]]] = []


def run(
    awaitable: Awaitable[Any],
    loop: asyncio.AbstractEventLoop | None,
    end: Callable[[Any, BaseException | None], None],
) -> None:
    """Awaits it and calls end(result, None) or end(None, error), on the loop's thread.

    In `loop` if that runs, else in a loop on a daemon thread of its own, which starts with the first use. An
    asyncio future is awaited in its own loop.
    """
    if isinstance(awaitable, asyncio.Future):
        loop = awaitable.get_loop()
    if loop is None or not loop.is_running():
        loop = background_loop()
    asyncio.run_coroutine_threadsafe(_await(awaitable, end), loop)


async def _await(awaitable: Awaitable[Any], end: Callable[[Any, BaseException | None], None]) -> None:
    try:
        result = await awaitable
    except BaseException as error:
        end(None, error)
        if not isinstance(error, Exception | asyncio.CancelledError):
            raise
    else:
        end(result, None)


def background_loop() -> asyncio.AbstractEventLoop:
    """A loop on a thread of its own, the first that can run: there are as many as were blocked at once."""
    with _lock:
        for loop, is_blocked in _loops:
            if not is_blocked():
                return loop
        started: concurrent.futures.Future[Callable[[], bool]] = concurrent.futures.Future()
        loop = asyncio.new_event_loop()
        threading.Thread(target=_run_loop, args=(loop, started), name="isolates-asyncio", daemon=True).start()
        _loops.append((loop, started.result()))
        return loop


def _run_loop(
    loop: asyncio.AbstractEventLoop, started: concurrent.futures.Future[Callable[[], bool]]
) -> None:
    started.set_result(_native._blocking_here())
    loop.run_forever()
