"""How a resolver of modules is asked: where its owner's event loop runs, awaiting what it returns."""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import inspect
import threading
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from isolates.background import background_loop

if TYPE_CHECKING:
    from isolates._native import _Answer

Pending = concurrent.futures.Future[Any]

# Questions of one resolver in a turn of the loop: code that asks thousands must not keep others waiting.
_AT_ONCE = 16


class Resolver:
    """Made where the resolver was given; any thread asks. Owned by the native core.

    With an event loop at hand when it is made, the function is called there; without one, or while that loop
    is blocked by a synchronous call, where it is asked, and coroutines run in the background.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        self._loop = _running_loop()
        self._lock = threading.Lock()
        # Each belongs to its future: one that is forgotten takes its answer along, which ends the waiting.
        self._waiting: weakref.WeakSet[_Waiting] = weakref.WeakSet()
        self._asked: deque[tuple[Any, ...]] = deque()  # what the loop is still to call, in its order
        self._is_taking = False

    def ask(self, answer: _Answer, asker: int, is_blocked: bool, *question: object) -> None:
        """Calls the function; `answer` is told now or later, on any thread."""
        loop = None if is_blocked else self._loop
        if loop is None or loop is _running_loop():
            self._call(answer, asker, loop, *question)
            return
        with self._lock:
            self._asked.append((answer, asker, loop, *question))
            is_first, self._is_taking = not self._is_taking, True
        if is_first:
            try:
                loop.call_soon_threadsafe(self._take, loop)
            except RuntimeError:  # the loop is closed
                with self._lock:
                    self._asked.clear()
                    self._is_taking = False
                raise

    def _take(self, loop: asyncio.AbstractEventLoop) -> None:
        """Calls the function for some questions, and comes again for the others in the next turn."""
        try:
            for _ in range(_AT_ONCE):
                with self._lock:
                    if not self._asked:
                        break
                    asked = self._asked.popleft()
                self._call(*asked)
        finally:
            with self._lock:
                self._is_taking = has_more = bool(self._asked)
            if has_more:
                loop.call_soon(self._take, loop)

    def cancel(self, asker: int) -> None:
        """This asker does not wait for its answers any more."""
        with self._lock:
            dropped = [waiting for waiting in self._waiting if waiting.asker == asker]
            self._waiting.difference_update(dropped)
        for waiting in dropped:
            waiting.answer.drop()  # a future that nobody ends must not keep it
            if waiting.is_own:
                waiting.future.cancel()

    def _call(
        self, answer: _Answer, asker: int, loop: asyncio.AbstractEventLoop | None, *question: object
    ) -> None:
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
        # One that was given to us is its owner's, who may have given it to others too.
        waiting = _Waiting(asker, answer, future, is_own=future is not result)
        with self._lock:
            self._waiting.add(waiting)
        future.add_done_callback(lambda _: self._end(waiting))

    def _end(self, waiting: _Waiting) -> None:
        with self._lock:
            self._waiting.discard(waiting)
        future, answer = waiting.future, waiting.answer
        if future.cancelled():
            answer.error(concurrent.futures.CancelledError("The resolver was cancelled"))
        elif (error := future.exception()) is not None:
            answer.error(error)
        else:
            answer.module(future.result())


@dataclasses.dataclass(frozen=True, eq=False)
class _Waiting:
    asker: int
    answer: _Answer
    future: Pending
    is_own: bool


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
