"""HeapDiff without a page: what grew, which snapshots are refused, and what that costs."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates.widgets import HeapDiff, HeapMoment
from isolates.widgets.heap_growth import ClassGrowth
from isolates.widgets.heap_path import Step, path_text
from isolates.widgets.heap_worker import NewObject
from tests.widgets.page import Page

HOSTILE = "<img src=x onerror=alert(1)>"
FIRST = """
class Kept { constructor(n) { this.n = n } }
class Dropped { constructor(n) { this.text = 'dropped ' + n } }
globalThis.kept = Array.from({length: 100}, (_, n) => new Kept(n));
globalThis.dropped = Array.from({length: 300}, (_, n) => new Dropped(n)); 0
"""
THEN = f"""
class Grown {{ constructor(n) {{ this.n = n; this.name = 'grown ' + n }} }}
globalThis.cache = {{grown: Array.from({{length: 1000}}, (_, n) => new Grown(n))}};
globalThis.evil = new ({{[{HOSTILE!r}]: class {{ x = 1 }}}})[{HOSTILE!r}]();
globalThis.buffer = new ArrayBuffer(123456);
dropped.length = 100; 0
"""


@pytest.fixture(scope="module")
def snapshots() -> tuple[bytes, bytes]:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        context.eval_sync(FIRST)
        before = isolate.heap_snapshot_sync()
        context.eval_sync(THEN)
        return before, isolate.heap_snapshot_sync()


@pytest.fixture(scope="module")
def diff(snapshots: tuple[bytes, bytes]) -> HeapDiff:
    return HeapDiff(*snapshots)


@pytest.fixture
def isolate() -> Iterator[isolates.Isolate]:
    with isolates.Isolate() as made:
        yield made


def by_name(diff: HeapDiff) -> dict[str, ClassGrowth]:
    return {one.name: one for one in diff.classes}


def test_new_and_deleted_objects_are_counted_by_class(diff: HeapDiff) -> None:
    classes = by_name(diff)
    grown, dropped = classes["Grown"], classes["Dropped"]
    assert (grown.created, grown.deleted, grown.count_delta) == (1000, 0, 1000)
    assert (dropped.created, dropped.deleted, dropped.count_delta) == (0, 200, -200)
    assert 12 * 1000 <= grown.allocated == grown.size_delta <= 64 * 1000
    assert dropped.size_delta == -dropped.freed < 0
    assert classes[HOSTILE].created == 1
    assert "Kept" not in classes
    assert classes["(string)"].created >= 1000


def test_sums_are_those_of_the_snapshots_themselves(snapshots: tuple[bytes, bytes], diff: HeapDiff) -> None:
    """Counted again, the slow way."""
    sizes = []
    for text in snapshots:
        found = json.loads(text)
        meta = found["snapshot"]["meta"]
        width, types = len(meta["node_fields"]), meta["node_types"][0]
        rows = zip(*[iter(found["nodes"])] * width, strict=True)
        sizes.append(
            {row[2]: row[3] for row in rows if types[row[0]] not in ("synthetic", "native") and row[3]}
        )
    before, after = sizes
    inside = [one for one in diff.classes if one.name != "system / JSArrayBufferData"]
    assert sum(one.created for one in inside) == len(after.keys() - before.keys())
    assert sum(one.deleted for one in inside) == len(before.keys() - after.keys())
    assert sum(one.allocated for one in inside) == sum(after[id_] for id_ in after.keys() - before.keys())
    assert sum(one.freed for one in inside) == sum(before[id_] for id_ in before.keys() - after.keys())


def test_what_lies_outside_of_the_heap_is_told_as_a_difference(diff: HeapDiff) -> None:
    data = by_name(diff)["system / JSArrayBufferData"]
    assert (data.created, data.deleted, data.size_delta) == (1, 0, 123456)


def test_the_largest_growth_comes_first(diff: HeapDiff) -> None:
    deltas = [one.size_delta for one in diff.classes]
    assert deltas == sorted(deltas, reverse=True)


def test_new_objects_are_shown_with_the_path_to_them(diff: HeapDiff) -> None:
    classes = by_name(diff)
    assert len(classes["Grown"].samples) == 5
    assert all(re.fullmatch(r"cache\.grown\[\d+\]", one.path) for one in classes["Grown"].samples)
    assert [one.path for one in classes[HOSTILE].samples] == ["evil"]
    assert [one.path for one in classes["ArrayBuffer"].samples] == ["buffer"]
    assert any(re.fullmatch(r"cache\.grown\[\d+\]\.name", one.path) for one in classes["(string)"].samples)
    assert any(one.text.startswith("grown ") for one in classes["(string)"].samples)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([("shortcut", "x"), ("property", "a"), ("element", "3")], "a[3]"),
        ([("property", "$a"), ("property", "b-c")], '$a["b-c"]'),
        ([("property", "f"), ("internal", "context"), ("context", "n")], "f \u203a context \u203a n"),
        ([("property", "map"), ("internal", "table"), ("internal", "12")], "map \u203a table[12]"),
        ([("internal", "table")], "(V8) \u203a table"),
        ([], ""),
    ],
)
def test_paths_read_like_code(steps: Sequence[tuple[str, str]], text: str) -> None:
    assert path_text([Step(*step, "object", "Object") for step in steps]) == text


def test_snapshots_may_be_bytes_texts_or_files(
    snapshots: tuple[bytes, bytes], diff: HeapDiff, tmp_path: Path
) -> None:
    before, after = snapshots
    path = tmp_path / "after.heapsnapshot"
    path.write_bytes(after)
    assert HeapDiff(before.decode(), path).classes == diff.classes
    assert HeapDiff(memoryview(before), str(path)).classes == diff.classes


def test_nothing_new_says_so(snapshots: tuple[bytes, bytes]) -> None:
    diff = HeapDiff(snapshots[0], snapshots[0])
    assert diff.classes == []
    assert diff.text() == "Nothing has grown: all objects are in both moments"
    assert "<table" not in diff.picture()


def test_its_text_is_a_table_that_stays_the_same(snapshots: tuple[bytes, bytes], diff: HeapDiff) -> None:
    lines = diff.text().splitlines()
    assert re.fullmatch(r"\+[\d.]+ [KM]B: [\d,]+ new objects, [\d,]+ deleted", lines[0])
    assert lines[1].split() == ["class", "new", "deleted", "delta", "allocated", "freed", "size", "delta"]
    assert any(re.match(r"Grown +1,000 +0 +\+1,000 +\d+ KB +0 +\+\d+ KB$", line) for line in lines)
    assert any(re.match(r"Dropped +0 +200 +-200 ", line) for line in lines)
    assert HeapDiff(*snapshots).text() == diff.text()


def test_its_picture_shows_names_as_texts(diff: HeapDiff) -> None:
    html = diff.picture()
    assert HOSTILE not in html
    assert "&lt;img src=x" in html
    (data,) = re.findall(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,([^"]*)">', html)
    assert HOSTILE not in base64.b64decode(data).decode()


def test_the_page_gets_the_classes_once(diff: HeapDiff) -> None:
    page = Page(diff)
    page.look()
    page.look(has=1)
    page.leave()
    ((content, buffers),) = page.frames()
    assert buffers == []
    assert [row[0] for row in content["classes"]] == [one.name for one in diff.classes]
    row = next(row for row in content["classes"] if row[0] == "Grown")
    grown = by_name(diff)["Grown"]
    assert row[1:5] == [grown.created, grown.deleted, grown.allocated, grown.freed]
    assert [NewObject(*one) for one in row[5]] == list(grown.samples)
    assert json.dumps(content)


# Moments


def test_moments_of_an_isolate_are_compared(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    context.eval_sync(FIRST)
    before = HeapMoment(isolate)
    context.eval_sync(THEN)
    assert by_name(HeapDiff(before, HeapMoment(isolate)))["Grown"].created == 1000


def test_a_moment_is_a_file_that_ends_with_it(isolate: isolates.Isolate) -> None:
    moment = HeapMoment(isolate)
    path = moment.path
    assert path.suffix == ".heapsnapshot"
    assert json.loads(path.read_bytes())["snapshot"]["node_count"]
    del moment
    gc.collect()
    assert not path.exists()


def test_moments_of_different_isolates_are_refused(isolate: isolates.Isolate) -> None:
    with isolates.Isolate() as other:
        one, two = HeapMoment(isolate), HeapMoment(other)
        with pytest.raises(ValueError, match="after is of another isolate than before"):
            HeapDiff(one, two)


def test_a_moment_needs_an_isolate() -> None:
    with pytest.raises(TypeError, match=r"5 is no isolates\.Isolate"):
        HeapMoment(5)  # type: ignore[arg-type]  # that is the point
    disposed = isolates.Isolate()
    disposed.dispose()
    with pytest.raises(isolates.DisposedError):
        HeapMoment(disposed)


def test_a_busy_isolate_has_moments_too(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    context.eval_sync("globalThis.grown = []; 0")
    before = HeapMoment(isolate)
    running = context.eval("class Busy {}; for (;;) { if (grown.length < 500) grown.push(new Busy()) }")
    cpu_ns = isolate.cpu_time_ns
    while isolate.cpu_time_ns < cpu_ns + 50_000_000:  # until the loop has pushed all
        pass
    after = HeapMoment(isolate)
    isolate.terminate()
    with pytest.raises(isolates.TerminatedError):
        running.result()
    assert by_name(HeapDiff(before, after))["Busy"].created == 500


async def in_thread(isolate: isolates.Isolate) -> HeapMoment:
    return await asyncio.to_thread(HeapMoment, isolate)


def test_a_moment_may_be_taken_on_any_thread(isolate: isolates.Isolate) -> None:
    assert asyncio.run(in_thread(isolate)).path.exists()


# What is no snapshot, or broken


def test_snapshots_of_different_isolates_are_refused(
    snapshots: tuple[bytes, bytes], isolate: isolates.Isolate
) -> None:
    code = "globalThis.all = []; for (let i = 0; i < 20000; i++) all.push([i, new Map()]); 0"
    isolate.create_context_sync().eval_sync(code)
    with pytest.raises(ValueError, match="before and after are not of the same isolate: ids that both have"):
        HeapDiff(snapshots[1], isolate.heap_snapshot_sync())


def snapshot(**parts: Any) -> bytes:
    meta = {
        "node_fields": ["type", "name", "id", "self_size", "edge_count"],
        "node_types": [["hidden", "object"]],
        "edge_fields": ["type", "name_or_index", "to_node"],
        "edge_types": [["property", "weak"]],
    }
    head = {"meta": meta | parts.pop("meta", {}), "node_count": 2, "edge_count": 1} | parts.pop("head", {})
    rest = {"nodes": [0, 0, 1, 0, 1, 1, 1, 3, 8, 0], "edges": [0, 0, 5], "strings": ["a", "B"]} | parts
    return json.dumps({"snapshot": head, **rest}).encode()


def test_a_small_snapshot_is_read() -> None:
    empty = snapshot(nodes=[0, 0, 1, 0, 0], edges=[], head={"node_count": 1, "edge_count": 0})
    with pytest.raises(ValueError, match="not of the same isolate"):  # they have no object in common
        HeapDiff(empty, snapshot())
    both = snapshot(
        nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8, 0, 1, 1, 5, 32, 0], head={"node_count": 3, "edge_count": 1}
    )
    assert HeapDiff(snapshot(), both).classes == [ClassGrowth("B", 1, 0, 32, 0, [NewObject(5, 32, "B", "")])]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", 'it has no "nodes" near its beginning'),
        (b"GIF89a", 'it has no "nodes" near its beginning'),
        (b'{"nodes":[]}', 'it has no "snapshot"'),
        (b'{"snapshot":' + b"[" * 100_000 + b'"nodes":[]}', "it does not begin with JSON"),
        (b'{"snapshot":7,"nodes":[]}', 'it has no "snapshot"'),
        (snapshot(meta={"node_fields": ["type"]}), "its node_fields are not type, name, id, self_size"),
        (snapshot(meta={"edge_fields": 5}), "its edge_fields are not type, name_or_index, to_node"),
        (snapshot(meta={"node_types": [[]]}), "its node_types do not begin with a list of names"),
        (snapshot(head={"node_count": 10**12}), 'its "node_count", 1000000000000, does not fit its'),
        (snapshot(head={"node_count": -1}), 'its "node_count", -1, does not fit'),
        (snapshot(head={"node_count": 3}), 'its "node_count", 3, does not fit'),
        (snapshot(head={"node_count": 1}), 'its array "nodes" has more than 1 nodes'),
        (snapshot(head={"edge_count": "many"}), "its \"edge_count\", 'many', does not fit"),
        (snapshot(head={"edge_count": 0}), 'its array "nodes" has nodes with more than 0 edges'),
        (snapshot(head={"node_count": 0, "edge_count": 0}, nodes=[], edges=[]), "it has no nodes"),
        (snapshot(nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8, "0"]), """its array "nodes" has "\\"" at its byte 27"""),
        (snapshot(nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8, -1]), 'its array "nodes" has "-" at its byte 27'),
        (snapshot(nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8.5, 0]), 'its array "nodes" has "." at its byte 25'),
        (snapshot(nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8, 0, 0]), 'its array "nodes" has 1 numbers too many'),
        (snapshot(nodes=[9, 0, 1, 0, 1, 1, 1, 3, 8, 0]), "a node of type 9: there are 2"),
        (snapshot(nodes=[0, 7, 1, 0, 1, 1, 1, 3, 8, 0]), "a node with string 7: there are 2"),
        (snapshot(nodes=[0, 0, 2**40, 0, 1, 1, 1, 3, 8, 0]), "a node with the id 1099511627776"),
        (snapshot(nodes=[0, 0, 1, 0, 0, 1, 1, 3, 8, 0]), "has 0 edges of nodes, and not 1 as it says"),
        (snapshot(nodes=[0, 0, 3, 8, 1, 1, 1, 3, 8, 0]), "it has two objects with the id 3"),
        (snapshot(edges=[0, 0, 7]), 'its array "edges" has an edge to the number 7'),
        (snapshot(edges=[0, 0, 50]), 'its array "edges" has an edge to the number 50'),
        (snapshot(strings=["a", 5]), """its array "strings" has "5" at its byte 5"""),
        (snapshot()[:-8], 'it ends inside of its array "strings"'),
        (snapshot()[: snapshot().index(b'"edges"')], 'it has no array "edges" where it ought to be'),
        (snapshot()[: snapshot().index(b'"nodes"') + 20], 'it ends inside of its array "nodes"'),
    ],
)  # fmt: skip
def test_a_broken_snapshot_is_refused_in_words(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match="is no heap snapshot of V8, or a broken one: .*" + re.escape(why)):
        HeapDiff(snapshot(), text)


