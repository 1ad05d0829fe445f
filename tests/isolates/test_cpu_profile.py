"""CPU profiles: V8's samples of an isolate, on whatever thread it runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import isolates
from tests.isolates.conftest import wait_until

HOT = "function hot(ms) { const end = Date.now() + ms; while (Date.now() < end); return 'done' }"


def times_us(profile: dict[str, Any]) -> Counter[str]:
    """The time of each function by itself: a sample lasts until the next."""
    names = {node["id"]: node["callFrame"]["functionName"] for node in profile["nodes"]}
    times: Counter[str] = Counter()
    end = profile["startTime"] + sum(profile["timeDeltas"])
    durations = [*profile["timeDeltas"][1:], profile["endTime"] - end]
    for sample, duration in zip(profile["samples"], durations, strict=True):
        times[names[sample]] += duration
    return times


def check_format(profile: dict[str, Any]) -> None:
    """What Chrome DevTools and speedscope rely on."""
    assert json.loads(json.dumps(profile)) == profile
    nodes = {node["id"]: node for node in profile["nodes"]}
    assert len(nodes) == len(profile["nodes"])
    children = [child for node in nodes.values() for child in node.get("children", [])]
    assert sorted(children) == sorted(set(nodes) - {profile["nodes"][0]["id"]})  # one tree
    assert profile["nodes"][0]["callFrame"]["functionName"] == "(root)"
    for node in nodes.values():
        frame = node["callFrame"]
        assert {type(frame[key]) for key in ("functionName", "scriptId", "url")} == {str}
        assert {type(frame[key]) for key in ("lineNumber", "columnNumber")} == {int}
    hits = Counter(profile["samples"])
    assert {node: count for node, count in hits.items() if node not in nodes} == {}
    assert all(node["hitCount"] == hits[node["id"]] for node in nodes.values())
    assert len(profile["samples"]) == len(profile["timeDeltas"])
    assert all(delta >= 0 for delta in profile["timeDeltas"])
    assert profile["startTime"] + sum(profile["timeDeltas"]) <= profile["endTime"]


def test_a_profile_says_where_the_time_went(ask: Any, isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    isolate.start_cpu_profiler("a title \u263a")
    context.eval_sync(HOT + "\nfunction outer() { return hot(150) }\nouter()", filename="caf\u00e9 \u263a.js")
    profile = ask(isolate, "stop_cpu_profiler", "a title \u263a")
    check_format(profile)
    assert times_us(profile)["hot"] > 100_000
    nodes = {node["callFrame"]["functionName"]: node for node in profile["nodes"]}
    assert nodes["hot"]["id"] in nodes["outer"]["children"]
    assert nodes["outer"]["callFrame"]["lineNumber"] == 1  # from 0
    assert nodes["hot"]["callFrame"]["url"] == "caf\u00e9 \u263a.js"
    assert sum(tick["ticks"] for tick in nodes["hot"]["positionTicks"]) == nodes["hot"]["hitCount"]
    context.release()


@pytest.mark.skipif(sys.platform == "darwin", reason="V8 samples the thread on which it was begun")
def test_a_profile_follows_the_isolate_from_thread_to_thread(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    isolate.start_cpu_profiler("p")
    context.eval_sync(HOT)
    context.eval_sync("(function on_this_thread() { hot(60) })()")
    context.eval("(function on_the_pool() { hot(60) })()").result(10)
    thread = threading.Thread(target=context.eval_sync, args=["(function on_another() { hot(60) })()"])
    thread.start()
    thread.join()
    profile = isolate.stop_cpu_profiler_sync("p")
    check_format(profile)
    by_id = {node["id"]: node for node in profile["nodes"]}
    for name in ("on_this_thread", "on_the_pool", "on_another"):
        (caller,) = (n for n in profile["nodes"] if n["callFrame"]["functionName"] == name)
        assert sum(by_id[child]["hitCount"] for child in caller["children"]) >= 10


def test_parts_are_one_for_each_activation(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync(HOT)
    isolate.start_cpu_profiler("p")
    context.eval_sync("hot(40)")
    context.eval("hot(40)").result(10)
    parts = isolate.stop_cpu_profiler_sync("p", parts=True)
    busy = [part for part in parts if times_us(part["profile"])["hot"] > 20_000]
    assert len(busy) == 2
    assert busy[0]["threadId"] == threading.get_native_id() != busy[1]["threadId"]
    for part in parts:
        check_format(part["profile"])
    assert busy[0]["profile"]["endTime"] <= busy[1]["profile"]["startTime"]


def test_time_outside_is_nobodys(isolate: isolates.Isolate, context: isolates.Context) -> None:
    wait = threading.Event().wait
    context.eval_sync(HOT)
    isolate.start_cpu_profiler("p")
    context.eval_sync("hot(20)")
    wait(0.1)  # the isolate is idle
    context.eval_closure_sync("(function calls() { $0() })()", [lambda: wait(0.1) and None])
    profile = isolate.stop_cpu_profiler_sync("p")
    check_format(profile)
    times = times_us(profile)
    assert times["(idle)"] > 80_000
    assert times["hot"] < 80_000


def test_profiles_of_several_titles_and_isolates_at_once(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    with isolates.Isolate(memory_limit=64) as second:
        other = second.create_context_sync()
        for each in (context, other):
            each.eval_sync(HOT)
        isolate.start_cpu_profiler("all")
        isolate.start_cpu_profiler("all")  # nothing happens, as in isolated-vm
        second.start_cpu_profiler("all")
        context.eval_sync("(function early() { hot(40) })()")
        isolate.start_cpu_profiler("late", sampling_interval_us=200)
        call = other.eval("(function elsewhere() { hot(80) })()")
        context.eval_sync("(function late() { hot(40) })()")
        call.result(10)
        profiles = {
            "late": isolate.stop_cpu_profiler_sync("late"),
            "all": isolate.stop_cpu_profiler_sync("all"),
            "second": second.stop_cpu_profiler_sync("all"),
        }
    names = {
        title: {node["callFrame"]["functionName"] for node in profile["nodes"]}
        for title, profile in profiles.items()
    }
    assert {"early", "late"} & names["late"] == {"late"}
    assert {"early", "late", "elsewhere"} & names["all"] == {"early", "late"}
    assert {"early", "late", "elsewhere"} & names["second"] == {"elsewhere"}


def test_a_loop_that_already_runs_can_be_profiled(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure(HOT + "; $0(); hot(200)", [gate])
    gate.wait_entered()
    isolate.start_cpu_profiler("p")
    gate.open()
    call.result(10)
    assert times_us(isolate.stop_cpu_profiler_sync("p"))["hot"] > 100_000


def test_a_loop_that_never_ends_has_a_profile_now(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure(HOT + "; $0(); for (;;) hot(1)", [gate])
    gate.wait_entered()
    isolate.start_cpu_profiler("p")
    gate.open()
    threading.Event().wait(0.2)  # what the profile is of
    profile = isolate.stop_cpu_profiler("p", now=True).result(10)
    check_format(profile)
    assert times_us(profile)["hot"] > 50_000
    isolate.start_cpu_profiler("q")
    threading.Event().wait(0.05)
    (part,) = isolate.stop_cpu_profiler("q", parts=True, now=True).result(10)
    check_format(part["profile"])
    with pytest.raises(ValueError, match=r'^No CPU profile with the title "p" is being taken$'):
        isolate.stop_cpu_profiler("p", now=True).result(10)
    assert not call.done()
    isolate.terminate()
    assert isinstance(call.exception(10), isolates.TerminatedError)
    assert context.eval_sync("6 * 7") == 42


def test_a_loop_that_was_optimised_before_has_its_name(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    call = context.eval("function spin() { for (;;); }\nspin()", filename="loop.js")
    wait_until(lambda: isolate.cpu_time_ns > 0.3e9, "it does not run")  # enough to be optimised
    isolate.start_cpu_profiler("p")
    before = isolate.cpu_time_ns
    wait_until(lambda: isolate.cpu_time_ns > before + 0.2e9, "it does not run")
    profile = isolate.stop_cpu_profiler("p", now=True).result(10)
    assert times_us(profile)["spin"] > 100_000
    (node,) = (node for node in profile["nodes"] if node["callFrame"]["functionName"] == "spin")
    assert (node["callFrame"]["url"], node["callFrame"]["lineNumber"]) == ("loop.js", 0)
    isolate.terminate()
    assert isinstance(call.exception(10), isolates.TerminatedError)


def test_a_profile_now_of_an_isolate_that_is_idle(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    isolate.start_cpu_profiler("p")
    context.eval_sync(HOT + "; hot(50)")
    profile = isolate.stop_cpu_profiler("p", now=True).result(10)
    assert times_us(profile)["hot"] > 0  # the core may be somebody else's for most of the 50 ms
    isolate.dispose()
    with pytest.raises(isolates.DisposedError):
        isolate.stop_cpu_profiler("p", now=True).result(10)


def test_what_was_cancelled_is_not_done_at_a_safe_point(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure(HOT + "; $0(); for (;;) hot(1)", [gate])
    gate.wait_entered()
    isolate.start_cpu_profiler("p")
    assert isolate.stop_cpu_profiler("p", now=True).cancel()
    gate.open()
    isolate.get_heap_statistics(now=True).result(10)  # asked for after it
    check_format(isolate.stop_cpu_profiler("p", now=True).result(10))
    isolate.terminate()
    assert isinstance(call.exception(10), isolates.TerminatedError)


def test_a_profile_that_was_not_begun(ask: Any, isolate: isolates.Isolate) -> None:
    with pytest.raises(ValueError, match=r'^No CPU profile with the title "p" is being taken$'):
        ask(isolate, "stop_cpu_profiler", "p")


def test_dispose_while_profiling(isolate: isolates.Isolate, context: isolates.Context) -> None:
    isolate.start_cpu_profiler("p")
    call = context.eval("for (;;);")
    isolate.dispose()
    assert isinstance(call.exception(10), isolates.DisposedError)


def test_threads_that_have_ended_are_not_interrupted(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    def begin() -> None:
        isolate.start_cpu_profiler("p", sampling_interval_us=50)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    threads = [threading.Thread(target=context.eval_sync, args=["1"]) for _ in range(50)]
    for thread in threads:
        thread.start()
        thread.join()
    threading.Event().wait(0.05)  # a thousand samples, if it sampled
    check_format(isolate.stop_cpu_profiler_sync("p"))


def test_python_is_not_interrupted(isolate: isolates.Isolate, context: isolates.Context) -> None:
    # A signal would end a system call early, or be seen by Python's own handler when V8's has gone.
    context.eval_sync(HOT)
    seen: list[int] = []
    before = signal.signal(signal.SIGPROF, lambda number, frame: seen.append(number))
    try:
        isolate.start_cpu_profiler("p", sampling_interval_us=100)
        command = [sys.executable, "-c", "print('ran')"]
        output = context.eval_closure_sync(
            "hot(20); return $0()", [lambda: subprocess.run(command, capture_output=True).stdout.decode()]
        )
        isolate.stop_cpu_profiler_sync("p")
        assert signal.getsignal(signal.SIGPROF) is not before
        context.eval_sync("hot(20)")
    finally:
        signal.signal(signal.SIGPROF, before)
    assert output.strip() == "ran"
    assert seen == []


def test_a_profiled_isolate_that_v8_gives_up_on_costs_nobody_else(run_child: Callable[..., Any]) -> None:
    code = """
