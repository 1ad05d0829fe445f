"""Much output: all of it arrives, and what can't be sent yet is not collected for ever."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from isolates.kernel.output import Output

LINES = 100_000


def memory_mb(kernel: Any) -> float:
    status = Path(f"/proc/{kernel.manager.provisioner.pid}/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def test_a_hundred_thousand_lines_arrive_in_order(kernel: Any) -> None:
    run = kernel.ok(f"for (let i = 0; i < {LINES}; i++) console.log(`line ${{i}}`)")
    assert run.stdout == "".join(f"line {i}\n" for i in range(LINES))


def test_one_line_of_ten_megabytes_arrives(kernel: Any) -> None:
    run = kernel.ok("console.log('é'.repeat(1e7)); console.log('end')")
    assert run.stdout == "é" * 10_000_000 + "\nend\n"
    assert max(len(message["content"]["text"]) for message in run.messages) <= 1 << 20


def test_what_comes_after_much_at_once_is_sent_too(kernel: Any) -> None:
    request = kernel.start(
        "console.log('x'.repeat(1e7));\n"
        "setTimeout(() => console.log('late'), 500);\n"
        "await new Promise(r => setTimeout(r, 200));\n"
        "console.log('later')"
    )
    kernel.finish(request)
    kernel.wait_for_text(request, "late\n")


def test_a_client_that_reads_slowly_misses_nothing(own_kernel: Any) -> None:
    # Thousands of messages, as the streams take turns while the cell waits: more than ZeroMQ keeps.
    request = own_kernel.start(
        "const line = 'x'.repeat(1999);\n"
        "for (let i = 0; i < 20000; i++) {\n"
        "  console.log(line);\n"
        "  console.error(i);\n"
        "  if (i % 5 === 0) await new Promise(r => setTimeout(r));\n"
        "}\n"
        "'the end'"
    )
    time.sleep(3)  # the client that sleeps is what is tested
    run = own_kernel.finish(request)
    assert run.result == "'the end'"
    assert run.stderr == "".join(f"{i}\n" for i in range(20000))
    assert len(run.stdout) == 2000 * 20000


@pytest.mark.parametrize(
    "statement", ["console.log('x'.repeat(100))", "display.bundle({['x'.repeat(1e5)]: 'no MIME type'})"]
)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_endless_loop_that_prints_stays_small_and_can_be_interrupted(
    own_kernel: Any, statement: str
) -> None:
    own_kernel.ok("1")
    before = memory_mb(own_kernel)
    request = own_kernel.start(f"for (;;) {statement}")
    highest, until = 0.0, time.monotonic() + 4
    while time.monotonic() < until:  # nobody reads
        time.sleep(0.2)
        highest = max(highest, memory_mb(own_kernel))
    assert highest - before < 200
    began = time.monotonic()
    own_kernel.interrupt()
    reply = own_kernel.reply(request)
    assert reply["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - began < 2
    while own_kernel.next_message()["content"].get("execution_state") != "idle":
        pass
    assert own_kernel.ok("6 * 7").result == "42"


def test_ten_thousand_displays_at_once_arrive(own_kernel: Any) -> None:
    run = own_kernel.ok("for (let i = 0; i < 10000; i++) display(i)")
    shown = [message["content"]["data"]["text/plain"] for message in run.messages]
    assert shown == [str(i) for i in range(10000)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    "code",
    [
        "for (;;) display(1)",
        "for (let i = 0; ; i++) display.json({['k'.repeat(1e5) + i]: i})",
        "const text = 'x'.repeat(1e6); setInterval(() => { throw text }, 1); for (;;) {"
        " for (let i = 0; i < 100; i++) Promise.reject(text); await new Promise(r => setTimeout(r)) }",
    ],
)
def test_an_endless_loop_that_is_heard_stays_small_and_can_be_interrupted(own_kernel: Any, code: str) -> None:
    own_kernel.ok("1")
    before = memory_mb(own_kernel)
    request = own_kernel.start(f"%%isolate a\n{code}")
    highest, until = 0.0, time.monotonic() + 4
    while time.monotonic() < until:  # nobody reads
        time.sleep(0.2)
        highest = max(highest, memory_mb(own_kernel))
    assert highest - before < 300
    own_kernel.interrupt()
    assert own_kernel.reply(request)["ename"] == "KeyboardInterrupt"
    while own_kernel.next_message()["content"].get("execution_state") != "idle":
        pass
    assert own_kernel.ok("6 * 7").result == "42"


def test_a_signal_may_come_while_output_is_sent() -> None:
    """Its handler releases who waits for room, on the thread that sends."""
    sent = []

    class Session:
        def send(self, socket: object, kind: str, *_: object, **__: object) -> None:
            output.release()
            sent.append(kind)

    class Thread:
        def schedule(self, event: object) -> None:
            pass

    output = Output(cast("Any", Session()), cast("Any", Thread()))
    output.write({}, "stdout", "text")
    thread = threading.Thread(target=output.flush, daemon=True)
    thread.start()
    thread.join(10)
    assert sent == ["stream"]