@pytest.mark.parametrize("name", ["before", "after"])
def test_the_message_names_the_argument_and_the_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.heapsnapshot"
    path.write_bytes(snapshot()[:-8])
    arguments: dict[str, Any] = {"before": snapshot(), "after": snapshot(), name: path}
    with pytest.raises(ValueError, match=f"^{name}: {re.escape(repr(str(path)))} is no heap snapshot"):
        HeapDiff(**arguments)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        HeapDiff(**arguments)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        HeapDiff(**arguments)


def test_what_is_no_snapshot_at_all_is_refused() -> None:
    with pytest.raises(TypeError, match=r"after must be a HeapMoment or a heap snapshot .* not int"):
        HeapDiff(snapshot(), 5)  # type: ignore[arg-type]  # that is the point


def test_hostile_strings_do_no_harm() -> None:
    """Not JSON inside, lone surrogates, and longer than any name is shown."""
    text = snapshot().replace(b'"B"', rb'"\ud800\u0000\u202e\x"')
    assert HeapDiff(text, text).classes == []
    long = snapshot(strings=["a", "B" * 100_000])
    grown = snapshot(
        nodes=[0, 0, 1, 0, 1, 1, 1, 3, 8, 0, 1, 1, 5, 32, 0],
        head={"node_count": 3, "edge_count": 1},
        strings=["a", "B" * 100_000],
    )
    assert [one.name for one in HeapDiff(long, grown).classes] == ["(a long text)"]


def test_a_large_snapshot_is_read_in_pieces() -> None:
    """The numbers of 300,000 nodes would be 70 MB of Python's."""
    count = 300_000
    rows = ",".join(f"1,1,{2 * number + 3},16,0" for number in range(count))
    head = {"node_count": count + 1, "edge_count": 0}
    empty = snapshot(nodes=[0, 0, 1, 0, 0, 1, 1, 3, 16, 0], edges=[], head={"node_count": 2, "edge_count": 0})
    large = snapshot(nodes=[0], edges=[], head=head).replace(
        b'"nodes": [0]', f'"nodes": [0,0,1,0,0,{rows}]'.encode()
    )
    tracemalloc.start()
    try:
        diff = HeapDiff(empty, large)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(one.name, one.created) for one in diff.classes] == [("B", count - 1)]
    assert peak < 40_000_000
