"""What cells print and show, on its way to the cells that caused it."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import threading
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Text:
    """What one cell has written to one stream, in parts."""

    parent: Message
    stream: str
    parts: list[str]


@dataclass(frozen=True)
class _Other:
    """A message of another kind."""

    parent: Message
    kind: str
    content: dict[str, Any]
    metadata: dict[str, Any] | None
    buffers: list[bytes | memoryview[bytes]] | None


class Output:
    """Collects text and other output from any thread and sends it as messages, in the order of writing.

    ipykernel's own stdout and stderr are two buffers, whose order is lost. Here it is only lost where they
    take turns so often that each turn can't be a message. `_lock` guards what is queued and sending, so that
    a flush on one thread can't overtake one on another.
    """

    def __init__(self, messages: MessageSession, iopub: IOPubThread) -> None:
        self._messages = messages
        self._iopub = iopub
        self._lock = threading.Lock()
        self._queued: list[_Text | _Other] = []
        self._is_scheduled = False

    def write(self, parent: Message | None, stream: str, text: str) -> None:
        """Queues text for the cell that `parent`, the execute_request, has run; for None it is dropped."""
        if parent is None:
            return
        text = well_formed(text)
        with self._lock:
            last = self._queued[-1] if self._queued else None
            if isinstance(last, _Text) and last.parent is parent and last.stream == stream:
                last.parts.append(text)
            else:
                self._queued.append(_Text(parent, stream, [text]))
        self._schedule()

    def send(
        self,
        parent: Message | None,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes | memoryview[bytes]] | None = None,
    ) -> None:
        """Queues a message of any kind behind what was written; for the parent None it is dropped.

        `content` must be what JSON can hold, with well-formed texts.
        """
        if parent is None:
            return
        with self._lock:
            self._queued.append(_Other(parent, kind, content, metadata, buffers))
        self._schedule()

    def flush(self) -> None:
        """Sends what is queued. What the kernel sends afterwards comes after it."""
        with self._lock:
            queued, self._queued = self._queued, []
            if len(queued) > _MOST_CHUNKS:
                queued = _joined(queued)
            for one in queued:
                if isinstance(one, _Other):
                    self._send(one.kind, one.kind, one.parent, one.content, one.metadata, one.buffers)
                    continue
                for text in _portions(one.parts):
                    content = {"name": one.stream, "text": text}
                    self._send("stream", f"stream.{one.stream}", one.parent, content)

    def _send(
        self,
        kind: str,
        topic: str,
        parent: Message,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes | memoryview[bytes]] | None = None,
    ) -> None:
        # The thread stands for its socket, and queues this in order with all other messages.
        socket = cast("zmq.Socket[bytes]", self._iopub)
        self._messages.send(
            socket, kind, content, parent=parent, ident=topic.encode(), metadata=metadata, buffers=buffers
        )

    def _schedule(self) -> None:
        with self._lock:
            if self._is_scheduled:
                return
            self._is_scheduled = True
        self._iopub.schedule(self._send_soon)

    def _send_soon(self) -> None:
        self._iopub.io_loop.call_later(_INTERVAL_S, self._send_scheduled)

    def _send_scheduled(self) -> None:
        with self._lock:
            self._is_scheduled = False
        self.flush()


def _joined(queued: list[_Text | _Other]) -> list[_Text | _Other]:
    """One text for each cell and stream between two messages of another kind."""
    joined: list[_Text | _Other] = []
    texts: dict[tuple[int, str], _Text] = {}
    for one in queued:
        if isinstance(one, _Other):
            texts.clear()
            joined.append(one)
            continue
        key = (id(one.parent), one.stream)
        if key in texts:
            texts[key].parts.extend(one.parts)
        else:
            texts[key] = one
            joined.append(one)
    return joined


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
