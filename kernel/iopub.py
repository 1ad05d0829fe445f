"""IOPub without losses: what is sent waits for clients that read slowly."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def make_robust(thread: IOPubThread, log: Log) -> None:
    """To be called once, before anything is sent."""
    _queue_freely(thread, log)
    _be_patient(thread, log)


def _queue_freely(thread: IOPubThread, log: Log) -> None:
    """Lets all threads queue as much as they like, and wakes the thread once for all that is queued.

    ipykernel writes a byte into a pipe for each message, and at 2000 bytes the writer waits until some are
    read: for ever, if it is the thread that reads them, and else until a client reads. A pipe of ZeroMQ's is
    slow too.
    """
    lock = threading.Lock()
    queued: list[Callable[[], object]] = []

    def schedule(event: Callable[[], object]) -> None:
        if not thread.thread.is_alive():
            event()
            return
        with lock:
            queued.append(event)
            is_first = len(queued) == 1
        if is_first:
            thread.io_loop.add_callback(run)

    def run() -> None:
        with lock:
            events = queued.copy()
            queued.clear()
        for event in events:
            try:
                event()
            except Exception:
                log.exception("A message could not be sent")

    thread.schedule = schedule  # type: ignore[method-assign]  # ipykernel makes the thread itself


def _be_patient(thread: IOPubThread, log: Log) -> None:
    """Lets the thread wait when a client has 64 unread messages.

    ZeroMQ drops what comes then, the message too that says that a cell has ended. A client that still reads
    nothing after some seconds loses what comes until it reads again, and the others nothing: nobody waits for
    it a second time. The memory that one client can cost is that of 64 messages.
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
