"""The isolate that reads and compares heap snapshots: heap_scan.js and heap_compare.js are its code.

It reads the numbers three times as fast as Python's json, in half of the memory, and holds no GIL.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from isolates import Isolate, JSError
from isolates.magics.calls import clean
from isolates.widgets.heap_path import EDGE_KINDS, Step, path_text
from isolates.widgets.heap_snapshot import EDGE_FIELDS, NODE_FIELDS, HeapSnapshot, Part

_SPACE = re.compile(r"\s+")
_PIECE_BYTES = 4 << 20
_MB = 1 << 20
_SAMPLES = 5
_LONGEST_PATH = 24

_OWN_NAME, _FIXED, _OUTSIDE, _IGNORED = range(4)
_CLASSES = {
    "array": "(array)",
    "string": "(string)",
    "concatenated string": "(string)",
    "sliced string": "(string)",
    "code": "(compiled code)",
    "closure": "Function",
    "regexp": "RegExp",
    "number": "(number)",
    "symbol": "(symbol)",
    "bigint": "(bigint)",
    "object shape": "(object shape)",
}
_KINDS = {"object": _OWN_NAME, "native": _OUTSIDE, "synthetic": _IGNORED}


class NewObject(NamedTuple):
    """`text`: of a string its beginning, of a function its name. `path`: how user code comes to it."""

    id: int
    size: int
    text: str
    path: str


@contextmanager
def heap_worker(snapshots: Sequence[HeapSnapshot]) -> Iterator[HeapWorker]:
    """An isolate with memory for them: what they need is known, and a hostile one gets no more."""
    need = sum(
        48 * one.node_count + 12 * one.edge_count + 8 * (one.strings.end - one.strings.start)
        for one in snapshots
    )
    with Isolate(memory_limit=64 + 4 * _PIECE_BYTES // _MB + need // _MB) as isolate:
        yield HeapWorker(isolate)


class HeapWorker:
    """The JavaScript half: heap_scan.js and heap_compare.js. Snapshots are numbered as they were read."""

    def __init__(self, isolate: Isolate) -> None:
        folder = Path(__file__).parent
        code = "\n".join((folder / name).read_text("utf-8") for name in ("heap_scan.js", "heap_compare.js"))
        self._functions = isolate.create_context_sync().eval_sync(code, reference=True)

    def read(self, snapshot: HeapSnapshot, *, with_edges: bool) -> None:
        number = self._call("open", _meta(snapshot))
        for part in (snapshot.strings, snapshot.nodes, *([snapshot.edges] if with_edges else [])):
            try:
                self._read_part(number, snapshot, part)
            except JSError as error:
                raise snapshot.broken(f'its array "{part.name}" {error}') from None

    def classify(self, number: int, snapshot: HeapSnapshot, names: dict[str, int]) -> None:
        """Numbers the classes of a snapshot, those that are in `names` as they are there."""
        kinds = [_KINDS.get(type_, _FIXED) for type_ in snapshot.node_types]
        indices = self._call("classNames", number, kinds)
        of_names = array("I")
        for text in self.texts(number, snapshot, indices):
            of_names.append(names.setdefault(text, len(names)))
        of_types = [
            names.setdefault(_CLASSES.get(type_, "(system)"), len(names)) if kind == _FIXED else 0
            for type_, kind in zip(snapshot.node_types, kinds, strict=True)
        ]
        try:
            self._call("setClasses", number, of_names, of_types)
        except JSError as error:
            raise snapshot.broken(f"it {error}") from None

    def compare(self, classes: int) -> dict[str, Any]:
        """Sums for each class, and for all: as Comparison.sums in heap_compare.js."""
        found: dict[str, Any] = self._call("compare", 0, 1, classes, _SAMPLES)
        return found

    def samples(self, after: HeapSnapshot, classes: Sequence[int]) -> list[list[NewObject]]:
        """The largest new objects of each of these classes."""
        found: list[list[tuple[int, int, int, int]]] = self._call("samples", classes)
        objects = [one for of_class in found for one in of_class]
        texts = iter(self.texts(1, after, [name for *_, name in objects]))
        paths = iter(self._paths(after, [node for node, *_ in objects]))
        return [
            [NewObject(int(id_), int(size), next(texts), next(paths)) for _, id_, size, _ in of_class]
            for of_class in found
        ]

    def texts(self, number: int, snapshot: HeapSnapshot, indices: Sequence[int]) -> Iterator[str]:
        places = self._call("placesOf", number, indices).tolist()
        for start, end in zip(places[::2], places[1::2], strict=True):
            yield clean(_SPACE.sub(" ", snapshot.text(int(start), int(end))))

    def _paths(self, after: HeapSnapshot, nodes: Sequence[int]) -> Iterator[str]:
        kinds = [EDGE_KINDS.get(type_, 0) for type_ in after.edge_types]
        kinds += [0] * (256 - len(kinds))
        found = self._call("paths", 1, nodes, kinds, _LONGEST_PATH)
        rows = list(zip(*[iter(found["steps"].tolist())] * 4, strict=True))
        indices = sorted({index for _, label, _, name in rows for index in (label, name)})
        texts = dict(zip(indices, self.texts(1, after, indices), strict=True))
        steps = iter([_step(after, texts, *row) for row in rows])
        for length in map(int, found["lengths"]):
            upwards = [next(steps) for _ in range(length)]
            yield path_text(upwards[::-1], is_whole=length < _LONGEST_PATH)

    def _read_part(self, number: int, snapshot: HeapSnapshot, part: Part) -> None:
        self._call("begin", number, part.name)
        for piece in snapshot.pieces(part, _PIECE_BYTES):
            self._call("feed", number, piece)
        self._call("end", number)

    def _call(self, name: str, *arguments: Any) -> Any:
        function = self._functions.get_sync(name, reference=True)
        return function.apply_sync(None, list(arguments), arguments={"copy": True}, result={"copy": True})


def _step(
    after: HeapSnapshot, texts: Mapping[int, str], edge_type: int, label: int, type_: int, name: int
) -> Step:
    edge = after.edge_types[edge_type] if edge_type < len(after.edge_types) else "?"
    is_number = edge in ("element", "hidden")
    return Step(edge, str(label) if is_number else texts[label], after.node_types[type_], texts[name])


def _meta(snapshot: HeapSnapshot) -> dict[str, Any]:
    node, edge = snapshot.node_fields, snapshot.edge_fields
    node_columns = zip(("type", "name", "id", "size", "edges"), map(node.index, NODE_FIELDS), strict=True)
    edge_columns = zip(("type", "name", "to"), map(edge.index, EDGE_FIELDS), strict=True)
    return {
        "nodeCount": snapshot.node_count,
        "edgeCount": snapshot.edge_count,
        "typeCount": len(snapshot.node_types),
        "node": {"width": len(node), **dict(node_columns)},
        "edge": {"width": len(edge), **dict(edge_columns)},
    }
