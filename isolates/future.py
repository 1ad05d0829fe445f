"""What an asynchronous call returns."""

from __future__ import annotations

import concurrent.futures
from typing import Any, Generic, TypeVar

from isolates._native import _Future

T = TypeVar("T")

# What concurrent.futures keeps in its futures, for callbacks and for those who wait for several.
_KEPT = frozenset(vars(concurrent.futures.Future()))


class Future(_Future[T], concurrent.futures.Future[T], Generic[T]):
    """A result that is on its way: the call was queued when it was made, not when it is awaited.

    It can be awaited in any asyncio loop, and it has all that a `concurrent.futures.Future` has:
    `.result(timeout)` and `.exception(timeout)` block a thread (timeout in seconds), `.add_done_callback`
    calls on a thread of the pool, or on the one that cancels. Any thread.

    `.cancel()`, or cancelling the task that awaits it, ends this call alone; its isolate and the other calls
    there go on. One that is still queued never starts. The JavaScript of one that runs is stopped, and no
    `catch` or `finally` sees it, nor what it has called in other isolates; a Python function that it has
    called returns first. If the call waits for a promise, nobody waits for that any longer. What settles the
    promise may still come: then its reactions (the rest of an `async` function) run, as part of the call that
    settles it.
    """

    # The native half knows the end and answers for it; no Python runs when a call ends. Methods that we
    # inherit (add_done_callback) and functions such as concurrent.futures.wait use attributes instead, which
    # take 3 µs to make and the GIL to keep up to date: only a future that is asked for them has them.

    def __getattr__(self, name: str) -> Any:
        if name not in _KEPT:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._adopt(vars(concurrent.futures.Future()))
        return object.__getattribute__(self, name)

    def _end(self) -> None:
        """By the native half, once, if there are such attributes."""
        if self.cancelled():
            concurrent.futures.Future.cancel(self)
        if not self.set_running_or_notify_cancel():
            return
        error = self.exception()
        if error is not None:
            self.set_exception(error)
        else:
            self.set_result(self.result())
