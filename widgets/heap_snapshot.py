"""Heap snapshots of V8, as texts or files: where their parts are. Nothing in them is to be relied on."""

from __future__ import annotations

import json
import mmap
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

SnapshotLike: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview"

NODE_FIELDS = ("type", "name", "id", "self_size", "edge_count")
EDGE_FIELDS = ("type", "name_or_index", "to_node")
_MOST_FIELDS = 32
_MOST_TYPES = 255
_LONGEST_HEAD = 1 << 20
_LONGEST_NAME = 1 << 14

_Data: TypeAlias = "bytes | mmap.mmap"


class BrokenSnapshotError(ValueError):
    """What it was given is no heap snapshot, or a broken one. The message says what is wrong, and where."""


@dataclass(frozen=True)
class Part:
    """Where an array of numbers or texts is: between its brackets."""

    name: str
    start: int
    end: int


class HeapSnapshot:
    """`fields` and `types` are those of nodes and edges, as the snapshot's head has them."""

    def __init__(self, label: str, data: _Data) -> None:
        self.label = label
        self._data = data
        head_end = data.find(b'"nodes"', 0, _LONGEST_HEAD)
        if head_end < 0:
            raise self.broken('it has no "nodes" near its beginning')
        head = self._head(bytes(data[:head_end]))
        meta = self._mapping(head, "meta")
        self.node_fields = self._names(meta, "node_fields", NODE_FIELDS)
        self.edge_fields = self._names(meta, "edge_fields", EDGE_FIELDS)
        self.node_types = self._types(meta, "node_types")
        self.edge_types = self._types(meta, "edge_types")
        self.nodes = self._part("nodes", head_end)
        self.edges = self._part("edges", self.nodes.end)
        self.strings = self._strings(self.edges.end)
        self.node_count = self._count(head, "node_count", self.nodes, len(self.node_fields))
        self.edge_count = self._count(head, "edge_count", self.edges, len(self.edge_fields))
        if not self.node_count:
            raise self.broken("it has no nodes")

    def broken(self, why: str) -> BrokenSnapshotError:
        return BrokenSnapshotError(f"{self.label} is no heap snapshot of V8, or a broken one: {why}")

    def pieces(self, part: Part, size: int) -> Iterator[bytes]:
        """Its text, in pieces."""
        for start in range(part.start, part.end, size):
            yield bytes(self._data[start : min(start + size, part.end)])

    def text(self, start: int, end: int) -> str:
        """The text that begins there in the array of strings; `end`: where the next one does."""
        if end <= start:
            return "?"
        begin = self.strings.start + start
        found = bytes(self._data[begin : min(self.strings.start + end, begin + _LONGEST_NAME)])
        try:
            text, _ = json.JSONDecoder(strict=False).raw_decode(found.decode("utf-8", "replace"))
        except ValueError:
            return "(a long text)" if len(found) == _LONGEST_NAME else "?"
        return str(text)

    def _head(self, text: bytes) -> Mapping[str, Any]:
        try:
            whole = json.loads(text.decode("utf-8", "replace").rstrip().rstrip(",") + "}")
        except (ValueError, RecursionError):
            raise self.broken("it does not begin with JSON") from None
        return self._mapping(whole, "snapshot")

    def _mapping(self, value: Any, name: str) -> Mapping[str, Any]:
        found = value.get(name) if isinstance(value, dict) else None
        if not isinstance(found, dict):
            raise self.broken(f'it has no "{name}"')
        return found

    def _names(self, meta: Mapping[str, Any], name: str, wanted: Sequence[str]) -> list[str]:
        found = meta.get(name)
        if (
            not isinstance(found, list)
            or len(found) > _MOST_FIELDS
            or not set(wanted) <= set(map(str, found))
        ):
            raise self.broken(f"its {name} are not {', '.join(wanted)} and others")
        return list(map(str, found))

    def _types(self, meta: Mapping[str, Any], name: str) -> list[str]:
        match meta.get(name):
            case [[*found], *_] if 0 < len(found) <= _MOST_TYPES:
                return list(map(str, found))
        raise self.broken(f"its {name} do not begin with a list of names")

    def _part(self, name: str, after: int) -> Part:
        key = self._data.find(b'"%s"' % name.encode(), after)
        begin = re.compile(rb'"\w+"\s*:\s*\[').match(bytes(self._data[key : key + 100])) if key >= 0 else None
        if begin is None:
            raise self.broken(f'it has no array "{name}" where it ought to be')
        start = key + begin.end()
        end = self._data.find(b"]", start)
        if end < 0:
            raise self.broken(f'it ends inside of its array "{name}"')
        return Part(name, start, end)

    def _strings(self, after: int) -> Part:
        """They may have brackets in them, and are the last part."""
        part = self._part("strings", after)
        end = self._data.rfind(b"]")
        if self._data[end + 1 :].strip() != b"}":
            raise self.broken('it ends inside of its array "strings"')
        return Part("strings", part.start, end)

    def _count(self, head: Mapping[str, Any], name: str, part: Part, width: int) -> int:
        count = head.get(name)
        # Each number has a digit, and a comma or the end of the array after it.
        if type(count) is not int or not 0 <= count * width <= (part.end - part.start + 1) // 2:
            raise self.broken(f'its "{name}", {count!r}, does not fit its array "{part.name}"')
        return count


@contextmanager
def opened(name: str, value: SnapshotLike) -> Iterator[HeapSnapshot]:
    """A snapshot, given as the argument `name`: its text, or a path. A file is mapped, not read into memory.

    Raises TypeError, BrokenSnapshotError (a ValueError), and OSError if the file can't be read.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        yield HeapSnapshot(name, bytes(value))
    elif isinstance(value, str) and value.lstrip()[:1] == "{":
        yield HeapSnapshot(name, value.encode("utf-8", "replace"))
    elif isinstance(value, str | os.PathLike):
        path = Path(value)
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise BrokenSnapshotError(f"{name}: {str(path)!r} is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield HeapSnapshot(f"{name}: {str(path)!r}", data)
    else:
        raise TypeError(
            f"{name} must be a HeapMoment or a heap snapshot (bytes, a text or the path of a file), "
            f"not {type(value).__name__}"
        )
