"""IOPub without losses: what is sent waits for clients that read slowly."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread

from isolates.magics.manager import Log

_PATIENCE_MS = 15_000
_LOSSY_S = 60.0


def make_robust(thread: IOPubThread, log: Log) -> None:
    """To be called once, before anything is sent."""
    _keep_out_of_its_own_way(thread)
    _be_patient(thread, log)


def _keep_out_of_its_own_way(thread: IOPubThread) -> None:
    """Lets the thread queue as much as it likes for itself.

    ipykernel writes a byte into a pipe for whatever is queued, and at 2000 bytes the writer waits until some
    are read: for ever, if it is the thread that reads them.
    """
    schedule: Any = thread.schedule
    events: Any = thread._events

    def schedule_safely(event: Callable[[], object]) -> None:
        if threading.current_thread() is not thread.thread:
            schedule(event)
            return
        events.append(event)
        if len(events) == 1:  # else whoever has queued the first one wakes the thread for all
            thread.io_loop.add_callback(thread._handle_event, [])

    thread.schedule = schedule_safely  # type: ignore[method-assign]  # ipykernel makes the thread itself


def _be_patient(thread: IOPubThread, log: Log) -> None:
    """Lets the thread wait when a client has 1000 unread messages.

    ZeroMQ drops what comes then, the message too that says that a cell has ended. A client that reads nothing
    for some seconds loses messages after all, and the others none: for a minute nothing waits for it. The
    memory that one client can cost is that of 1000 messages.
    """
    socket: Any = thread.socket
    send: Any = thread._really_send
    loop = thread.io_loop

    def wait_for_clients() -> None:
        if not thread.closed:
            socket.setsockopt(zmq.XPUB_NODROP, 1)

    def send_patiently(message: Any, *args: Any, **options: Any) -> None:
        try:
            send(message, *args, **options)
        except zmq.Again:
            # Only ever before the first part: ZeroMQ counts whole messages.
            log.warning("A client reads nothing: for %g s it may miss output", _LOSSY_S)
            socket.setsockopt(zmq.XPUB_NODROP, 0)
            loop.call_later(_LOSSY_S, wait_for_clients)
            send(message, *args, **options)

    def begin() -> None:
        socket.setsockopt(zmq.SNDTIMEO, _PATIENCE_MS)
        wait_for_clients()

    thread._really_send = send_patiently  # type: ignore[assignment, method-assign]  # ipykernel makes the thread itself
    # A socket belongs to its thread.
    thread.schedule(begin)
