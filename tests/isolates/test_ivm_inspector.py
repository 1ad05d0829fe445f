"""Inspector sessions and CPU profiles, as JavaScript sees them."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import isolates

WAIT_S = 60.0

PRELUDE = """
const isolate = new ivm.Isolate({inspector: true});
const context = isolate.createContextSync({inspector: true});
const heard = [];
let wake = () => {};
let last = 0;
function openSession() {
  const session = isolate.createInspectorSession();
  session.onResponse = (id, text) => { heard.push({id, ...JSON.parse(text)}); wake() };
  session.onNotification = text => { heard.push(JSON.parse(text)); wake() };
  return session;
}
function send(session, method, params = {}) {
  session.dispatchProtocolMessage(JSON.stringify({id: ++last, method, params}));
  return last;
}
async function wait(wanted) {
  for (;;) {
    const index = heard.findIndex(message => message.id === wanted || message.method === wanted);
    if (index >= 0) return heard.splice(0, index + 1).pop();
    await new Promise(resolve => { wake = resolve });
  }
}
const ask = async (session, method, params) => (await wait(send(session, method, params))).result;
function message(call) { try { return call() } catch (error) { return `${error.name}: ${error.message}` } }
"""


@pytest.fixture
def program(isolate: isolates.Isolate) -> Iterator[isolates.Context]:
    """A context with the `ivm` object, an isolate to inspect, and helpers."""
    context = isolate.create_context_sync()
    context.global_.set_sync("ivm", isolates.isolated_vm())
    context.eval_sync(PRELUDE)
    yield context
    if isolate.is_disposed:
        return
    context.eval_sync("if (!isolate.isDisposed) isolate.dispose()")
    context.global_.release()
    context.release()


def run(program: isolates.Context, code: str) -> Any:
    return program.eval(f"(async () => {{ {code} }})()", promise=True, copy=True).result(WAIT_S)


def test_a_session_pauses_evaluates_and_resumes(program: isolates.Context) -> None:
    seen = run(
        program,
        """
        const session = openSession();
        await ask(session, "Debugger.enable");
        const call = context.eval("(function f(secret) { debugger; return secret + '!' })('s3')");
        const frame = (await wait("Debugger.paused")).params.callFrames[0];
        const value = await ask(session, "Debugger.evaluateOnCallFrame",
                                {callFrameId: frame.callFrameId, expression: "secret + ' \u263a'"});
        await ask(session, "Debugger.resume");
        session.dispose();
        return [frame.functionName, value.result.value, await call];
        """,
    )
    assert seen == ["f", "s3 \u263a", "s3!"]


def test_console_and_evaluate_without_a_context(program: isolates.Context) -> None:
    seen = run(
        program,
        """
        const session = openSession();
        await ask(session, "Runtime.enable");
        await context.eval("console.log('hi')");
        const logged = (await wait("Runtime.consoleAPICalled")).params.args[0].value;
        const value = (await ask(session, "Runtime.evaluate", {expression: "6 * 7"})).result.value;
        session.dispose();
        return [logged, value];
        """,
    )
    assert seen == ["hi", 42]


def test_what_is_refused(program: isolates.Context) -> None:
    seen = run(
        program,
        """
        const session = openSession();
        const plain = new ivm.Isolate();
        const all = [
          message(() => plain.createInspectorSession()),
          message(() => plain.createContextSync({inspector: true})),
          message(() => session.dispatchProtocolMessage(5)),
          message(() => new session.constructor()),
          message(() => context.evalClosureSync("return $0", [session])),
          message(() => session.dispose()),
          message(() => session.dispose()),
          message(() => session.dispatchProtocolMessage("{}")),
          message(() => isolate.startCpuProfiler()),
          await isolate.stopCpuProfiler("none").catch(error => error.message),
        ];
        plain.dispose();
        return all;
        """,
    )
    assert seen == [
        "Error: Inspector is not enabled for this isolate",
        "Error: Inspector is not enabled for this isolate",
        "TypeError: `InspectorSession.dispatchProtocolMessage` requires parameter 1 to be a string",
        "TypeError: `InspectorSession` constructor is private",
        "TypeError: A non-transferable value was passed",
        isolates.undefined,
        "Error: Session is dead",
        "Error: Session is dead",
        "TypeError: `Isolate.startCpuProfiler` requires parameter 1 to be a string",
        'No CPU profile with the title "none" is being taken',
    ]


def test_an_isolate_does_not_debug_itself(isolate: isolates.Isolate, program: isolates.Context) -> None:
    with isolates.Isolate(memory_limit=64, inspector=True) as own:
        inside = own.create_context_sync()
        inside.global_.set_sync("ivm", isolates.isolated_vm())
        inside.global_.set_sync("own", own)
        with pytest.raises(isolates.JSError, match=r"^An isolate is not debuggable from within itself$"):
            inside.eval_sync("own.createInspectorSession()")


def test_dispose_while_paused(program: isolates.Context) -> None:
    seen = run(
        program,
        """
        const session = openSession();
        await ask(session, "Debugger.enable");
        const call = context.eval("debugger").catch(error => error.message);
        await wait("Debugger.paused");
        isolate.dispose();
        const detached = (await wait("Inspector.detached")).params.reason;
        return [await call, detached, message(() => send(session, "Runtime.enable"))];
        """,
    )
    assert seen == ["Isolate was disposed during execution", "target_closed", "Error: Isolate is disposed"]


def test_the_debugging_isolate_may_go_first(isolate: isolates.Isolate, program: isolates.Context) -> None:
    program.eval_sync("var session = openSession(); send(session, 'Debugger.enable')")
    call = program.eval("context.eval('debugger; 1')", promise=True)
    isolate.dispose()
    assert isinstance(call.exception(WAIT_S), isolates.IsolatesError)


def test_profiles_have_a_part_for_each_activation(program: isolates.Context) -> None:
    parts = run(
        program,
        """
        isolate.startCpuProfiler("a title \u263a");
        const hot = "(function hot() { const end = Date.now() + 60; while (Date.now() < end); })()";
        await context.eval(hot);
        await context.eval(hot);
        return isolate.stopCpuProfiler("a title \u263a");
        """,
    )
    hits = [
        sum(n["hitCount"] for n in part["profile"]["nodes"] if n["callFrame"]["functionName"] == "hot")
        for part in parts
    ]
    assert len([count for count in hits if count >= 5]) == 2
    assert all(isinstance(part["threadId"], int) for part in parts)
    assert set(parts[0]["profile"]) == {"nodes", "startTime", "endTime", "samples", "timeDeltas"}


def test_a_callback_that_throws_is_told_to_the_owner(isolate: isolates.Isolate) -> None:
    told: queue.Queue[BaseException] = queue.Queue()
    with isolates.Isolate(memory_limit=64, on_unhandled_rejection=told.put) as owner:
        context = owner.create_context_sync()
        context.global_.set_sync("ivm", isolates.isolated_vm())
        context.eval_sync(PRELUDE)
        context.eval_sync(
            "const session = isolate.createInspectorSession();"
            "session.onResponse = () => { throw new RangeError('mine') };"
            "send(session, 'Runtime.enable')"
        )
        error = told.get(timeout=WAIT_S)
        assert isinstance(error, isolates.JSRangeError)
        context.eval_sync("isolate.dispose()")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory from Linux's /proc")
def test_what_is_said_to_a_busy_debugger_is_bounded(program: isolates.Context) -> None:
    def rss_mb() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    program.global_.set_sync("rss", isolates.Callback(rss_mb))
    grown, heard = run(
        program,
        """
        const session = openSession();
        await ask(session, "Runtime.enable");
        let count = 0;
        const all = new Promise(resolve => {
          session.onNotification = () => { if (++count === 250) resolve() };
        });
        const before = rss();
        const talk = context.eval(
          "const text = 'x'.repeat(1e6); for (let n = 0; n < 250; ++n) console.log(text)");
        let most = 0;
        for (const end = Date.now() + 2500; Date.now() < end;) most = Math.max(most, rss());
        await talk;
        await all;
        session.dispose();
        return [most - before, count];
        """,
    )
    assert (grown < 130, heard) == (True, 250)
