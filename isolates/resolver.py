"""How a resolver of modules is asked: where its owner's event loop runs, awaiting what it returns."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from isolates.background import background_loop

if TYPE_CHECKING:
    from isolates._native import _Answer

Pending = concurrent.futures.Future[Any]


class Resolver:
    """Made where the resolver was given; any thread asks. Owned by the native core.

    With an event loop at hand when it is made, the function is called there; without one, or while that loop
    is blocked by a synchronous call, where it is asked, and coroutines run in the background.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        self._loop = _running_loop()
        self._lock = threading.Lock()
        self._waiting: set[Pending] = set()

    def ask(self, answer: _Answer, is_blocked: bool, *question: object) -> None:
        """Calls the function; `answer` is told now or later, on any thread."""
        loop = None if is_blocked else self._loop
        if loop is None or loop is _running_loop():
            self._call(answer, loop, *question)
        else:
            loop.call_soon_threadsafe(self._call, answer, loop, *question)

    def cancel(self) -> None:
        """Nobody waits for the answers any more."""
        with self._lock:
            waiting = list(self._waiting)
        for future in waiting:
            future.cancel()

    def _call(self, answer: _Answer, loop: asyncio.AbstractEventLoop | None, *question: object) -> None:
        try:
            result = self._function(*question)
            future = _future_of(result, loop)
        except BaseException as error:
            answer.error(error)
            if not isinstance(error, Exception):
                raise
            return
        if future is None:
            answer.module(result)
            return
        if future is not result:  # its owner's, who may have given it to others too
            with self._lock:
                self._waiting.add(future)
        future.add_done_callback(lambda ended: self._end(answer, ended))

    def _end(self, answer: _Answer, future: Pending) -> None:
        with self._lock:
            self._waiting.discard(future)
        if future.cancelled():
            answer.error(concurrent.futures.CancelledError("The resolver was cancelled"))
        elif (error := future.exception()) is not None:
            answer.error(error)
        else:
            answer.module(future.result())


def _future_of(result: object, loop: asyncio.AbstractEventLoop | None) -> Pending | None:
    if isinstance(result, concurrent.futures.Future):
        return result
    if isinstance(result, asyncio.Future):
        return asyncio.run_coroutine_threadsafe(_watch(result), result.get_loop())
    if inspect.isawaitable(result):
        return asyncio.run_coroutine_threadsafe(_wait(result), loop or background_loop())
    return None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _wait(awaitable: Awaitable[object]) -> object:
    return await awaitable


async def _watch(future: asyncio.Future[object]) -> object:
    return await asyncio.shield(future)
