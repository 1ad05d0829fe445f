"""IOPub without losses: what is sent waits for clients that read slowly."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread

from isolates.magics.manager import Log

_PATIENCE_MS = 15_000
# Of up to 1 MB each (portions.py).
_MOST_UNREAD = 64


@contextmanager
def few_unread(context: zmq.Context[Any]) -> Iterator[None]:
    """For a socket that is made and bound meanwhile: told later, it would not tell its clients' queues."""
    context.setsockopt(zmq.SNDHWM, _MOST_UNREAD)
    try:
        yield
    finally:
        del context.sockopts[zmq.SNDHWM]


class IOPubQueue:
    """Lets all threads queue as much as they like, and wakes the thread once for all that is queued.

    ipykernel writes a byte into a pipe for each message, and at 2000 bytes the writer waits until some are
    read: for ever, if it is the thread that reads them, and else until a client reads. A pipe of ZeroMQ's is
    slow too.
    """

    def __init__(self, thread: IOPubThread, log: Log) -> None:
        """Replaces the thread's own queue, when that is empty, until `close`."""
        self._thread = thread
        self._log = log
        self._lock = threading.Lock()
        self._queued: list[Callable[[], object]] = []
        self._is_awake = False
        self._holder: threading.Thread | None = None
        _settle(thread)
        # ipykernel makes the thread itself.
        thread.schedule = self.schedule  # type: ignore[method-assign]
        thread.send_multipart = self.send  # type: ignore[method-assign]

    def schedule(self, event: Callable[[], object]) -> None:
        """What is scheduled may be waited for, so the thread wakes at once."""
        if self._add(event):
            self._wake()

    def send(self, *message: Any, **options: Any) -> None:
        """Queues a message; the arguments are those of IOPubThread.send_multipart. Any thread."""
        is_new = self._add(lambda: self._thread._really_send(*message, **options))
        if is_new and self._holder is not threading.current_thread():
            self._wake()

    def close(self) -> None:
        """The thread has its own queue again, when this one is empty."""
        _settle(self._thread)
        del self._thread.schedule, self._thread.send_multipart

    def hold(self) -> None:
        """The messages of this thread until `release` wake nobody: who is woken takes the GIL from it."""
        self._holder = threading.current_thread()

    def hold_for(self, turns: int) -> None:
        """Holds for at most so many turns of this thread's event loop; then all is sent at once."""
        self.hold()
        loop = asyncio.get_running_loop()
        release: Callable[[], object] = self.release
        for _ in range(turns - 1):
            release = partial(loop.call_soon, release)
        loop.call_soon(release)

    def release(self) -> None:
        """Ends `hold`: the thread is woken if something is queued."""
        self._holder = None
        self._wake()

    def _add(self, event: Callable[[], object]) -> bool:
        if not self._thread.thread.is_alive():
            event()
            return False
        with self._lock:
            self._queued.append(event)
        return True

    def _wake(self) -> None:
        with self._lock:
            if self._is_awake or not self._queued:
                return
            self._is_awake = True
        self._thread.io_loop.add_callback(self._run)

    def _run(self) -> None:
        with self._lock:
            events, self._queued = self._queued, []
            self._is_awake = False
        for event in events:
            try:
                event()
            except Exception:
                self._log.exception("A message could not be sent")


def _settle(thread: IOPubThread) -> None:
    """Waits until the thread has sent what is queued: what comes by another way must not overtake it."""
    is_sent = threading.Event()
    thread.schedule(is_sent.set)
    is_sent.wait(_PATIENCE_MS / 1000)


def be_patient(thread: IOPubThread, log: Log) -> Callable[[], None]:
    """Lets the thread wait when a client has as many unread messages as its socket allows (`few_unread`).

    ZeroMQ drops what comes then, the message too that says that a cell has ended. A client that still reads
    nothing after some seconds loses what comes until it reads again, and the others nothing: nobody waits for
    it a second time. One client can cost the memory of these messages. What is returned undoes it.
    """
    socket: Any = thread.socket
    send: Any = thread._really_send
    is_waiting = True

    def send_patiently(message: Any, *args: Any, **options: Any) -> None:
        nonlocal is_waiting
        # Again is only ever raised before the first part: ZeroMQ counts whole messages.
        try:
            if is_waiting:
                send(message, *args, **options)
                return
            socket.setsockopt(zmq.XPUB_NODROP, 1)
            send(message, *args, **options | {"flags": options.get("flags", 0) | zmq.DONTWAIT})
            is_waiting = True
            log.warning("All clients read again")
        except zmq.Again:
            if is_waiting:
                log.warning("A client reads nothing: until it does, it misses output")
            is_waiting = False
            socket.setsockopt(zmq.XPUB_NODROP, 0)
            send(message, *args, **options)

    def begin() -> None:
        socket.setsockopt(zmq.SNDTIMEO, _PATIENCE_MS)
        socket.setsockopt(zmq.XPUB_NODROP, 1)

    thread._really_send = send_patiently  # type: ignore[assignment, method-assign]  # ipykernel makes the thread itself
    # A socket belongs to its thread.
    thread.schedule(begin)

    def end() -> None:
        socket.setsockopt(zmq.SNDTIMEO, -1)
        socket.setsockopt(zmq.XPUB_NODROP, 0)

    def undo() -> None:
        del thread._really_send
        thread.schedule(end)

    return undo
