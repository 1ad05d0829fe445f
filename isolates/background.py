"""Where coroutines run that JavaScript starts while no event loop of the program's own can run them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


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
    """The loop on a thread of its own, started if need be."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="isolates-asyncio", daemon=True).start()
        return _loop
