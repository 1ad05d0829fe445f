"""Which functions have allocated what (Chrome's .heapprofile), and what lives in a heap by class."""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import isolates
from isolates import _native

LONG_S = 20.0

KEEPER = """
globalThis.kept = [];
function keeper(count) {
  for (let n = 0; n < count; ++n) kept.push({n, text: 'item ' + n});
}
function waster(count) {
  let last;
  for (let n = 0; n < count; ++n) last = [n, {n}];
  return last.length;
}
"""


@pytest.fixture
def context(context: isolates.Context) -> isolates.Context:
    context.eval_sync(KEEPER, filename="keeper.js")
    return context


def nodes_of(profile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    left = [profile["head"]]
    while left:
        node = left.pop()
        left += node["children"]
        yield node


def size_of(profile: dict[str, Any], function: str) -> int:
    """What it has allocated itself, whoever called it."""
    return sum(
        node["selfSize"] for node in nodes_of(profile) if node["callFrame"]["functionName"] == function
    )


def test_a_profile_says_who_has_allocated_what_was_kept(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    assert ask(isolate, "start_heap_sampling", sampling_interval=1024) is None
    context.eval_sync("keeper(20000); waster(200000)")
    profile = ask(isolate, "stop_heap_sampling")
    assert size_of(profile, "keeper") > 20 * size_of(profile, "waster")
    # An object with two fields has 20 bytes with pointers of 4, and the string 16 to 24.
    assert 400_000 < size_of(profile, "keeper") < 4_000_000


def test_a_profile_has_what_was_collected_if_it_is_asked_for(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    ask(isolate, "start_heap_sampling", sampling_interval=1024, include_collected=True)
    context.eval_sync("keeper(200); waster(200000)")
    isolate.collect_garbage_sync()
    profile = ask(isolate, "stop_heap_sampling")
    assert size_of(profile, "waster") > 4_000_000 > size_of(profile, "keeper")


def test_a_profile_is_what_chrome_devtools_reads(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    isolate.start_heap_sampling_sync(sampling_interval=256)
    context.eval_sync("function caf\u00e9() { keeper(5000) }; caf\u00e9()", filename="\u263a.js")
    profile = json.loads(json.dumps(isolate.stop_heap_sampling_sync()))
    assert set(profile) == {"head", "samples"}
    assert profile["head"]["callFrame"]["functionName"] == "(root)"
    nodes = list(nodes_of(profile))
    for node in nodes:
        assert set(node) == {"callFrame", "selfSize", "id", "children"}
        assert set(node["callFrame"]) == {"functionName", "scriptId", "url", "lineNumber", "columnNumber"}
    ids = [node["id"] for node in nodes]
    assert len(set(ids)) == len(ids)
    sizes = [sum(node["selfSize"] for node in nodes), sum(sample["size"] for sample in profile["samples"])]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.2)  # V8 scales up each sample, and each node
    assert {sample["nodeId"] for sample in profile["samples"]} <= set(ids)
    ordinals = [sample["ordinal"] for sample in profile["samples"]]
    assert sorted(set(ordinals)) == ordinals
    caller = next(node for node in nodes if node["callFrame"]["functionName"] == "caf\u00e9")
    assert caller["callFrame"]["url"] == "\u263a.js"
    called = next(child for child in caller["children"] if child["selfSize"] > 10000)
    frame = {key: called["callFrame"][key] for key in ("functionName", "url", "lineNumber", "columnNumber")}
    assert frame == {"functionName": "keeper", "url": "keeper.js", "lineNumber": 2, "columnNumber": 15}


def test_a_stack_ends_at_its_depth(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("function deep(n) { return n ? deep(n - 1) : keeper(5000) }")
    depths = []
    for depth in (1, 5, 200):
        isolate.start_heap_sampling_sync(sampling_interval=256, stack_depth=depth)
        context.eval_sync("deep(300)")
        level, levels = [isolate.stop_heap_sampling_sync()["head"]], 0
        while level:
            level = [child for node in level for child in node["children"]]
            levels += bool(level)
        depths.append(levels)
    assert depths == [1, 5, 200]


def test_a_heap_is_sampled_once_at_a_time(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    with pytest.raises(RuntimeError, match="The heap of this isolate is not being sampled"):
        ask(isolate, "stop_heap_sampling")
    ask(isolate, "start_heap_sampling", sampling_interval=1024)
    with pytest.raises(RuntimeError, match="The heap of this isolate is being sampled already"):
        ask(isolate, "start_heap_sampling")
    context.eval_sync("keeper(20000)")
    assert size_of(ask(isolate, "stop_heap_sampling"), "keeper") > 0  # the first one has gone on
    ask(isolate, "start_heap_sampling", sampling_interval=1024)
    assert size_of(ask(isolate, "stop_heap_sampling"), "keeper") == 0


def test_two_isolates_are_sampled_apart(isolate: isolates.Isolate, context: isolates.Context) -> None:
    with isolates.Isolate(memory_limit=64) as other:
        there = other.create_context_sync()
        there.eval_sync(KEEPER)
        calls = [one.start_heap_sampling(sampling_interval=1024) for one in (isolate, other)]
        calls += [one.eval("keeper(20000)") for one in (context, there)]
        profiles = [one.stop_heap_sampling().result(LONG_S) for one in (isolate, other)]
        assert all(size_of(profile, "keeper") > 100_000 for profile in profiles)


def test_a_heap_that_is_sampled_may_go() -> None:
    for interval in (1, 1024, 32768):
        with isolates.Isolate(memory_limit=64) as isolate:
            context = isolate.create_context_sync()
            isolate.start_heap_sampling_sync(sampling_interval=interval)
            context.eval_sync(KEEPER + "keeper(5000)")
        with pytest.raises(isolates.DisposedError):
            isolate.stop_heap_sampling_sync()
        with pytest.raises(isolates.DisposedError):
            isolate.start_heap_sampling_sync()


def test_a_heap_that_is_sampled_keeps_its_limit() -> None:
    with isolates.Isolate(memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        isolate.start_heap_sampling_sync(sampling_interval=1024, include_collected=True)
        with pytest.raises(isolates.MemoryLimitError):
            context.eval_sync("const all = []; for (;;) all.push({})")
        with pytest.raises(isolates.DisposedError):
            isolate.stop_heap_sampling_sync()


@pytest.mark.parametrize("tool", ["sampling", "tracking", "inspector"])
def test_v8_may_give_up_in_a_heap_that_is_looked_into(tool: str) -> None:
    """The heap leaks then, if V8's teardown would not survive it; the process and other isolates live."""
    code = f"""
import sys
import isolates
from isolates import _native
isolate = isolates.Isolate(memory_limit=64, inspector=True)
context = isolate.create_context_sync(inspector=True)
if {tool!r} == "sampling":
    isolate.start_heap_sampling_sync(sampling_interval=1024)
elif {tool!r} == "tracking":
    _native._track_heap(isolate).result()
else:
    session = isolate.create_inspector_session()
    for number, method in enumerate(("enable", "startSampling"), 1):
        session.dispatch_protocol_message(f'{{{{"id": {{number}}, "method": "HeapProfiler.{{method}}"}}}}')
    context.eval("0").result()  # queued behind them
try:
    context.eval_sync("'x'.padEnd(5e8).split('')")
except isolates.IsolatesError as error:
    print(type(error).__name__)
isolate.dispose() if not isolate.is_disposed else None
with isolates.Isolate() as other:
    print(other.create_context_sync().eval_sync("6 * 7"))
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=25
    )
    assert run.stdout.split()[-1:] == ["42"], run.stderr[-2000:]
    assert run.returncode == 0


def test_an_inspector_session_samples_the_same_heap() -> None:
    with isolates.Isolate(memory_limit=64, inspector=True) as isolate:
        context = isolate.create_context_sync(inspector=True)
        session = isolate.create_inspector_session()
        session.dispatch_protocol_message('{"id": 1, "method": "HeapProfiler.enable"}')
        session.dispatch_protocol_message('{"id": 2, "method": "HeapProfiler.startSampling"}')
        context.eval("0").result(LONG_S)  # queued behind them
        with pytest.raises(RuntimeError, match="sampled already"):
            isolate.start_heap_sampling_sync()
        session.dispose()


# --- By class ---


def classes_of(isolate: isolates.Isolate, since: int) -> dict[str, tuple[int, int]]:
    found = _native._heap_classes(isolate, since).result(LONG_S)
    assert [bytes_ for *_, bytes_ in found] == sorted((bytes_ for *_, bytes_ in found), reverse=True)
    classes = {name: (count, bytes_) for name, count, bytes_ in found}
    assert len(classes) == len(found)
    return classes


@pytest.mark.parametrize("collects", [False, True])
def test_what_a_cell_has_allocated_and_kept_is_told_by_class(
    isolate: isolates.Isolate, context: isolates.Context, collects: bool
) -> None:
    context.eval_sync("class Old {}; globalThis.old = Array.from({length: 500}, () => new Old()); 0")
    since = _native._track_heap(isolate).result(LONG_S)
    context.eval_sync(
        "class P { constructor(n) { this.n = n } };"
        "class Gone {};"
        "class Caf\u00e9\u4e2d {};"
        "for (let n = 0; n < 5000; ++n) new Gone();"
        "globalThis.ps = Array.from({length: 1000}, (_, n) => new P(n));"
        "globalThis.other = [new Caf\u00e9\u4e2d(), () => 1, /r/, new Map()]; 0"
    )
    if collects:  # so that all objects have moved
        isolate.collect_garbage_sync()
    classes = classes_of(isolate, since)
    assert classes["P"][0] == 1000
    assert 12_000 <= classes["P"][1] <= 64_000
    assert classes["Caf\u00e9\u4e2d"][0] == classes["RegExp"][0] == classes["Map"][0] == 1
    assert "Gone" not in classes
    assert "Old" not in classes
    everything = classes_of(isolate, 0)
    assert everything["P"][0] == 1000
    assert everything["Old"][0] == 500


def test_buffers_count_with_their_bytes(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("globalThis.before = new ArrayBuffer(2e6); 0")
    since = _native._track_heap(isolate).result(LONG_S)
    context.eval_sync("globalThis.after = new ArrayBuffer(1e6); 0")
    classes = classes_of(isolate, since)
    assert classes["ArrayBuffer"] == (1, pytest.approx(1e6, rel=0.01))
    assert sum(bytes_ for _, bytes_ in classes.values()) < 1_500_000
    assert classes_of(isolate, 0)["ArrayBuffer"][1] == pytest.approx(3e6, rel=0.01)


def test_a_heap_that_is_tracked_may_go() -> None:
    with isolates.Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        _native._track_heap(isolate).result(LONG_S)
        context.eval_sync(KEEPER + "keeper(5000)")
    with pytest.raises(isolates.DisposedError):
        _native._heap_classes(isolate, 0).result(LONG_S)


def test_nothing_new_is_next_to_nothing(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("keeper(20000)")
    since = _native._track_heap(isolate).result(LONG_S)
    assert sum(bytes_ for _, bytes_ in classes_of(isolate, since).values()) < 20_000


def test_the_count_can_be_cancelled(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("keeper(200000)")
    before = isolate.cpu_time_ns
    count = _native._heap_classes(isolate, 0)
    while isolate.cpu_time_ns == before:  # until it runs
        pass
    assert count.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        count.result()
    assert context.eval_sync("kept.length") == 200000
    assert classes_of(isolate, 0)["Object"][0] >= 200000
