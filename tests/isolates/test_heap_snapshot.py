"""Heap snapshots, and the statistics of the heap's spaces."""

from __future__ import annotations

import concurrent.futures
import json
from pathlib import Path
from typing import Any

import pytest

import isolates
from tests.isolates.conftest import wait_until

MANY = "globalThis.many = Array.from({length: 3e5}, (_, k) => ({k, of: 'item ' + k}))"


def check_snapshot(data: bytes) -> list[str]:
    """What Chrome DevTools relies on; returns the strings."""
    snapshot = json.loads(data)
    meta = snapshot["snapshot"]["meta"]
    assert len(snapshot["nodes"]) == snapshot["snapshot"]["node_count"] * len(meta["node_fields"])
    assert len(snapshot["edges"]) == snapshot["snapshot"]["edge_count"] * len(meta["edge_fields"])
    strings: list[str] = snapshot["strings"]
    name_at = meta["node_fields"].index("name")
    assert max(snapshot["nodes"][name_at :: len(meta["node_fields"])]) < len(strings)
    return strings


def test_a_snapshot_holds_what_lives(ask: Any, isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    context.eval_sync(
        "class Treasure {}; globalThis.kept = new Treasure(); kept.name = 'caf\u00e9 \u263a'; 0"
    )
    data = ask(isolate, "heap_snapshot")
    assert isinstance(data, bytes)
    strings = check_snapshot(data)
    assert {"Treasure", "kept", "caf\u00e9 \u263a"} <= set(strings)
    context.release()


def test_a_snapshot_into_a_file(ask: Any, isolate: isolates.Isolate, tmp_path: Path) -> None:
    for path in (tmp_path / "a.heapsnapshot", str(tmp_path / "caf\u00e9 \u263a.heapsnapshot")):
        assert ask(isolate, "heap_snapshot", path) is None
        check_snapshot(Path(path).read_bytes())
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_made_is_an_os_error(
    ask: Any, isolate: isolates.Isolate, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ask(isolate, "heap_snapshot", tmp_path / "nowhere" / "a.heapsnapshot")
    # Complete, but the name that it should take is a folder's.
    (tmp_path / "folder").mkdir()
    with pytest.raises(RuntimeError, match="The heap snapshot could not be written"):
        ask(isolate, "heap_snapshot", tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_snapshot_can_be_cancelled(
    isolate: isolates.Isolate, context: isolates.Context, tmp_path: Path
) -> None:
    context.eval_sync(MANY + "; 0")
    before = isolate.cpu_time_ns
    snapshot = isolate.heap_snapshot(tmp_path / "a.heapsnapshot")
    while isolate.cpu_time_ns == before:  # until it runs
        pass
    assert snapshot.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        snapshot.result()
    assert context.eval_sync("many.length") == 3e5
    wait_until(lambda: list(tmp_path.iterdir()) == [], "a part of a file was left")


def test_a_loop_that_never_ends_has_a_snapshot_now(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any, tmp_path: Path
) -> None:
    loop = "class Treasure {}; let n = 0; const made = []; $0(); for (;;) made[n++ % 1000] = new Treasure()"
    call = context.eval_closure(loop, [gate])
    gate.wait_entered()
    gate.open()
    waits = isolate.heap_snapshot()
    assert "Treasure" in check_snapshot(isolate.heap_snapshot(now=True).result(20))
    assert isolate.heap_snapshot(tmp_path / "a.heapsnapshot", now=True).result(20) is None
    assert "Treasure" in check_snapshot((tmp_path / "a.heapsnapshot").read_bytes())
    assert not call.done()
    assert not waits.done()
    isolate.terminate()
    assert isinstance(call.exception(10), isolates.TerminatedError)
    check_snapshot(waits.result(20))


def test_what_stops_the_loop_stops_its_snapshot(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure(MANY + "; $0(); for (;;);", [gate])
    gate.wait_entered()
    gate.open()
    snapshot = isolate.heap_snapshot(now=True)
    isolate.dispose()
    assert isinstance(call.exception(20), isolates.DisposedError)
    with pytest.raises((isolates.DisposedError, isolates.TerminatedError)):
        snapshot.result(20)


def test_a_snapshot_now_of_an_isolate_that_is_idle(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    context.eval_sync("class Treasure {}; globalThis.kept = new Treasure(); 0")
    assert "Treasure" in check_snapshot(isolate.heap_snapshot(now=True).result(20))
    context.release()


def test_dispose_ends_a_snapshot(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync(MANY + "; 0")
    before = isolate.cpu_time_ns
    snapshot = isolate.heap_snapshot()
    while isolate.cpu_time_ns == before:
        pass
    isolate.dispose()
    with pytest.raises(isolates.DisposedError):
        snapshot.result(20)


def test_a_snapshot_of_a_full_heap_costs_nothing_of_it(tmp_path: Path) -> None:
    with isolates.Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        context.eval_sync(MANY + "; 0")
        used = isolate.get_heap_statistics_sync()["used_heap_size"]
        assert used > 12e6
        isolate.heap_snapshot_sync(tmp_path / "a.heapsnapshot")
        assert (tmp_path / "a.heapsnapshot").stat().st_size > 10e6
        assert context.eval_sync("many.length") == 3e5
        assert isolate.get_heap_statistics_sync()["used_heap_size"] < used + 5e6


def test_the_spaces_of_a_heap(ask: Any, isolate: isolates.Isolate) -> None:
    spaces = ask(isolate, "get_heap_space_statistics")
    assert all(
        list(space) == [
            "space_name", "space_size", "space_used_size", "space_available_size", "physical_space_size",
        ]
        for space in spaces
    )  # fmt: skip
    assert {"new_space", "old_space", "code_space", "large_object_space"} <= {s["space_name"] for s in spaces}
    used = isolate.get_heap_statistics_sync()["used_heap_size"]
    assert sum(space["space_used_size"] for space in spaces) == pytest.approx(used, rel=0.2)


@pytest.mark.parametrize("name", ["isolated-vm", "isolated-vm@5"])
def test_javascript_takes_snapshots_of_isolates(name: str) -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        context.global_.set_sync("ivm", isolates.isolated_vm(name))
        texts = context.eval_closure(
            """
            const isolate = new ivm.Isolate();
            isolate.createContextSync().evalSync(
              'class Treasure {}; globalThis.kept = new Treasure(); kept.name = "caf\u00e9 \u263a"; 0');
            const text = isolate.heapSnapshotSync();
            return isolate.heapSnapshot().then(later => { isolate.dispose(); return [text, later] });
            """,
            [],
            promise=True,
            copy=True,
        ).result(20)
        for text in texts:
            assert {"Treasure", "kept", "caf\u00e9 \u263a"} <= set(check_snapshot(text.encode()))
        # It is text outside of the heap, and counts for who has asked.
        isolate.collect_garbage_sync()
        isolate.collect_garbage_sync()
        assert isolate.get_heap_statistics_sync()["externally_allocated_size"] < 100_000


def test_a_snapshot_that_javascript_has_no_room_for_is_an_error() -> None:
    with isolates.Isolate() as isolate, isolates.Isolate(memory_limit=16) as small:
        there = isolate.create_context_sync()
        there.eval_sync(MANY)
        context = small.create_context_sync()
        context.global_.set_sync("isolate", isolate)
        with pytest.raises(isolates.JSError, match="does not fit"):
            context.eval_sync("isolate.heapSnapshotSync()")
        with pytest.raises(isolates.JSError, match="memory limit"):
            context.eval("isolate.heapSnapshot()", promise=True).result(20)
        assert context.eval_sync("6 * 7") == 42
        there.release()


def test_only_who_has_the_isolate_takes_snapshots() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        context.global_.set_sync("there", context.global_)
        assert context.eval_sync("typeof there.heapSnapshot") == "undefined"
        isolate.dispose()