import isolates
lost, lives = isolates.Isolate(), isolates.Isolate()
context, other = lost.create_context_sync(), lives.create_context_sync()
for each in (lost, lives):
    each.start_cpu_profiler("p", sampling_interval_us=100)
try:
    context.eval_sync('"x".padEnd(5e8).split("")')
except isolates.IsolateDiedError:
    print("died")
other.eval_sync("const end = Date.now() + 100; while (Date.now() < end);")
print(len(lives.stop_cpu_profiler_sync("p")["samples"]) > 20)
lives.dispose()
"""
    done = run_child(code, deadline_s=40)
    assert (done.returncode, done.stdout) == (0, "died\nTrue\n"), done.stderr


def test_profiles_begin_and_end_while_calls_run(run_child: Callable[..., Any]) -> None:
    code = """
import isolates, threading
isolate = isolates.Isolate(memory_limit=64)
context = isolate.create_context_sync()
context.eval_sync("function work() { let sum = 0; for (let k = 0; k < 1e5; k++) sum += k; return sum }")
stop = threading.Event()
def call():
    while not stop.is_set():
        context.eval_sync("work()")
        context.eval("work()").result()
threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads: thread.start()
for round in range(60):
    isolate.start_cpu_profiler("p", sampling_interval_us=50)
    isolate.start_cpu_profiler("q", sampling_interval_us=100)
    context.eval_sync("work()")
    isolate.stop_cpu_profiler_sync("p")
    isolate.stop_cpu_profiler_sync("q", parts=True)
stop.set()
for thread in threads: thread.join()
isolate.dispose()
print("end")
"""
    done = run_child(code, deadline_s=28)
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_sixteen_profiles_at_once_are_the_limit() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        for title in range(16):
            isolate.start_cpu_profiler(str(title))
        isolate.start_cpu_profiler("3")  # it is being taken already
        message = "^At most 16 CPU profiles of an isolate can be taken at the same time$"
        with pytest.raises(RuntimeError, match=message):
            isolate.start_cpu_profiler("one more")
        with pytest.raises(isolates.ScriptTimeoutError):
            context.eval_sync("for (;;);", timeout=0.3)
        isolate.stop_cpu_profiler_sync("3")
        isolate.start_cpu_profiler("one more")
        context.global_.set_sync("isolate", isolate)
        with pytest.raises(isolates.JSError, match=message):
            context.eval_sync("isolate.startCpuProfiler('another')")
        for title in ("0", "one more"):
            isolate.stop_cpu_profiler_sync(title)
        context.eval_sync("isolate.startCpuProfiler('another')")
        isolate.stop_cpu_profiler_sync("another")
