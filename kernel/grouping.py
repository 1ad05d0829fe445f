"""The output of one cell in several isolates: whose it is, and in which order it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from isolates.kernel.display import Bundle
from isolates.kernel.origin import Sink
from isolates.kernel.publication import Publication
from isolates.magics.jobs import Grouping

# Each change of the isolate costs a label and a message, so their lines are collected for a moment.
_INTERVAL_S = 0.05
_EAGER_SIZE = 1 << 16
# What may be held back for one isolate, before it is shown out of its place.
_MOST_HELD = 4 << 20
_LEAST_SIZE = 200  # of a text that is held back

_Send = Callable[[], None]


@dataclass
class _Target:
    """What one isolate has printed and shown that is not on its way yet, oldest first."""

    name: str
    texts: list[tuple[str, str]] = field(default_factory=list)
    held: list[_Send] = field(default_factory=list)
    held_size: int = 0
    has_ended: bool = False


class OutputGroup:
    """Gives each isolate a sink of its own, and passes on what they print with labels: `[stdout:a] ...`.

    `type`: texts as they come, then what was displayed, then the results, isolate by isolate. `target`: all
    of the first isolate, then all of the second; the first that has not ended is shown live. `order`: all as
    it comes. In each of them the order of one isolate's text is kept, and nothing is lost: of what must wait
    for its place 4 MB are held for each isolate, then it is shown at once.

    Any thread may call. `_lock` guards everything, and the sink behind is called with it, so that labels and
    texts stay together; it never waits there.
    """

    def __init__(
        self,
        sink: Sink,
        grouping: Grouping,
        names: Sequence[str],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """`call_later` calls a function after some seconds, on any thread."""
        self._sink = sink
        self._grouping = grouping
        self._targets = {name: _Target(name) for name in names}
        self._call_later = call_later
        self._lock = threading.Lock()
        self._is_scheduled = False
        self._pending_size = 0
        self._label: tuple[str, str] | None = None
        self._is_line_open = False
        self._has_closed = False

    def sink_of(self, name: str) -> Sink:
        return _TargetSink(self, self._targets[name])

    def show(self, name: str, bundle: Bundle) -> None:
        with self._lock:
            self._show(self._targets[name], Publication("display_data", bundle.content()))

    def end(self, name: str, result: Bundle | None) -> None:
        """The isolate has run the cell; `result` is shown in its place."""
        target = self._targets[name]
        with self._lock:
            if result is not None:
                self._show(target, Publication("display_data", result.content()))
            target.has_ended = True
            if self._grouping == "target":
                self._pass_turn()
            elif self._grouping == "order":
                self._flush()

    def close(self) -> None:
        """All have ended: what was held is shown. What comes later is shown at once."""
        with self._lock:
            self._flush()
            for target in self._targets.values():
                target.has_ended = True
                self._release(target)
            self._has_closed = True

    def write(self, target: _Target, stream: str, text: str, wait: bool) -> None:
        with self._lock:
            has_sent = self._queue(target, stream, text)
        if has_sent and wait:
            self._sink.wait_for_room(len(text))

    def publish(self, target: _Target, publication: Publication) -> None:
        with self._lock:
            if publication.kind == "display_data":
                self._show(target, publication)
            elif publication.kind != "clear_output":  # it would clear what the others have shown
                self._flush()
                self._sink.publish(publication)

    def wait_for_room(self, size: int) -> None:
        self._sink.wait_for_room(size)

    # The rest is called with the lock.

    def _queue(self, target: _Target, stream: str, text: str) -> bool:
        """Whether something was sent for it."""
        if self._is_held_back(target):
            return self._hold(target, _LEAST_SIZE + len(text), partial(self._emit, target.name, stream, text))
        target.texts.append((stream, text))
        self._pending_size += len(text)
        if self._pending_size >= _EAGER_SIZE:
            self._flush()
            return True
        if not self._is_scheduled:
            self._is_scheduled = True
            self._call_later(_INTERVAL_S, self._flush_scheduled)
        return False

    def _is_held_back(self, target: _Target) -> bool:
        """Whether its texts must wait for those of another isolate."""
        if self._grouping != "target" or self._has_closed:
            return False
        return next((one for one in self._targets.values() if not one.has_ended), target) is not target

    def _show(self, target: _Target, publication: Publication) -> None:
        show = partial(self._display, target.name, publication)
        waits = self._grouping == "type" and not self._has_closed
        if waits or self._is_held_back(target):
            self._hold(target, publication.size, show)
            return
        self._flush()
        show()

    def _hold(self, target: _Target, size: int, send: _Send) -> bool:
        target.held.append(send)
        target.held_size += size
        if target.held_size <= _MOST_HELD:
            return False
        self._flush()
        self._release(target)
        return True

    def _release(self, target: _Target) -> None:
        held, target.held, target.held_size = target.held, [], 0
        for send in held:
            send()

    def _pass_turn(self) -> None:
        """Shows what was held, up to the first isolate that has not ended."""
        self._flush()
        for target in self._targets.values():
            self._release(target)
            if not target.has_ended:
                return

    def _display(self, name: str, publication: Publication) -> None:
        content = publication.content
        if set(content.get("data", ())) == {"text/plain"}:
            text = str(content["data"]["text/plain"])
            label = f"{name}:\n" if "\n" in text else f"{name}: "
            publication = publication._replace(content={**content, "data": {"text/plain": label + text}})
        else:
            self._emit(name, "output", "")
        self._label, self._is_line_open = None, False
        self._sink.publish(publication)

    def _emit(self, name: str, stream: str, text: str) -> None:
        """`output` is the label of what is no text."""
        if self._label != (stream, name):
            self._label = (stream, name)
            start = "\n" if self._is_line_open else ""
            text = f"{start}[{stream}:{name}] {text}" if stream != "output" else f"{start}[output:{name}]\n"
        self._is_line_open = not text.endswith("\n")
        self._sink.write("stdout" if stream == "output" else stream, text)

    def _flush(self) -> None:
        self._pending_size = 0
        for target in self._targets.values():
            texts, target.texts = target.texts, []
            streams: list[tuple[str, list[str]]] = []
            for stream, text in texts:
                if not streams or streams[-1][0] != stream:
                    streams.append((stream, []))
                streams[-1][1].append(text)
            for stream, parts in streams:
                self._emit(target.name, stream, "".join(parts))

    def _flush_scheduled(self) -> None:
        with self._lock:
            self._is_scheduled = False
            self._flush()


class _TargetSink(NamedTuple):
    """One isolate's."""

    group: OutputGroup
    target: _Target

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        self.group.write(self.target, stream, text, wait)

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        self.group.publish(self.target, publication)
        if wait:
            self.wait_for_room(publication.size)

    def wait_for_room(self, size: int) -> None:
        self.group.wait_for_room(size)
