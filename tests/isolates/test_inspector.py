"""Inspector sessions: the Chrome DevTools Protocol, while idle, running and paused."""

from __future__ import annotations

import contextlib
import gc
import json
import queue
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isolates

WAIT_S = 10.0


class Debugger:
    """A session whose messages a test can wait for."""

    def __init__(self, isolate: isolates.Isolate) -> None:
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._last_id = 0
        self.missed: list[dict[str, Any]] = []
        self.session = isolate.create_inspector_session(
            on_response=self._on_response, on_notification=lambda text: self._heard.put(json.loads(text))
        )

    def _on_response(self, call_id: int, text: str) -> None:
        message = json.loads(text)
        assert message["id"] == call_id
        self._heard.put(message)

    def send(self, method: str, **parameters: object) -> int:
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        self.session.dispatch_protocol_message(json.dumps(message, ensure_ascii=False))
        return self._last_id

    def wait(self, wanted: int | str) -> dict[str, Any]:
        """The answer to a message, or the next notification of a method."""
        while True:
            message = self._heard.get(timeout=WAIT_S)
            if wanted in (message.get("id"), message.get("method")):
                return message
            self.missed.append(message)

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        answer = self.wait(self.send(method, **parameters))
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def wait_paused(self) -> dict[str, Any]:
        frame: dict[str, Any] = self.wait("Debugger.paused")["params"]["callFrames"][0]
        return frame


@pytest.fixture
def inspected() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=64, inspector=True) as isolate:
        yield isolate


@pytest.fixture
def page(inspected: isolates.Isolate) -> isolates.Context:
    return inspected.create_context_sync(inspector=True)


@pytest.fixture
def debugger(inspected: isolates.Isolate, page: isolates.Context) -> Iterator[Debugger]:
    debugger = Debugger(inspected)
    yield debugger
    with contextlib.suppress(isolates.ReleasedError):
        debugger.session.dispose()


# --- What can be inspected ---


def test_an_isolate_without_inspector_has_no_sessions(isolate: isolates.Isolate) -> None:
    with pytest.raises(RuntimeError, match=r"^Inspector is not enabled for this isolate$"):
        isolate.create_inspector_session()
    with pytest.raises(RuntimeError, match=r"^Inspector is not enabled for this isolate$"):
        isolate.create_context_sync(inspector=True)


def test_contexts_are_announced_and_taken_back(debugger: Debugger, inspected: isolates.Isolate) -> None:
    debugger.ask("Runtime.enable")
    first = debugger.missed[0]["params"]["context"]
    inspected.create_context_sync()  # without inspector: not announced
    second = inspected.create_context_sync(inspector=True)
    announced = debugger.wait("Runtime.executionContextCreated")["params"]["context"]
    assert announced["id"] != first["id"]
    second.release()
    gone = debugger.wait("Runtime.executionContextDestroyed")["params"]["executionContextId"]
    assert gone == announced["id"]


def test_evaluate_needs_no_context_id(debugger: Debugger, page: isolates.Context) -> None:
    page.eval_sync("var answer = 42")
    result = debugger.ask("Runtime.evaluate", expression="answer")["result"]
    assert result == {"type": "number", "value": 42, "description": "42"}


def test_evaluate_without_any_context_is_an_error(inspected: isolates.Isolate) -> None:
    lonely = Debugger(inspected)
    answer = lonely.wait(lonely.send("Runtime.evaluate", expression="1"))
    assert "context" in answer["error"]["message"]
    lonely.session.dispose()


@pytest.mark.parametrize("text", ["plain", "caf\u00e9", "\u263a \u65e5\u672c", "\U0001f600", "\x00\u2028"])
def test_text_of_every_width_passes_both_ways(debugger: Debugger, text: str) -> None:
    result = debugger.ask("Runtime.evaluate", expression=f"({json.dumps(text)}).concat('!')")
    assert result["result"]["value"] == text + "!"
    result = debugger.ask("Runtime.evaluate", expression=f"'{text.replace(chr(0), '')}'.length")
    assert result["result"]["value"] == len(text.replace(chr(0), "").encode("utf-16-le")) // 2


