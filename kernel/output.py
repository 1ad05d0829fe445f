"""What the console prints, on its way to the cells that caused it."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import threading
from typing import Any, cast

import zmq
from ipykernel.iostream import IOPubThread
from jupyter_client.session import Session as MessageSession

from isolates.text import well_formed

# A frontend shows this much at once; more would be one message that no one can read while the cell runs.
_LARGEST_CHUNK = 1 << 20
_INTERVAL_S = 0.05
# ZeroMQ drops messages, also the one that says that a cell has ended, when a client has 1000 unread ones.
_MOST_CHUNKS = 50

Message = dict[str, Any]
Chunk = tuple[Message, str, list[str]]


class ConsoleOutput:
    """Collects text from any thread and sends it as `stream` messages, in the order of writing.

    ipykernel's own stdout and stderr are two buffers, whose order is lost. Here it is only lost where they
    take turns so often that each turn can't be a message. `_lock` guards chunks and sending, so that
    a flush on one thread can't overtake one on another.
    """

    def __init__(self, messages: MessageSession, iopub: IOPubThread) -> None:
        self._messages = messages
        self._iopub = iopub
        self._lock = threading.Lock()
        self._chunks: list[Chunk] = []
        self._is_scheduled = False

    def write(self, parent: Message, stream: str, text: str) -> None:
        """Queues text for the cell that `parent`, the execute_request, has run."""
        text = well_formed(text)
        with self._lock:
            last = self._chunks[-1] if self._chunks else None
            if last is not None and last[0] is parent and last[1] == stream:
                last[2].append(text)
            else:
                self._chunks.append((parent, stream, [text]))
            if self._is_scheduled:
                return
            self._is_scheduled = True
        self._iopub.schedule(self._send_soon)

    def flush(self) -> None:
        """Sends what was written. What the kernel sends afterwards comes after it."""
        with self._lock:
            chunks, self._chunks = self._chunks, []
            if len(chunks) > _MOST_CHUNKS:
                chunks = _by_stream(chunks)
            for parent, stream, texts in chunks:
                for text in _portions(texts):
                    # The thread stands for its socket, and queues this in order with all other messages.
                    self._messages.send(
                        cast("zmq.Socket[bytes]", self._iopub),
                        "stream",
                        {"name": stream, "text": text},
                        parent=parent,
                        ident=b"stream." + stream.encode(),
                    )

    def _send_soon(self) -> None:
        self._iopub.io_loop.call_later(_INTERVAL_S, self._send_scheduled)

    def _send_scheduled(self) -> None:
        with self._lock:
            self._is_scheduled = False
        self.flush()


def _by_stream(chunks: list[Chunk]) -> list[Chunk]:
    """One chunk for each cell and stream."""
    joined: dict[tuple[int, str], Chunk] = {}
    for parent, stream, texts in chunks:
        joined.setdefault((id(parent), stream), (parent, stream, []))[2].extend(texts)
    return list(joined.values())


def _portions(texts: list[str]) -> list[str]:
    """The texts joined, but into messages of a size that can be shown."""
    portions: list[str] = []
    current: list[str] = []
    size = 0
    for text in texts:
        if current and size + len(text) > _LARGEST_CHUNK:
            portions.append("".join(current))
            current, size = [], 0
        current.append(text)
        size += len(text)
    portions.append("".join(current))
    return portions
