"""The last of what a job has printed."""

from __future__ import annotations

from typing import NamedTuple

from isolates.kernel.origin import Sink
from isolates.kernel.publication import Publication
from isolates.magics.jobs import Tail


class TailSink(NamedTuple):
    """Keeps the end of a job's text for those who look at the job, and passes all on.

    It does not know the job: what a cell leaves behind knows its sink, long after the job and its values are
    forgotten.
    """

    sink: Sink
    tail: Tail

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        self.tail.add(text)
        self.sink.write(stream, text, wait=wait)

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        self.sink.publish(publication, wait=wait)

    def wait_for_room(self, size: int) -> None:
        self.sink.wait_for_room(size)
