"""Asynchronous cells."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest


def number_of(run: Any) -> int:
    text = run._contents("display_data")[0]["data"]["text/plain"]
    return int(text.split()[1])


def listed(kernel: Any) -> str:
    return str(kernel.ok("%jobs")._contents("display_data")[0]["data"]["text/plain"])


def until(kernel: Any, request: str, text: str) -> str:
    """All that was shown for the request, once the text is among it."""

    def shown() -> str:
        contents = [message["content"] for message in kernel.late.get(request, [])]
        return "".join(
            content.get("text", content.get("data", {}).get("text/plain", "")) + "\n" for content in contents
        )

    deadline = time.monotonic() + 30
    while text not in shown():
        assert time.monotonic() < deadline, shown()
        kernel._keep(kernel.next_message())
    return shown()


def start(kernel: Any, code: str) -> tuple[str, int]:
    request = kernel.start(code)
    run = kernel.finish(request)
    assert run.reply["status"] == "ok"
    kernel.late.setdefault(request, [])[:0] = run.messages  # what a quick job has shown by then
    return request, number_of(run)


def test_a_job_comes_into_its_cell(kernel: Any) -> None:
    request, number = start(
        kernel,
        "%%isolate a -a\nconsole.log('begins'); await new Promise((r) => setTimeout(r, 50))\n"
        "console.log('ends'); 6 * 7",
    )
    kernel.ok("1")
    shown = until(kernel, request, f"Job {number} in a: done")
    assert shown.index("begins") < shown.index("ends") < shown.index("42")
    assert kernel.ok(f"%await {number}").result == "42"
    assert kernel.ok(f"%%python\nawait manager.jobs[{number}]").result == "42"


def test_the_error_of_a_job_is_told_in_its_cell(kernel: Any) -> None:
    request, number = start(kernel, "%%isolate a -a\n\nnull.x")
    shown = until(kernel, request, f"Job {number} in a: failed")
    assert "TypeError" in shown
    assert ":3:6" in shown
    run = kernel.fails(f"%await {number}")
    assert run.error["ename"] == "TypeError"
    assert kernel.fails(f"%%python\nawait manager.jobs[{number}]").error["ename"] == "JSTypeError"


def test_a_job_in_many(kernel: Any) -> None:
    request, number = start(kernel, "%%isolate a,b,c -a -o it\nconsole.log('x'); 'y'")
    shown = until(kernel, request, f"Job {number} in a, b, c: done")
    assert all(f"[stdout:{name}] x" in shown for name in "abc")
    assert "a: 'y'\nb: 'y'\nc: 'y'" in shown
    assert kernel.ok("%%python\nawait it").result == "{'a': 'y', 'b': 'y', 'c': 'y'}"


def test_cancel_ends_a_job_and_nothing_else(kernel: Any) -> None:
    kernel.ok("%%isolate a\nvar kept = 'kept'")
    _, number = start(kernel, "%%isolate a -a\nfor (;;);")
    _, other = start(kernel, "%%isolate b -a\nawait new Promise((r) => setTimeout(r, 200)); 'b'")
    _, behind = start(kernel, "%%isolate a -a\n'behind'")
    assert re.search(rf"^ *{number}  a +running ", listed(kernel), re.MULTILINE)
    assert kernel.ok(f"%cancel {number}").stdout == f"Job {number} is cancelled\n"
    assert kernel.ok(f"%cancel {number}").stdout == f"Job {number} had ended before: cancelled\n"
    assert kernel.ok("%%isolate a\nkept").result == "'kept'"
    assert kernel.ok(f"%await {other}").result == "'b'"
    assert kernel.ok(f"%await {behind}").result == "'behind'"
    assert kernel.fails(f"%await {number}").error["evalue"] == f"Job {number} was cancelled"


def test_the_stop_button_spares_jobs(kernel: Any) -> None:
    loop = "while (!enough) await new Promise((r) => setTimeout(r, 1)); 'enough'"
    _, number = start(kernel, f"%%isolate a -a\nvar enough = false; {loop}")
    for cell in ("%%isolate b,c\nconsole.log('go'); for (;;);", "%%isolate a\nconsole.log('go'); for (;;);"):
        request = kernel.start(cell)
        kernel.wait_for_text(request, "go")
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
        assert re.search(rf"^ *{number}  a +running ", listed(kernel), re.MULTILINE)
    request = kernel.start(f"%python print('go')\n%await {number}")
    kernel.wait_for_text(request, "go")  # an interrupt may overtake the cell's request
    kernel.control("interrupt_request")
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    kernel.ok("%%isolate a\nenough = true")
    assert kernel.ok(f"%await {number}").result == "'enough'"


def test_interrupt_by_name_ends_jobs_there(kernel: Any) -> None:
    _, first = start(kernel, "%%isolate a -a\nfor (;;);")
    _, second = start(kernel, "%%isolate b -a\nfor (;;);")
    kernel.ok("%interrupt a")
    assert kernel.fails(f"%await {first}").error["evalue"] == f"Job {first} was cancelled"
    assert kernel.ok(f"%%python\nmanager.jobs[{second}].state").result == "'running'"
    kernel.ok("%cancel")
    assert "No job runs." in kernel.ok("%cancel").stdout


def test_interrupt_reaches_a_job_that_has_not_begun(kernel: Any) -> None:
    kernel.ok("%%isolate early\n1")
    for _ in range(10):
        _, number = start(kernel, "%%isolate early -a\nfor (;;);")
        kernel.ok("%interrupt early")
        assert kernel.fails(f"%await {number}").error["evalue"] == f"Job {number} was cancelled"


@pytest.mark.parametrize("line", ["%interrupt coming*", "%interrupt", "%terminate coming[0:30]"])
def test_interrupt_reaches_isolates_that_a_job_has_not_made(kernel: Any, line: str) -> None:
    started = kernel.start("%%isolate coming[0:30] -a -o many\nfor (;;);")
    stopped = kernel.start(line)
    kernel.finish(started)
    run = kernel.finish(stopped)
    assert run.reply["status"] == "ok", run.traceback
    assert kernel.ok("%python many.wait(20), many.state").result == "(None, 'cancelled')"
    assert kernel.ok("%python {part.state for part in many.parts.values()}").result == "{'cancelled'}"
    kernel.run("%dispose coming*")


def test_dispose_reaches_isolates_that_a_job_has_not_made(kernel: Any) -> None:
    for _ in range(3):
        started = kernel.start("%%isolate coming[0:30] -a -o many\nfor (;;);")
        disposed = kernel.start("%dispose coming*")
        kernel.finish(started)
        run = kernel.finish(disposed)
        assert run.stdout == "Disposed: coming0, coming1, coming2, coming3, coming4 and 25 more\n"
        kernel.ok("%python many.wait(20)")
        assert kernel.ok("%python [name for name in manager if 'coming' in name]").result == "[]"


def test_a_hundred_jobs_at_a_time(kernel: Any) -> None:
    numbers = []
    for index in range(100):
        _, number = start(
            kernel,
            f"%%isolate h{index} -a\nlet n = 0; for (let i = 0; i < 1e6; i++) n += i; await 1; n + {index}",
        )
        numbers.append(number)
    assert kernel.ok("2 + 2").result == "4"
    got = kernel.ok(f"%%python\n[await manager.jobs[n] for n in {numbers}]").result
    assert got is not None
    assert "499999500000" in got
    assert "499999500099" in got
    kernel.ok("%%python\nfor index in range(100): manager.get(f'h{index}').isolate.dispose()")


def test_a_loop_in_more_isolates_than_threads_leaves_the_others_working(kernel: Any) -> None:
    start(kernel, "%%isolate loop[0:8] -a\nfor (;;);")
    assert kernel.ok("%%isolate other\n1 + 1").result == "2"
    assert kernel.ok("3").result == "3"
    kernel.ok("%cancel")


def test_values_wait_in_their_isolate(kernel: Any) -> None:
    start(kernel, "%%isolate a -a -o f\n((x) => x + 1)")
    assert kernel.ok("%%python\n(await f)(41)").result == "42"
    start(kernel, "%%isolate a -a -o s\nSymbol('s')")
    assert "Reference" in kernel.ok("%%python\nrepr(await s)").result
    start(kernel, "%%isolate a -a -o u\nundefined")
    assert kernel.ok("%%python\nawait u").result == "undefined"


def test_waiting_with_a_limit(kernel: Any) -> None:
    start(kernel, "%%isolate a -a -o slow\nawait new Promise(() => {})")
    assert kernel.fails("%%python\nslow.result(timeout=0.1)").error["ename"] == "TimeoutError"
    assert (
        kernel.ok("%%python\nslow.cancel(), slow.wait(), slow.cancel(), slow.state").result
        == "(True, None, False, 'cancelled')"
    )


def test_jobs_that_are_forgotten_keep_nothing_alive(kernel: Any) -> None:
    held = "%%python\nmanager.get('forgetful').isolate.reference_count"
    for index in range(130):
        kernel.ok(f"%%isolate forgetful -a -o last\nconsole.log({index}); ({{index: {index}}})")
    for _ in range(3):
        kernel.ok("%%isolate forgetful,other -a -o last\nconsole.log('x'); ({})")
    kernel.ok("%%python\nlast.wait(); import gc; gc.collect()")
    assert int(str(kernel.ok(held).result)) < 110
    for _ in range(110):
        kernel.ok("%%isolate other -a -o last\n1")
    kernel.ok("%%python\nlast.wait(); import gc; gc.collect()")
    assert int(str(kernel.ok(held).result)) < 10


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%await 12345", "there is no job 12345"),
        ("%await", "JOB"),
        ("%await three", "'three'"),
        ("%await on 3", "on and off stand alone"),
        ("%cancel 12345", "there is no job 12345"),
        ("%cancel -1", "-1"),
        ("%cancel 99999999999999999999", "'99999999999999999999'"),
        ("%jobs 3", "3"),
    ],
)
def test_bad_input(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(line)
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]
