"""Ctrl-C on the main thread ends the call as KeyboardInterrupt; the isolate lives on."""

from __future__ import annotations

from typing import Any

import pytest

# `inside` is set by JavaScript when it runs; then `press` sends the signal, as a terminal would.
PRELUDE = """
import os, signal, threading, time
import isolates

def press_when(event, delay=0.0):
    def press():
        assert event.wait(20)
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=press, daemon=True).start()

def interrupted(call):
    try:
        call()
    except KeyboardInterrupt:
        return True
    return False

inside = threading.Event()
isolate = isolates.Isolate(memory_limit=64)
context = isolate.create_context_sync()
context.eval_closure_sync("globalThis.enter = $0; globalThis.seen = []", [inside.set])
"""

EPILOGUE = """
assert not isolate.is_disposed
assert context.eval_sync("6 * 7") == 42
assert context.eval("6 * 7").result(20) == 42
assert context.eval_sync("6 * 7", timeout=20) == 42
isolate.dispose()
print("end")
"""

PROGRAMS = {
    "eval_sync": """
        press_when(inside)
        assert interrupted(lambda: context.eval_sync(
            "enter(); try { for (;;); } catch { seen.push(1) } finally { seen.push(2) }"))
        assert context.eval_sync("seen.length") == 0
    """,
    "eval_sync a while later": """
        press_when(inside, delay=0.3)
        assert interrupted(lambda: context.eval_sync("enter(); for (;;);"))
    """,
    "eval_sync with a timeout": """
        press_when(inside)
        assert interrupted(lambda: context.eval_sync("enter(); for (;;);", timeout=20))
    """,
    "microtasks": """
        press_when(inside)
        assert interrupted(lambda: context.eval_sync("enter(); (async () => { for (;;) await null })()"))
    """,
    "regexp": """
        press_when(inside)
        assert interrupted(lambda: context.eval_sync("enter(); /(a+)+b/.test('a'.repeat(60))"))
    """,
    "a promise that does not settle": """
        press_when(inside)
        assert interrupted(lambda: context.eval_sync(
            "enter(); new Promise(resolve => { globalThis.settle = resolve })", promise=True))
        context.eval_sync("settle()")
    """,
    "waiting for a busy isolate": """
        gate = threading.Event()
        held = context.eval_closure("enter(); $0()", [lambda: gate.wait(20) and None])
        assert inside.wait(20)
        press_when(inside, delay=0.1)
        assert interrupted(lambda: context.eval_sync("1"))
        gate.set()
        assert held.exception(20) is None
    """,
    "waiting for a busy isolate, with a timeout": """
        gate = threading.Event()
        held = context.eval_closure("enter(); $0()", [lambda: gate.wait(20) and None])
        assert inside.wait(20)
        press_when(inside, delay=0.1)
        assert interrupted(lambda: context.eval_sync("seen.push('ran')", timeout=20))
        gate.set()
        assert held.exception(20) is None
        assert context.eval("seen.length").result(20) == 0
    """,
    "waiting for a future": """
        call = context.eval("enter(); for (;;);")
        press_when(inside, delay=0.1)
        assert interrupted(lambda: call.result(20))
        assert not call.done()
        call.cancel()
    """,
    "a callback": """
        press_when(inside)
        def sleep():
            inside.set()
            time.sleep(20)
        assert interrupted(lambda: context.eval_closure_sync(
            "try { $0() } catch { seen.push(1) } finally { seen.push(2) } for (;;);", [sleep]))
        assert context.eval_sync("seen.length") == 0
    """,
    "a callback that raises it itself": """
        def interrupt():
            raise KeyboardInterrupt
        for _ in range(3):
            assert interrupted(lambda: context.eval_closure_sync(
                "try { $0() } catch { seen.push(1) } finally { seen.push(2) } for (;;);", [interrupt]))
        assert context.eval_sync("seen.length") == 0
    """,
    "a callback that raises SystemExit": """
        def leave():
            raise SystemExit(7)
        try:
            context.eval_closure_sync("try { $0() } catch {} for (;;);", [leave])
        except SystemExit as error:
            assert error.code == 7
        else:
            assert False
    """,
    "a nested run in another isolate": """
        other = isolates.Isolate(memory_limit=16)
        inner = other.create_context_sync()
        press_when(inside)
        assert interrupted(lambda: context.eval_closure_sync(
            "$0(); seen.push(1)", [lambda: inner.eval_closure_sync("$0(); for (;;);", [inside.set])]))
        assert inner.eval_sync("1") == 1
        assert context.eval_sync("seen.length") == 0
        other.dispose()
    """,
    "after a nested run": """
        assert context.eval_closure_sync("return $0()", [lambda: context.eval_sync("1")]) == 1
        press_when(inside)
        assert interrupted(lambda: context.eval_sync("enter(); for (;;);"))
    """,
    "a handler that does not raise": """
        signals = []
        def handle(number, frame):
            signals.append(number)
            context.eval_ignored("1")
            isolate.terminate()
        signal.signal(signal.SIGINT, handle)
        press_when(inside)
        try:
            context.eval_sync("enter(); for (;;);")
        except isolates.TerminatedError:
            pass
        else:
            assert False
        assert signals == [signal.SIGINT]
    """,
    "a handler that raises something else": """
        def handle(number, frame):
            raise LookupError("mine")
        signal.signal(signal.SIGINT, handle)
        press_when(inside)
        try:
            context.eval_sync("enter(); for (;;);")
        except LookupError as error:
            assert str(error) == "mine"
        else:
            assert False
    """,
    "an event loop": """
        import asyncio
        async def main():
            await context.eval("enter(); for (;;);")
        press_when(inside, delay=0.1)
        assert interrupted(lambda: asyncio.run(main()))
    """,
    "many in a row": """
        for _ in range(5):
            inside.clear()
            press_when(inside)
            assert interrupted(lambda: context.eval_sync("enter(); for (;;);"))
            assert context.eval_sync("6 * 7") == 42
    """,
    "another thread's call is not hit": """
        results = []
        stop = threading.Event()
        other = isolates.Isolate(memory_limit=16)
        asked = other.create_context_sync()
        def ask():
            while not stop.is_set():
                results.append(asked.eval_sync("6 * 7"))
        asking = threading.Thread(target=ask)
        asking.start()
        press_when(inside, delay=0.1)
        assert interrupted(lambda: context.eval_sync("enter(); for (;;);"))
        stop.set()
        asking.join(20)
        assert set(results) == {42}
        other.dispose()
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=[name.replace(" ", "_") for name in PROGRAMS])
def test_interrupt(run_child: Any, program: str) -> None:
    lines = [line.removeprefix(" " * 8) for line in program.splitlines()]
    child = run_child(PRELUDE + "\n".join(lines) + EPILOGUE)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr
