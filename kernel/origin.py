"""Who runs a cell, and where its output goes."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from isolates.kernel.output import Message, Output
from isolates.kernel.publication import Publication


class Sink(Protocol):
    """What takes the output of one cell, also long after the cell has ended. Any thread.

    `wait`: for room, if too much is on its way. For threads that run JavaScript.
    """

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        """Text for stdout or stderr."""
        ...

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        """Anything else, behind what was written."""
        ...

    def wait_for_room(self, size: int) -> None:
        """What `wait` does, for what was written before."""
        ...


class RequestSink(NamedTuple):
    """The cell that an execute_request has run; None drops everything."""

    output: Output
    parent: Message | None

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        self.output.write(self.parent, stream, text, wait=wait)

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        self.output.publish(self.parent, publication, wait=wait)

    def wait_for_room(self, size: int) -> None:
        self.output.wait_for_room(size)


class Origin(NamedTuple):
    """`name` is what errors call the cell: "In [3]"; `parent` its execute_request, if it has one."""

    name: str
    parent: Message | None
    sink: Sink
