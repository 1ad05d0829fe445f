"""A client that stops reading: what it misses, and what the others do not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

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
    iopub.be_patient(thread, logging.getLogger(__name__))
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


class FakeThread:
    """An IOPub thread that runs when it is told to."""

    def __init__(self) -> None:
        self.thread = threading.main_thread()
        self.wakes: list[Callable[[], object]] = []
        self.io_loop = SimpleNamespace(add_callback=self.wakes.append)
        self.sent: list[str] = []
        self._really_send = self.sent.append

    def schedule(self, event: Callable[[], object]) -> None:
        event()

    def run(self) -> None:
        while self.wakes:
            self.wakes.pop(0)()


@pytest.fixture
def thread() -> Any:
    return FakeThread()


@pytest.fixture
def queue(thread: Any) -> iopub.IOPubQueue:
    return iopub.IOPubQueue(thread, logging.getLogger(__name__))


def test_the_thread_wakes_once_for_all_that_is_queued(thread: Any, queue: iopub.IOPubQueue) -> None:
    for text in "abc":
        thread.send_multipart(text)
    assert len(thread.wakes) == 1
    thread.run()
    thread.send_multipart("d")
    thread.run()
    assert thread.sent == ["a", "b", "c", "d"]


def test_the_thread_gets_its_own_queue_back(thread: Any, queue: iopub.IOPubQueue) -> None:
    thread.io_loop.add_callback = lambda run: run()
    queue.close()
    scheduled: list[str] = []
    thread.schedule(lambda: scheduled.append("at once"))
    assert scheduled == ["at once"]
    assert not hasattr(thread, "send_multipart")


def test_messages_wait_for_their_release(thread: Any, queue: iopub.IOPubQueue) -> None:
    queue.hold()
    thread.send_multipart("a")
    thread.send_multipart("b")
    assert not thread.wakes
    queue.release()
    queue.release()
    assert len(thread.wakes) == 1
    thread.run()
    assert thread.sent == ["a", "b"]


def test_who_waits_for_the_thread_wakes_it(thread: Any, queue: iopub.IOPubQueue) -> None:
    queue.hold()
    thread.send_multipart("a")
    thread.schedule(lambda: thread.sent.append("flushed"))
    thread.run()
    assert thread.sent == ["a", "flushed"]


def test_messages_of_other_threads_take_along_those_before(thread: Any, queue: iopub.IOPubQueue) -> None:
    queue.hold()
    thread.send_multipart("a")
    other = threading.Thread(target=thread.send_multipart, args=("b",))
    other.start()
    other.join()
    thread.run()
    assert thread.sent == ["a", "b"]


def test_what_fails_takes_nothing_along(thread: Any, queue: iopub.IOPubQueue) -> None:
    thread.schedule(lambda: 1 // 0)
    thread.send_multipart("a")
    thread.run()
    assert thread.sent == ["a"]
