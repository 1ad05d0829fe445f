"""A message for all clients, as Jupyter's protocol has it on IOPub."""

from __future__ import annotations

from typing import Any, NamedTuple

_LEAST_SIZE = 1000
_CONTAINER_SIZE = 64


class Publication(NamedTuple):
    """`kind` is the protocol's msg_type. `content` must be what JSON can hold, with well-formed texts."""

    kind: str
    content: dict[str, Any]
    metadata: dict[str, Any] | None = None
    buffers: list[bytes | memoryview[bytes]] | None = None

    @property
    def size(self) -> int:
        """About how much memory it takes."""
        return (
            _LEAST_SIZE
            + _size(self.content)
            + sum(memoryview(buffer).nbytes for buffer in self.buffers or ())
        )


def _size(content: object) -> int:
    if isinstance(content, str | bytes):
        return len(content)
    if isinstance(content, dict):
        return _CONTAINER_SIZE + sum(map(_size, content)) + sum(map(_size, content.values()))
    return _CONTAINER_SIZE + sum(map(_size, content)) if isinstance(content, list | tuple) else 8
