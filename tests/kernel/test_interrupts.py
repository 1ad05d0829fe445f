"""The stop button."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from isolates.kernel.runner import CellRunner

CUSTOM = "[Symbol.for('nodejs.util.inspect.custom')]"
LOOPS = {
    "a loop": "console.log('go'); for (;;);",
    "a promise that never settles": "console.log('go'); await new Promise(() => {})",
    "a loop of jobs": "console.log('go'); const spin = () => Promise.resolve().then(spin); await spin()",
    "a loop after an await": "console.log('go'); await 1; for (;;);",
    "a loop in a named isolate": "%%isolate spinning\nconsole.log('go'); for (;;);",
    "a loop with a timeout": "%%isolate spinning --timeout 60\nconsole.log('go'); for (;;);",
    "a loop while the result is shown": f"console.log('go'); ({{{CUSTOM}() {{ for (;;); }}}})",
    "a loop that catches": "console.log('go'); for (;;) { try { for (;;); } catch {} }",
}


def interrupted(kernel: Any, request: str) -> Any:
    before = time.monotonic()
    kernel.interrupt()
    run = kernel.finish(request)
    assert time.monotonic() - before < 2
    assert run.error is not None
    assert run.error["ename"] == "KeyboardInterrupt"
    return run


@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS.keys())
def test_an_interrupt_stops_and_keeps_the_state(kernel: Any, code: str) -> None:
    kernel.ok("var kept = 'kept'")
    request = kernel.start(code)
    kernel.wait_for_text(request, "go")
    interrupted(kernel, request)
    assert kernel.ok("kept").result == "'kept'"


NATIVE_LOOP = "Array.prototype.indexOf.call({ length: 2 ** 53 }, 1)"  # V8 never looks whether it shall stop


@pytest.mark.parametrize("magic", ["", "%%isolate spinning\n"], ids=["main", "a named isolate"])
def test_a_native_loop_that_never_looks_is_given_up(kernel: Any, magic: str) -> None:
    """The interrupt ends the cell at once. A cell that comes too early is told of it, the next is fine."""
    request = kernel.start(f"{magic}console.log('go'); {NATIVE_LOOP}")
    kernel.wait_for_text(request, "go")
    interrupted(kernel, request)
    kernel.ok("%%isolate other\n6 * 7")
    told = kernel.run(f"{magic}1 + 1")
    assert told.error is not None
    assert told.error["ename"] == "UnresponsiveError"
    assert "gets a new one" in told.error["evalue"]
    again = kernel.ok(f"{magic}1 + 1")
    assert again.result == "2"
    assert "is a new one" in again.stderr


def test_a_native_loop_with_a_timeout_is_given_up(kernel: Any) -> None:
    run = kernel.run(f"%%isolate spinning --timeout 0.2\n{NATIVE_LOOP}")
    assert run.error is not None
    assert run.error["ename"] == "ScriptTimeoutError"
    assert kernel.run("%%isolate spinning\n1").error is not None
    assert kernel.ok("%%isolate spinning\n1 + 1").result == "2"


def test_a_second_interrupt_works_too(kernel: Any) -> None:
    for _ in range(3):
        request = kernel.start("console.log('go'); for (;;);")
        kernel.wait_for_text(request, "go")
        interrupted(kernel, request)


def test_an_interrupt_while_idle_does_nothing(kernel: Any) -> None:
    kernel.ok("var still = 1")
    kernel.interrupt()
    kernel.interrupt()
    assert (
        kernel.ok("let sum = 0; for (let i = 0; i < 1e6; i++) sum += i; [still, sum]").result
        == "[ 1, 499999500000 ]"
    )


def test_an_interrupted_cell_does_not_go_on(kernel: Any) -> None:
    request = kernel.start(
        "var after = 0; console.log('go'); await new Promise(r => setTimeout(r, 300)); after = 1"
    )
    kernel.wait_for_text(request, "go")
    interrupted(kernel, request)
    kernel.ok("await new Promise(r => setTimeout(r, 400))")
    assert kernel.ok("after").result == "0"


def test_timers_of_other_cells_survive_an_interrupt(kernel: Any) -> None:
    kernel.ok("var ticks = 0; var ticker = setInterval(() => ticks++, 5)")
    request = kernel.start("console.log('go'); await new Promise(() => {})")
    kernel.wait_for_text(request, "go")
    interrupted(kernel, request)
    assert kernel.ok("ticks = 0; await new Promise(r => setTimeout(r, 60)); ticks > 1").result == "true"
    kernel.ok("clearInterval(ticker)")


def test_isolates_that_a_program_has_made_are_stopped_too(kernel: Any) -> None:
    kernel.ok(
        "var {Callback, Isolate} = require('isolated-vm'); var made = new Isolate().createContextSync()"
    )
    kernel.ok("made.global.setSync('log', new Callback(() => console.log('go')))")
    for code in ("await made.eval('log(); for (;;);')", "made.evalSync('log(); for (;;);')"):
        request = kernel.start(code)
        kernel.wait_for_text(request, "go")
        interrupted(kernel, request)
        assert kernel.ok("made.evalSync('6 * 7')").result == "42"


def test_a_timer_that_loops_can_be_interrupted(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => { console.log('go'); for (;;); }, 200)")
    kernel.finish(request)
    kernel.wait_for_text(request, "go")
    kernel.interrupt()
    assert kernel.ok("'free'").result == "'free'"


def test_a_sigint_interrupts_too(kernel: Any) -> None:
    request = kernel.start("console.log('go'); for (;;);")
    kernel.wait_for_text(request, "go")
    os.kill(kernel.manager.provisioner.pid, signal.SIGINT)
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"


def test_a_shutdown_during_a_loop_ends_the_process(own_kernel: Any) -> None:
    request = own_kernel.start("console.log('go'); for (;;);")
    own_kernel.wait_for_text(request, "go")
    before = time.monotonic()
    own_kernel.client.stop_channels()
    own_kernel.manager.shutdown_kernel(now=False)
    assert time.monotonic() - before < 4
    assert not own_kernel.manager.is_alive()


def test_a_restart_starts_empty(own_kernel: Any) -> None:
    own_kernel.ok("var old = 1")
    own_kernel.manager.restart_kernel(now=False)
    own_kernel.client.wait_for_ready(timeout=30)
    assert own_kernel.ok("typeof old").result == "'undefined'"


def test_one_isolate_can_be_interrupted_while_a_cell_runs(kernel: Any) -> None:
    """No frontend can send a cell on the shell channel then; the control channel takes it."""
    kernel.ok("%%isolate second\nvar kept = 1")
    for code in ("console.log('go'); for (;;);", "console.log('go'); await new Promise(() => {})"):
        for call in ("%interrupt first", "%python manager.interrupt('first')", "%python first.interrupt()"):
            request = kernel.start(f"%%isolate first\n{code}")
            kernel.wait_for_text(request, "go")
            run_on_control(kernel, "%interrupt second main")
            assert kernel.client.shell_channel.msg_ready() is False
            run_on_control(kernel, call)
            assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"


def test_a_subshell_can_interrupt_too(kernel: Any) -> None:
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    request = kernel.start("%%isolate first\nconsole.log('go'); for (;;);")
    kernel.wait_for_text(request, "go")
    message = kernel.client.session.msg("execute_request", execute_content("%interrupt first"))
    message["header"]["subshell_id"] = subshell
    kernel.client.shell_channel.send(message)
    replies = {}
    while len(replies) < 2:
        reply = kernel.client.get_shell_msg(timeout=30)
        replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert replies == {request: "error", message["header"]["msg_id"]: "ok"}
    kernel.control("delete_subshell_request", {"subshell_id": subshell})


def test_an_unknown_isolate_is_named(kernel: Any) -> None:
    run = kernel.fails("%interrupt main nowhere")
    assert "'nowhere'" in run.error["evalue"]
    assert "main" in run.error["evalue"]


def execute_content(code: str) -> dict[str, Any]:
    return {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
    }


def run_on_control(kernel: Any, code: str) -> None:
    assert kernel.control("execute_request", execute_content(code))["status"] == "ok"


def test_a_cell_that_begins_while_others_are_stopped_is_not_meant() -> None:
    """Its client has heard of the end of the first one it stopped, while it was still stopping the rest."""

    class Task:
        is_cancelled = False

        def cancel(self) -> None:
            self.is_cancelled = True

    class Loop:
        def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
            call()

    loop, meant, late = Loop(), Task(), Task()
    tasks = {(loop, meant)}
    runner = SimpleNamespace(
        _tasks=tasks,
        isolates=SimpleNamespace(interrupt_foreground=lambda: tasks.add((loop, late)), living=list),
        modules=SimpleNamespace(tools=SimpleNamespace(isolates=list)),
        _release=lambda: None,
        _python_calls=SimpleNamespace(interrupt=lambda: None),
    )
    CellRunner.interrupt(cast("CellRunner", runner))
    assert (meant.is_cancelled, late.is_cancelled) == (True, False)
