"""What an asynchronous call returns."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from isolates._native import _Call

T = TypeVar("T")


class Future(concurrent.futures.Future[T], Generic[T]):
    """A result that is on its way: the call was queued when it was made, not when it is awaited.

    It can be awaited in any asyncio loop, and it has all that a `concurrent.futures.Future` has:
    `.result(timeout)` and `.exception(timeout)` block a thread (timeout in seconds), `.add_done_callback`
    calls on the thread that ends the call. `.cancel()`, or cancelling the task that awaits it, takes a
    waiting call out of the queue and stops the JavaScript of a running one; the isolate lives on. Any
    thread.
    """

    _call: _Call | None = None

    def __await__(self) -> Generator[Any, None, T]:
        return (yield from asyncio.wrap_future(self).__await__())

    def cancel(self) -> bool:
        """Ends the call as cancelled, unless it has ended. True if it is cancelled now."""
        cancelled = super().cancel()
        call = self._call  # _end may take it away in between
        if cancelled and call is not None:
            call.cancel()
        return cancelled

    def _end(self, result: T, error: BaseException | None) -> None:
        """By the native core, once, on the thread that ends the call."""
        self._call = None
        if not self.set_running_or_notify_cancel():
            return
        if error is not None:
            self.set_exception(error)
        else:
            self.set_result(result)
