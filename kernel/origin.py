"""Who runs a cell, and where its output goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from isolates.kernel.output import Message, Output


class Sink(Protocol):
    """What takes the output of one cell, also long after the cell has ended. Any thread.

    `wait`: for room, if too much is on its way. For threads that run JavaScript.
    """

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        """Text for stdout or stderr."""
        ...

    def send(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes | memoryview[bytes]] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        """A message of Jupyter's protocol, behind what was written. `content` must be what JSON can hold."""
        ...

    def wait_for_room(self, size: int) -> None:
        """What `wait` does, for what was written before."""
        ...


@dataclass(frozen=True)
class RequestSink:
    """The cell that an execute_request has run; None drops everything."""

    output: Output
    parent: Message | None

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        self.output.write(self.parent, stream, text, wait=wait)

    def send(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes | memoryview[bytes]] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        self.output.send(self.parent, kind, content, metadata, buffers, wait=wait)

    def wait_for_room(self, size: int) -> None:
        self.output.wait_for_room(size)


@dataclass(frozen=True)
class Origin:
    """`name` is what errors call the cell: "In [3]"; `parent` its execute_request, if it has one."""

    name: str
    parent: Message | None
    sink: Sink
