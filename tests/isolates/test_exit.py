"""The interpreter ends while there is JavaScript: at once, with its own exit code, without a crash."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

PRELUDE = """
import os, sys, threading, time
import isolates

inside = threading.Event()
isolate = isolates.Isolate(memory_limit=64)
context = isolate.create_context_sync()
context.eval_closure_sync("globalThis.enter = $0", [inside.set])

def spin():
    inside.set()
    while True:
        time.sleep(0.0001)

"""

PROGRAMS = {
    "nothing runs": "",
    "a pool thread runs": """
        context.eval_ignored("enter(); for (;;);")
        assert inside.wait(20)
    """,
    "all pool threads run": """
        others = [isolates.Isolate(memory_limit=16) for _ in range(8)]
        for other in others:
            other.create_context_sync().eval_ignored("for (;;);")
        context.eval_ignored("for (;;);")
        time.sleep(0.2)
    """,
    "a daemon thread runs": """
        threading.Thread(target=lambda: context.eval_sync("enter(); for (;;);"), daemon=True).start()
        assert inside.wait(20)
    """,
    "a daemon thread waits for the isolate": """
        context.eval_ignored("enter(); for (;;);")
        assert inside.wait(20)
        threading.Thread(target=lambda: context.eval_sync("1"), daemon=True).start()
        threading.Thread(target=lambda: context.eval_sync("1", timeout=20), daemon=True).start()
        time.sleep(0.2)
    """,
    "a daemon thread in a loop of calls": """
        def work():
            while True:
                context.eval_sync("1")
                context.eval_closure_sync("$0()", [lambda: None])
                context.eval("1").result(20)
        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3)
    """,
    "pending futures": """
        calls = [context.eval("for (;;);")] + [context.eval("1") for _ in range(100)]
        promise = isolate.create_context().result  # a bound method of a future
        for call in calls:
            call.add_done_callback(lambda call: None)
    """,
    "a promise that does not settle": """
        call = context.eval("new Promise(resolve => { globalThis.settle = resolve })", promise=True)
    """,
    "a pool thread is in a callback": """
        call = context.eval_closure("$0()", [lambda: (inside.set(), time.sleep(60))])
        assert inside.wait(20)
    """,
    "a pool thread calls back all the time": """
        call = context.eval_closure("for (;;) $0()", [lambda: inside.set()])
        assert inside.wait(20)
    """,
    "a callback loops in Python on a pool thread": """
        call = context.eval_closure("$0()", [lambda: spin()])
        assert inside.wait(20)
    """,
    "an ignored callback loops in Python": """
        context.eval_closure_sync("$0()", [isolates.Callback(spin, mode="ignored")])
        assert inside.wait(20)
    """,
    "a callback loops in Python on a daemon thread": """
        threading.Thread(target=lambda: context.eval_closure_sync("$0()", [spin]), daemon=True).start()
        assert inside.wait(20)
    """,
    "coroutine functions are called all the time": """
        import asyncio
        async def slow():
            inside.set()
            await asyncio.sleep(1e6)
        context.eval_closure_sync("for (let k = 0; k < 20000; k++) $0()", [slow])
        assert inside.wait(20)
    """,
    "a native loop that never looks": """
        call = context.eval("enter(); Array.prototype.indexOf.call({ length: 2 ** 53 }, 1)")
        assert inside.wait(20)
    """,
    "timers and tasks of V8": """
        context.eval_sync("const cell = new Int32Array(new SharedArrayBuffer(4))")
        call = context.eval("Atomics.waitAsync(cell, 0, 0, 60000).value", promise=True)
        module = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"
        other = context.eval(f"WebAssembly.instantiate({module})", promise=True)
    """,
    "a timeout is under way": """
        call = context.eval("enter(); for (;;);", timeout=60)
        assert inside.wait(20)
    """,
    "isolates that were not disposed": """
        many = [isolates.Isolate(memory_limit=16) for _ in range(20)]
        kept = [one.create_context_sync() for one in many]
        references = [one.eval_sync("({})", reference=True) for one in kept]
    """,
    "an isolate in a cycle with its own callback": """
        context.eval_closure_sync("globalThis.self = $0", [lambda: context.eval_sync("1")])
        isolate = context = None
    """,
    "a module that holds an isolate": """
        import types
        sys.modules["holder"] = types.ModuleType("holder")
        sys.modules["holder"].context = context
        sys.modules["holder"].call = context.eval("for (;;);")
    """,
    "calls at exit": """
        import atexit
        def late():
            try:
                context.eval_ignored("1")
                context.eval("1")
            except Exception:
                pass
        atexit.register(late)
    """,
    "an isolate that died": """
        try:
            context.eval_sync("'x'.padEnd(5e8).split('')")
        except isolates.IsolateDiedError:
            pass
    """,
    "a lost isolate": """
        try:
            context.eval_sync("Array.prototype.indexOf.call({ length: 2 ** 53 }, 1)", timeout=0.05)
        except isolates.UnresponsiveError:
            pass
    """,
    "an event loop that was left": """
        import asyncio
        async def main():
            asyncio.ensure_future(asyncio.wrap_future(context.eval("enter(); for (;;);")))
            await asyncio.to_thread(inside.wait, 20)
        asyncio.run(main())
    """,
}

END = """
print("end", flush=True)
sys.exit(3)
"""


def program_of(name: str) -> str:
    return PRELUDE + "\n".join(line.removeprefix(" " * 8) for line in PROGRAMS[name].splitlines()) + END


@pytest.mark.parametrize("name", PROGRAMS, ids=[name.replace(" ", "_") for name in PROGRAMS])
def test_exit_while(name: str) -> None:
    """The three seconds that an exit may take are measured from the last line of the program."""
    command = [sys.executable, "-X", "faulthandler", "-c", program_of(name)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stderr
        try:
            assert child.stdout.readline() == "end\n", child.stderr.read()
            start = time.monotonic()
            _, errors = child.communicate(timeout=20)
            took = time.monotonic() - start
        finally:
            child.kill()
    assert child.returncode == 3, errors
    assert took < 3 + 3, errors  # the second three are for a machine that others use too
    assert "Fatal Python error" not in errors
    assert "Traceback" not in errors


def test_exit_with_an_isolate_that_was_not_disposed_warns(run_child: Any) -> None:
    program = "import isolates; isolate = isolates.Isolate(); isolate.create_context_sync()"
    assert run_child(program).stderr == ""
    warned = run_child(program, PYTHONWARNINGS="default")
    assert warned.returncode == 0
    assert "ResourceWarning: an Isolate was forgotten without dispose()" in warned.stderr
    assert "Traceback" not in warned.stderr


def test_exit_by_an_exception_while_javascript_runs(run_child: Any) -> None:
    child = run_child(PRELUDE + "call = context.eval('for (;;);')\nraise LookupError('mine')")
    assert child.returncode == 1
    assert child.stderr.rstrip().endswith("LookupError: mine")


def test_exit_by_a_signal_ends_the_process(run_child: Any) -> None:
    child = run_child(
        PRELUDE
        + "import signal\nthreading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()\n"
        + "context.eval_sync('for (;;);')"
    )
    assert child.returncode == -15
