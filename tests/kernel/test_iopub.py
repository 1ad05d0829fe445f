"""A client that stops reading: what it misses, and what the others do not."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
import zmq
from ipykernel.iostream import IOPubThread

from isolates.kernel import iopub

PART = b"x" * (1 << 20)
DEADLINE_MS = 20_000


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


def client_of(context: zmq.Context[zmq.Socket[bytes]], address: str) -> zmq.Socket[bytes]:
    client = context.socket(zmq.SUB)
    client.setsockopt(zmq.RCVHWM, 4)
    client.setsockopt(zmq.RCVTIMEO, DEADLINE_MS)
    client.setsockopt(zmq.SUBSCRIBE, b"")
    client.connect(address)
    return client


def number(client: zmq.Socket[bytes]) -> int:
    return int(client.recv_multipart()[0])


def test_a_client_that_reads_again_gets_all_that_comes_then(
    context: zmq.Context[zmq.Socket[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iopub, "_PATIENCE_MS", 300)
    with iopub.few_unread(context):
        socket = context.socket(zmq.XPUB)
        address = f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"
    # It is not started, so it sends on this thread.
    thread = IOPubThread(socket, session=None)
    iopub.make_robust(thread, logging.getLogger(__name__))
    reader, sleeper = client_of(context, address), client_of(context, address)
    try:
        # Both are there when both get something. What came too early for one of them is of no interest.
        for client in (reader, sleeper):
            while not client.poll(10):
                thread.send_multipart([b"-1"])
        count = 0

        def send() -> None:
            nonlocal count
            thread.send_multipart([b"%d" % count, PART])
            count += 1

        def read_last() -> None:
            while number(reader) != count - 1:
                pass

        # Nobody is lost before the patience ends: this takes less than the client's 64 messages.
        for _ in range(60):
            send()
            read_last()
        # More than what sockets and ZeroMQ keep for the client that sleeps.
        waited = []
        for _ in range(100):
            started = time.monotonic()
            send()
            assert number(reader) == count - 1  # The other misses nothing.
            waited.append(time.monotonic() - started)
        assert sum(one >= 0.25 for one in waited) == 1  # It has waited once.
        seen = []
        while sleeper.poll(500):
            seen.append(number(sleeper))
        seen = [one for one in seen if one >= 0]
        assert seen[:60] == list(range(60))
        assert len(seen) < count
        # From now on it is waited for again.
        first = count
        for _ in range(20):
            send()
            assert number(reader) == count - 1
        assert [number(sleeper) for _ in range(20)] == list(range(first, count))
    finally:
        reader.close()
        sleeper.close()
        thread.io_loop.close(all_fds=True)