def test_console_reaches_the_inspector(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Runtime.enable")
    page.eval_sync("console.log('h\u00e9llo \u263a', {a: 1})")
    called = debugger.wait("Runtime.consoleAPICalled")["params"]
    assert (called["type"], called["args"][0]["value"]) == ("log", "h\u00e9llo \u263a")
    assert called["timestamp"] > 1e12  # milliseconds since 1970


def test_messages_that_make_no_sense_are_answered(debugger: Debugger) -> None:
    answer = debugger.wait(debugger.send("No.such"))
    assert answer["error"]["code"] == -32601
    debugger.session.dispatch_protocol_message("{not json")
    debugger.session.dispatch_protocol_message("")
    assert debugger.ask("Runtime.evaluate", expression="1")["result"]["value"] == 1
    with pytest.raises(TypeError, match="`message`"):
        debugger.session.dispatch_protocol_message(b"{}")  # type: ignore[arg-type]  # that is the test


# --- Breakpoints ---


def test_a_debugger_statement_pauses_and_frames_can_be_evaluated(
    debugger: Debugger, page: isolates.Context
) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("(function f(secret) { debugger; return secret + '!' })('s3')")
    frame = debugger.wait_paused()
    assert frame["functionName"] == "f"
    frame_id = frame["callFrameId"]
    seen = debugger.ask("Debugger.evaluateOnCallFrame", callFrameId=frame_id, expression="secret")
    assert seen["result"]["value"] == "s3"
    debugger.ask("Debugger.evaluateOnCallFrame", callFrameId=frame_id, expression="secret = 'new'")
    assert not call.done()
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == "new!"


@pytest.mark.parametrize("name", ["plain.js", "caf\u00e9.js", "\u65e5\u672c\u263a.js"])
def test_breakpoints_by_url_and_steps(debugger: Debugger, page: isolates.Context, name: str) -> None:
    debugger.ask("Debugger.enable")
    breakpoint_id = debugger.ask("Debugger.setBreakpointByUrl", lineNumber=1, url=name)["breakpointId"]
    call = page.eval("let a = 1;\na = a + 1;\na = a * 10;\na", filename=name)
    paused = debugger.wait("Debugger.paused")["params"]
    assert paused["hitBreakpoints"] == [breakpoint_id]
    assert paused["callFrames"][0]["location"]["lineNumber"] == 1
    scripts = [m["params"] for m in debugger.missed if m["method"] == "Debugger.scriptParsed"]
    assert name in [script["url"] for script in scripts]
    debugger.ask("Debugger.stepOver")
    assert debugger.wait_paused()["location"]["lineNumber"] == 2
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == 20


def test_pause_stops_a_loop_that_runs(debugger: Debugger, page: isolates.Context, gate: Any) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval_closure("$0(); let go = true; while (go) {} return 'left'", [gate])
    gate.wait_entered()
    debugger.send("Debugger.pause")
    gate.open()
    frame = debugger.wait_paused()
    debugger.ask("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="go = false")
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == "left"


def test_messages_reach_javascript_that_runs(debugger: Debugger, page: isolates.Context, gate: Any) -> None:
    call = page.eval_closure("globalThis.go = true; $0(); while (go) {} return 'left'", [gate])
    gate.wait_entered()
    gate.open()
    assert debugger.ask("Runtime.evaluate", expression="go = false")["result"]["value"] is False
    assert call.result(WAIT_S) == "left"


def test_terminate_execution_stops_what_runs(debugger: Debugger, page: isolates.Context, gate: Any) -> None:
    call = page.eval_closure("$0(); for (;;);", [gate])
    gate.wait_entered()
    gate.open()
    debugger.ask("Runtime.terminateExecution")
    with pytest.raises(isolates.TerminatedError):
        call.result(WAIT_S)
    assert page.eval_sync("1 + 1") == 2


def test_evaluate_with_a_timeout_ends(debugger: Debugger) -> None:
    answer = debugger.wait(debugger.send("Runtime.evaluate", expression="for (;;);", timeout=50))
    assert answer["error"]["message"] == "Execution was terminated"
    assert debugger.ask("Runtime.evaluate", expression="1 + 1")["result"]["value"] == 2


def test_evaluate_with_a_timeout_ends_while_paused(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; 'went on'")
    debugger.wait_paused()
    answer = debugger.wait(debugger.send("Runtime.evaluate", expression="for (;;);", timeout=50))
    assert answer["error"]["message"] == "Execution was terminated"
    assert debugger.ask("Runtime.evaluate", expression="1 + 1")["result"]["value"] == 2
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == "went on"


def test_terminate_execution_ends_an_evaluation_while_paused(
    debugger: Debugger, page: isolates.Context
) -> None:
    debugger.ask("Debugger.enable")
    debugger.ask("Runtime.enable")
    call = page.eval("debugger; 'went on'")
    debugger.wait_paused()
    endless = debugger.send("Runtime.evaluate", expression="console.log('here'); for (;;);")
    debugger.wait("Runtime.consoleAPICalled")
    debugger.send("Runtime.terminateExecution")
    assert debugger.wait(endless)["error"]["message"] == "Execution was terminated"
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == "went on"


@pytest.mark.parametrize("timeout", [None, 0.1])
def test_the_call_ends_during_an_evaluation_while_it_is_paused(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate, timeout: float | None
) -> None:
    debugger.ask("Debugger.enable")
    debugger.ask("Runtime.enable")
    call = page.eval("debugger; 'not reached'", timeout=timeout)
    debugger.wait_paused()
    debugger.send("Runtime.evaluate", expression="console.log('here'); for (;;);")
    debugger.wait("Runtime.consoleAPICalled")
    if timeout is None:
        inspected.terminate()
    with pytest.raises(isolates.TerminatedError if timeout is None else isolates.ScriptTimeoutError):
        call.result(WAIT_S)
    assert page.eval_sync("1 + 1") == 2


def test_clocks_and_timeouts_wait_while_paused(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate
) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; 'in time'", timeout=0.2)
    debugger.wait_paused()
    cpu, wall = inspected.cpu_time_ns, inspected.wall_time_ns
    with pytest.raises(TimeoutError):
        call.result(0.6)  # three times its timeout
    assert inspected.cpu_time_ns - cpu < 0.1e9
    assert inspected.wall_time_ns - wall > 0.5e9
    debugger.ask("Debugger.resume")
    assert call.result(WAIT_S) == "in time"


def test_a_timeout_goes_on_after_the_pause(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; for (;;);", timeout=0.2)
    debugger.wait_paused()
    debugger.ask("Debugger.resume")
    with pytest.raises(isolates.ScriptTimeoutError):
        call.result(WAIT_S)


# --- Ends ---


def test_dispose_while_paused_ends_the_call(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate
) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("try { debugger } finally { while (true) {} }")
    debugger.wait_paused()
    inspected.dispose()
    with pytest.raises(isolates.DisposedError, match=r"^Isolate was disposed during execution$"):
        call.result(WAIT_S)
    assert debugger.wait("Inspector.detached")["params"]["reason"] == "target_closed"
    with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
        debugger.send("Runtime.enable")
    with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
        inspected.create_inspector_session()


def test_dispose_while_running_with_a_session(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate, gate: Any
) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval_closure("$0(); for (;;);", [gate])
    gate.wait_entered()
    gate.open()
    inspected.dispose()
    with pytest.raises(isolates.DisposedError, match=r"^Isolate was disposed during execution$"):
        call.result(WAIT_S)


def test_terminate_while_paused_ends_the_call_only(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate
) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; 'not reached'")
    debugger.wait_paused()
    inspected.terminate()
    with pytest.raises(isolates.TerminatedError):
        call.result(WAIT_S)
    assert page.eval_sync("1 + 1") == 2


def test_cancel_while_paused(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; 'not reached'")
    debugger.wait_paused()
    assert call.cancel()
    assert page.eval_sync("1 + 1") == 2


def test_disposing_the_session_ends_the_pause(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Debugger.enable")
    call = page.eval("debugger; 'went on'")
    debugger.wait_paused()
    debugger.session.dispose()
    assert call.result(WAIT_S) == "went on"
    with pytest.raises(isolates.ReleasedError, match=r"^Session is dead$"):
        debugger.send("Runtime.enable")
    with pytest.raises(isolates.ReleasedError, match=r"^Session is dead$"):
        debugger.session.dispose()


def test_disposing_a_session_that_is_paused_in_its_own_evaluation(
    debugger: Debugger, page: isolates.Context
) -> None:
    debugger.ask("Debugger.enable")
    debugger.send("Runtime.evaluate", expression="debugger; globalThis.reached = true")
    debugger.wait_paused()
    debugger.session.dispose()
    assert page.eval_sync("reached") is True


def test_another_session_keeps_the_pause(
    debugger: Debugger, page: isolates.Context, inspected: isolates.Isolate
) -> None:
    second = Debugger(inspected)
    for each in (debugger, second):
        each.ask("Debugger.enable")
    call = page.eval("debugger; 'went on'")
    debugger.wait_paused()
    second.wait_paused()
    debugger.session.dispose()
    assert second.ask("Runtime.evaluate", expression="1")["result"]["value"] == 1
    assert not call.done()
    second.ask("Debugger.resume")
    assert call.result(WAIT_S) == "went on"
    second.session.dispose()


def test_sessions_are_apart(debugger: Debugger, inspected: isolates.Isolate) -> None:
    second = Debugger(inspected)
    second.ask("Runtime.enable")
    assert debugger.ask("Runtime.evaluate", expression="1")["result"]["value"] == 1
    assert debugger.missed == []  # it has not enabled anything
    second.session.dispose()


def test_a_session_that_nobody_holds_ends(inspected: isolates.Isolate, page: isolates.Context) -> None:
    debugger = Debugger(inspected)
    debugger.ask("Debugger.enable")
    # The callbacks know the debugger, which knows the session: a circle.
    gone = weakref.ref(debugger)
    call = page.eval("debugger; 'went on'")
    debugger.wait_paused()
    del debugger
    gc.collect()
    assert gone() is None
    assert call.result(WAIT_S) == "went on"


def test_a_session_in_a_with_statement(inspected: isolates.Isolate) -> None:
    with inspected.create_inspector_session() as session:
        assert session.is_disposed is False
        assert (session.on_response, session.on_notification) == (None, None)
    assert session.is_disposed is True


# --- Callbacks ---


def test_callbacks_come_in_order_and_without_the_isolate(
    inspected: isolates.Isolate, page: isolates.Context
) -> None:
    heard: list[Any] = []
    done = threading.Event()

    def on_response(call_id: int, text: str) -> None:
        # A callback may wait for the isolate: it holds none of its locks.
        heard.append((call_id, page.eval_sync("6 * 7")))
        if call_id == 50:
            done.set()

    with inspected.create_inspector_session(on_response=on_response) as session:
        for call_id in range(1, 51):
            session.dispatch_protocol_message(json.dumps({"id": call_id, "method": "Runtime.enable"}))
        assert done.wait(WAIT_S)
    assert heard == [(call_id, 42) for call_id in range(1, 51)]


def test_a_callback_may_send_and_dispose(inspected: isolates.Isolate) -> None:
    session = inspected.create_inspector_session()
    ended = threading.Event()

    def on_response(call_id: int, text: str) -> None:
        if call_id < 3:
            session.dispatch_protocol_message(json.dumps({"id": call_id + 1, "method": "Runtime.enable"}))
        else:
            session.dispose()
            ended.set()

    session.on_response = on_response
    session.dispatch_protocol_message(json.dumps({"id": 1, "method": "Runtime.enable"}))
    assert ended.wait(WAIT_S)
    assert session.is_disposed
    session.on_response = None


def test_what_a_callback_raises_is_unraisable(
    inspected: isolates.Isolate, page: isolates.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(sys, "unraisablehook", lambda it: seen.put((it.exc_type, str(it.exc_value))))

    def fail(call_id: int, text: str) -> None:
        raise LookupError(f"of {call_id}")

    with inspected.create_inspector_session(on_response=fail) as session:
        for call_id in (1, 2):
            session.dispatch_protocol_message(json.dumps({"id": call_id, "method": "Runtime.enable"}))
        assert seen.get(timeout=WAIT_S) == (LookupError, "of 1")
        assert seen.get(timeout=WAIT_S) == (LookupError, "of 2")


def test_callbacks_must_be_callable(inspected: isolates.Isolate) -> None:
    with pytest.raises(TypeError, match="`on_response` to be a callable or None, not int"):
        inspected.create_inspector_session(on_response=1)  # type: ignore[arg-type]  # that is the test
    with inspected.create_inspector_session() as session, pytest.raises(TypeError, match="on_notification"):
        session.on_notification = "no"  # type: ignore[assignment]  # that is the test


def test_javascript_that_talks_too_fast_is_held_up(
    inspected: isolates.Isolate, page: isolates.Context, gate: Any
) -> None:
    total = 0

    def on_notification(text: str) -> None:
        nonlocal total
        if "consoleAPICalled" in text:
            gate()
            total += len(text)

    with inspected.create_inspector_session(on_notification=on_notification) as session:
        session.dispatch_protocol_message('{"id":1,"method":"Runtime.enable"}')
        call = page.eval("const s = 'x'.repeat(1e6); for (let k = 0; k < 60; k++) console.log(s + k); 'done'")
        gate.wait_entered()
        with pytest.raises(TimeoutError):
            call.result(0.5)  # 60 MB do not fit into what may wait
        gate.open()
        assert call.result(20) == "done"
    assert total > 30e6


def test_delivery_does_not_wait_for_threads_that_run_javascript(
    inspected: isolates.Isolate, page: isolates.Context
) -> None:
    debugger = Debugger(inspected)
    debugger.ask("Runtime.enable")
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(isolates.Isolate(memory_limit=16)) for _ in range(8)]
        calls = [other.create_context_sync().eval("for (;;);") for other in others]
        page.eval_sync("console.log('through')")  # on this thread
        assert debugger.wait("Runtime.consoleAPICalled")["params"]["args"][0]["value"] == "through"
    assert all(isinstance(call.exception(WAIT_S), isolates.DisposedError) for call in calls)
    debugger.session.dispose()


# --- Other domains ---


def test_the_heap_profiler_of_a_session(debugger: Debugger) -> None:
    debugger.ask("HeapProfiler.enable")
    debugger.ask("HeapProfiler.takeHeapSnapshot", reportProgress=False)
    chunks = [m["params"]["chunk"] for m in debugger.missed if "addHeapSnapshotChunk" in m["method"]]
    assert {"snapshot", "nodes", "edges", "strings"} <= set(json.loads("".join(chunks)))
    debugger.ask("HeapProfiler.collectGarbage")


def test_the_profiler_of_a_session_follows_the_isolate(debugger: Debugger, page: isolates.Context) -> None:
    debugger.ask("Profiler.enable")
    debugger.ask("Profiler.start")
    # Neither of these runs on the thread that has begun the profile.
    page.eval_sync("function hot(until) { while (Date.now() < until); } hot(Date.now() + 100)")
    page.eval("(function () { hot(Date.now() + 100) })()").result(WAIT_S)
    profile = debugger.ask("Profiler.stop")["profile"]
    names = {node["id"]: node["callFrame"]["functionName"] for node in profile["nodes"]}
    assert [names[sample] for sample in profile["samples"]].count("hot") > 20


# --- What would crash or hang ---

CHILD = """
import isolates, json, threading
isolate = isolates.Isolate(memory_limit=64, inspector=True)
context = isolate.create_context_sync(inspector=True)
paused = threading.Event()
answered = threading.Event()
def on_notification(text):
    if json.loads(text)["method"] == "Debugger.paused":
        paused.set()
session = isolate.create_inspector_session(
    on_notification=on_notification, on_response=lambda call_id, text: answered.set())
session.dispatch_protocol_message('{"id":1,"method":"Debugger.enable"}')
answered.wait()
"""


def test_an_open_session_at_exit(run_child: Callable[..., Any]) -> None:
    done = run_child(CHILD + "print('end')")
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_a_pause_at_exit(run_child: Callable[..., Any]) -> None:
    done = run_child(CHILD + "call = context.eval('debugger'); paused.wait(); print('end')")
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_a_running_profiler_at_exit(run_child: Callable[..., Any]) -> None:
    code = "isolate.start_cpu_profiler('p'); context.eval_ignored('for (;;);'); print('end')"
    done = run_child(CHILD + code)
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_ctrl_c_ends_a_pause_on_the_main_thread(run_child: Callable[..., Any]) -> None:
    code = """
import _thread
def interrupt():
    paused.wait()
    _thread.interrupt_main()
threading.Thread(target=interrupt).start()
try:
    context.eval_sync("debugger; 'not reached'")
except KeyboardInterrupt:
    print('interrupted', context.eval_sync('1 + 1'))
isolate.dispose()
"""
    done = run_child(CHILD + code)
    assert (done.returncode, done.stdout) == (0, "interrupted 2\n"), done.stderr


@pytest.mark.parametrize("how", ["dispatch", "paused"])
def test_v8_giving_up_in_a_session_costs_only_that_isolate(run_child: Callable[..., Any], how: str) -> None:
    # One of the ways in which V8 aborts (see test_killers.py), inside the inspector's own evaluation.
    code = """
other = isolates.Isolate()
lives = other.create_context_sync()
killer = '"x".padEnd(5e8).split("")'
if HOW == "paused":
    call = context.eval("debugger")
    paused.wait()
session.dispatch_protocol_message(
    json.dumps({"id": 2, "method": "Runtime.evaluate", "params": {"expression": killer}}))
if HOW == "paused":
    print(type(call.exception(15)).__mro__[1].__name__)
else:
    assert context.eval("1").exception(15)
    print("IsolateDiedError")
print(lives.eval_sync("6 * 7"), isolate.is_disposed)
session.dispose()
other.dispose()
"""
    done = run_child(CHILD + f"HOW = {how!r}\n" + code, deadline_s=40)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "IsolateDiedError\n42 True\n", done.stderr


def test_isolates_come_and_go_with_sessions_open(run_child: Callable[..., Any]) -> None:
    code = """
for round in range(30):
    isolate = isolates.Isolate(memory_limit=16, inspector=True)
    context = isolate.create_context_sync(inspector=True)
    paused.clear()
    session = isolate.create_inspector_session(on_notification=on_notification)
    session.dispatch_protocol_message('{"id":1,"method":"Debugger.enable"}')
    isolate.start_cpu_profiler("p")
    call = context.eval("debugger; for (;;);")
    if round % 3:
        paused.wait()
    if round % 2:
        session.dispose()
    isolate.dispose()
    assert isinstance(call.exception(10), isolates.DisposedError), call.exception(10)
from isolates import _native
import time
while _native._live_isolates() > 1:
    time.sleep(0.001)
print("end")
"""
    done = run_child(
        CHILD + "session.dispose(); isolate.dispose()\n" + code.replace("> 1", "> 0"), deadline_s=25
    )
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr
