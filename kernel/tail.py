"""The last of what a job has printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isolates.kernel.origin import Sink
from isolates.magics.jobs import Job

_LENGTH = 4096


@dataclass(frozen=True)
class TailSink:
    """Keeps the end of a job's text for those who look at the job, and passes all on."""

    sink: Sink
    job: Job

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        # Threads that write at once may lose a line of it here, and nowhere else.
        self.job.tail = (self.job.tail + text[-_LENGTH:])[-_LENGTH:]
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
