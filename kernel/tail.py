"""The last of what a job has printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isolates.kernel.origin import Sink
from isolates.magics.jobs import Tail


@dataclass(frozen=True)
class TailSink:
    """Keeps the end of a job's text for those who look at the job, and passes all on.

    It does not know the job: what a cell leaves behind knows its sink, long after the job and its values are
    forgotten.
    """

    sink: Sink
    tail: Tail

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        self.tail.add(text)
        self.sink.write(stream, text, wait=wait)

    def send(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes | memoryview[bytes]] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        self.sink.send(kind, content, metadata, buffers, wait=wait)

    def wait_for_room(self, size: int) -> None:
        self.sink.wait_for_room(size)
