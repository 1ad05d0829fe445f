"""IOPub without losses: what is sent waits for clients that read slowly."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

from typing import Any

import zmq
from ipykernel.iostream import IOPubThread

from isolates.magics.manager import Log

_PATIENCE_MS = 15_000
_LOSSY_S = 60.0


def be_patient(thread: IOPubThread, log: Log) -> None:
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
