"""Events, signals that abort, and the errors of the web, in cells."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.kernel.test_hostile_code import CLEAR, POLLUTE

PRIVILEGED_AND_NOT = pytest.mark.parametrize("where", ["", "%%isolate plain\n"])


@PRIVILEGED_AND_NOT
def test_signals_and_events_are_shown_as_by_node(kernel: Any, where: str) -> None:
    shown = "AbortController { signal: AbortSignal { aborted: false } }"
    assert kernel.ok(f"{where}new AbortController()").result == shown
    assert kernel.ok(f"{where}new EventTarget()").result == "EventTarget {}"
    event = kernel.ok(f"{where}new Event('x', {{cancelable: true}})").result
    expected = r"Event { type: 'x', defaultPrevented: false, cancelable: true, timeStamp: [\d.]+ }"
    assert re.fullmatch(expected, " ".join(event.split()))  # one line, if the time has few digits
    shown = kernel.ok(f"{where}new DOMException('no', 'AbortError')").result
    assert shown.split("\n")[0] == "DOMException [AbortError]: no"


@PRIVILEGED_AND_NOT
@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        ("throw new DOMException('no', 'NotFoundError')", "NotFoundError", "no"),
        ("structuredClone(() => 1)", "DataCloneError", "() => 1 could not be cloned."),
        ("btoa('\\u20ac')", "InvalidCharacterError", "Invalid character"),
        ("AbortSignal.abort().throwIfAborted()", "AbortError", "This operation was aborted"),
        ("AbortSignal.abort(7).throwIfAborted()", "", "7"),
    ],
)
def test_errors_of_the_web_are_told_by_their_names(
    kernel: Any, where: str, code: str, name: str, text: str
) -> None:
    error = kernel.fails(where + code).error
    assert text in error["evalue"]
    assert name in error["ename"]


@PRIVILEGED_AND_NOT
def test_a_signal_times_out_and_ends_a_wait(kernel: Any, where: str) -> None:
    code = """
    import {setTimeout as wait} from 'timers/promises';
    const error = await wait(1e6, 1, {signal: AbortSignal.timeout(5)}).catch((error) => error);
    [error.name, error.cause instanceof DOMException, error.cause.name]
    """
    assert kernel.ok(where + code).result == "[ 'AbortError', true, 'TimeoutError' ]"


@pytest.mark.parametrize(
    ("code", "marked"),
    [
        ("const s = AbortSignal.timeout(1); await wait(20);\ns.throwIfAborted()", "s.throwIfAborted()"),
        (
            "const s = AbortSignal.any([AbortSignal.timeout(1)]); await wait(20);\n"
            "const f = () => {\n  s.throwIfAborted() }\nf()",
            "  s.throwIfAborted() }",
        ),
        (
            "const s = AbortSignal.timeout(1); await wait(20); Object.freeze(s.reason);\ns.throwIfAborted()",
            "const s = AbortSignal.timeout(1);",
        ),
        (
            "const s = AbortSignal.timeout(1);\n"
            "await new Promise((_, reject) => s.addEventListener('abort', () => reject(s.reason)))",
            "const s = AbortSignal.timeout(1);",
        ),
        (
            "import {setTimeout as later} from 'timers/promises';\n"
            "await later(1e6, 1, {signal: AbortSignal.timeout(1)})",
            "await later(1e6, 1, {signal: AbortSignal.timeout(1)})",
        ),
    ],
)
def test_a_timeout_has_a_place(kernel: Any, code: str, marked: str) -> None:
    wait = "const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));\n"
    lines = kernel.fails(wait + code).traceback.split("\n")
    assert re.fullmatch(r"In \[\d+\]:\d:\d+", lines[1])
    assert lines[2].startswith(f"  {marked}")


@PRIVILEGED_AND_NOT
def test_what_a_listener_throws_is_told_and_stops_nobody(kernel: Any, where: str) -> None:
    run = kernel.ok(
        f"{where}var target = new EventTarget();"
        "target.addEventListener('x', () => { throw new TypeError('of a listener') });"
        "target.addEventListener('x', () => console.log('the next'));"
        "const result = target.dispatchEvent(new Event('x'));"
        "await new Promise((resolve) => setTimeout(resolve, 20)); result"
    )
    assert (run.stdout.endswith("the next\n"), run.result) == (True, "true")
    assert "of a listener" in run.stderr


def test_signals_belong_to_the_cell_that_made_them(kernel: Any) -> None:
    code = "AbortSignal.timeout(30).onabort = function () { console.log('of', this.reason.name) }; 0"
    request = kernel.start(code)
    kernel.finish(request)
    assert kernel.ok("await new Promise((resolve) => setTimeout(resolve, 60))").stdout == ""
    assert kernel.wait_for_text(request, "of") == "of TimeoutError\n"


@pytest.mark.parametrize("attack", [POLLUTE, CLEAR])
def test_events_and_signals_survive_an_attack(own_kernel: Any, attack: str) -> None:
    own_kernel.ok(
        "%%isolate odd\nvar {AbortController: Controller, AbortSignal: Signal} = globalThis;"
        "var {Event: E, EventTarget: Target, DOMException: Exception, structuredClone: clone} = globalThis;"
    )
    own_kernel.ok(f"%%isolate odd\n{attack}")
    code = """%%isolate odd
    var heard = '', target = new Target(), controller = new Controller();
    target.addEventListener('x', (event) => { heard += event.type; }, {signal: controller.signal});
    Signal.any([controller.signal]).onabort = () => { heard += 'abort'; };
    target.dispatchEvent(new E('x')); controller.abort(); target.dispatchEvent(new E('x'));
    try { clone(() => 1); } catch (error) { heard += error.code; }
    try { new Exception('m', 'AbortError').code; } catch { heard += 'none'; }
    heard"""
    if attack is POLLUTE:  # which leaves no iterators of arrays
        code = code.replace("Signal.any([controller.signal])", "controller.signal")
    assert own_kernel.ok(code).result == "'xabort25'"
