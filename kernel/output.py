"""What cells print and show, on its way to the cells that caused it."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple, cast

import zmq
from ipykernel.iostream import IOPubThread
from jupyter_client.session import Session as MessageSession

from isolates.kernel.portions import LARGEST, TAIL, Portions
from isolates.kernel.publication import Publication
from isolates.text import well_formed

# A page pays for each message as much as the whole output of the cell, JupyterLab about 0.2 s for a megabyte.
_INTERVAL_S = 0.05
_INTERVAL_PER_SIZE_S = 0.25 / (1 << 20)
_LONGEST_INTERVAL_S = 1.0
_MOST_CHUNKS = 50
# In characters and bytes: what is sent at once, and what may wait before those who write more wait too.
_EAGER_SIZE = LARGEST + TAIL
_MOST_WAITING = 4 << 20
# Who waits goes on after a while, so that whatever stops its isolate is heard: so long for each 64 KB.
_PATIENCE_S = 0.05
_CHUNK = 1 << 16

Message = dict[str, Any]


class _Text(NamedTuple):
    """What one cell has written to one stream, in parts."""

    parent: Message
    stream: str
    parts: list[str]


class _Other(NamedTuple):
    """What is no text."""

    parent: Message
    publication: Publication


class Output:
    """Collects text and other output from any thread and sends it as messages, in the order of writing.

    ipykernel's own stdout and stderr are two buffers, whose order is lost. Here it is only lost where they
    take turns so often that each turn can't be a message. `_lock` guards what is queued and sending, so that
    a flush on one thread can't overtake one on another.

    Back-pressure: what was written and is not yet ZeroMQ's is counted, and beyond a limit JavaScript waits.
    """

    def __init__(self, messages: MessageSession, iopub: IOPubThread) -> None:
        self._messages = messages
        self._iopub = iopub
        # Reentrant, since the handler of SIGINT calls `release`.
        self._lock = threading.RLock()
        self._queued: list[_Text | _Other] = []
        self._is_scheduled = False
        self._is_urgent = False
        self._queued_size = 0  # since the last flush
        self._waiting_size = 0  # until ZeroMQ has it
        self._room = threading.Condition(self._lock)
        self._portions = Portions()
        self._cell: Message | None = None  # the one that has written last
        self._cell_size = 0
        self._sent_at = 0.0
        self._releases = 0

    def write(self, parent: Message | None, stream: str, text: str, *, wait: bool = False) -> None:
        """Queues text for the cell that `parent`, the execute_request, has run; for None it is dropped.

        `wait`: for room, if too much is queued. For threads that run JavaScript.
        """
        if parent is None:
            return
        text = well_formed(text)
        with self._lock:
            last = self._queued[-1] if self._queued else None
            if isinstance(last, _Text) and last.parent is parent and last.stream == stream:
                last.parts.append(text)
            else:
                self._queued.append(_Text(parent, stream, [text]))
        self._queue(len(text), wait)

    def publish(self, parent: Message | None, publication: Publication, *, wait: bool = False) -> None:
        """Queues it behind what was written; for the parent None it is dropped. `wait`: as for `write`."""
        if parent is None:
            return
        with self._lock:
            self._queued.append(_Other(parent, publication))
        self._queue(publication.size, wait)

    def wait_for_room(self, size: int) -> None:
        """Waits if too much is queued, the longer the more was written."""
        with self._lock:
            must_wait = self._waiting_size > _MOST_WAITING
        if must_wait:
            self._wait_for_room(_PATIENCE_S * (1 + size // _CHUNK))

    def release(self) -> None:
        """Lets all who wait for room go on: their isolates are being stopped."""
        with self._lock:
            self._releases += 1
            self._room.notify_all()

    def flush(self) -> None:
        """Sends what is queued. What the kernel sends afterwards comes after it."""
        self._flush(may_wait=False)

    def idle(self) -> None:
        """To be called when the clients are told that the kernel is idle."""
        with self._lock:
            self._portions.idle()

    def _flush(self, *, may_wait: bool) -> None:
        with self._lock:
            queued, self._queued = self._queued, []
            size, self._queued_size = self._queued_size, 0
            if len(queued) > _MOST_CHUNKS:
                queued = _joined(queued)
            for one in queued:
                if isinstance(one, _Other):
                    self._send(one.parent, one.publication, one.publication.kind)
                    continue
                portions, rest = self._portions.take(
                    "".join(one.parts), may_wait=may_wait and one is queued[-1]
                )
                for text in portions:
                    told = Publication("stream", {"name": one.stream, "text": text})
                    self._send(one.parent, told, f"stream.{one.stream}")
                if one.parent is not self._cell:
                    self._cell, self._cell_size = one.parent, 0
                self._cell_size += sum(map(len, portions))
                if rest:
                    self._queued.append(_Text(one.parent, one.stream, [rest]))
                    self._queued_size = len(rest)
                    size -= len(rest)
            self._sent_at = time.monotonic()
            is_new = bool(self._queued) and not (self._is_scheduled or self._is_urgent)
            self._is_scheduled |= is_new
        # To be told costs the thread a wake-up, which a little text is not worth.
        if size > _CHUNK:
            self._iopub.schedule(lambda: self._note_sent(size))
        elif size:
            self._note_sent(size)
        if is_new:
            self._send_soon()

    def _send(self, parent: Message, publication: Publication, topic: str) -> None:
        # The thread stands for its socket, and queues this in order with all other messages.
        socket = cast("zmq.Socket[bytes]", self._iopub)
        try:
            self._messages.send(
                socket,
                publication.kind,
                publication.content,
                parent=parent,
                ident=topic.encode(),
                metadata=publication.metadata,
                buffers=publication.buffers,
            )
        except (RecursionError, TypeError, ValueError) as error:
            # What is nested too deeply for JSON must not take along what others have written.
            text = {"name": "stderr", "text": f"{publication.kind}: this can't be sent: {error}\n"}
            self._messages.send(socket, "stream", text, parent=parent, ident=b"stream.stderr")

    def _queue(self, size: int, wait: bool) -> None:
        with self._lock:
            self._queued_size += size
            self._waiting_size += size
            is_urgent = self._queued_size >= _EAGER_SIZE and not self._is_urgent
            is_new = not (is_urgent or self._is_scheduled or self._is_urgent)
            self._is_urgent |= is_urgent
            self._is_scheduled |= is_new
            must_wait = wait and self._waiting_size > _MOST_WAITING
        if is_urgent:
            self._iopub.schedule(self._send_urgent)
        elif is_new:
            self._iopub.schedule(self._send_soon)
        if must_wait:
            self._wait_for_room(_PATIENCE_S * (1 + size // _CHUNK))

    def _wait_for_room(self, patience_s: float) -> None:
        with self._lock:
            releases = self._releases
            self._room.wait_for(
                lambda: self._waiting_size <= _MOST_WAITING or self._releases != releases, patience_s
            )

    def _note_sent(self, size: int) -> None:
        with self._lock:
            self._waiting_size -= size
            self._room.notify_all()

    def _send_soon(self) -> None:
        with self._lock:
            is_same = bool(self._queued) and self._queued[0].parent is self._cell
            cell_size = self._cell_size if is_same else 0
            since_s = time.monotonic() - self._sent_at
        interval_s = min(_INTERVAL_S + cell_size * _INTERVAL_PER_SIZE_S, _LONGEST_INTERVAL_S)
        self._iopub.io_loop.call_later(max(interval_s - since_s, _INTERVAL_S), self._send_scheduled)

    def _send_scheduled(self) -> None:
        with self._lock:
            self._is_scheduled = False
        self._flush(may_wait=True)

    def _send_urgent(self) -> None:
        with self._lock:
            self._is_urgent = False
        self._flush(may_wait=True)


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
