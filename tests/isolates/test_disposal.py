"""Disposal in the middle of everything gives the specified error and leaves nothing behind.

In module resolvers: test_module_resolver.py; with inspector sessions, also paused: test_inspector.py.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isolates
from isolates import AbandonedError, DisposedError

DURING = r"^Isolate was disposed during execution$"
IS_DISPOSED = r"^Isolate is disposed$"
LONG_S = 20.0


@pytest.fixture
def doomed() -> Iterator[isolates.Isolate]:
    """An isolate that the test disposes."""
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate
        assert isolate.is_disposed


@pytest.fixture
def context(doomed: isolates.Isolate) -> isolates.Context:
    return doomed.create_context_sync()


def disposed_in_a_call(call: Callable[[], object]) -> None:
    with pytest.raises(DisposedError, match=DURING):
        call()


# --- In a callback ---


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_in_a_callback(doomed: isolates.Isolate, context: isolates.Context, mode: Any) -> None:
    if mode == "sync":
        disposed_in_a_call(lambda: context.eval_closure_sync("$0(); return 1", [doomed.dispose]))
        return
    dispose = isolates.Callback(doomed.dispose, mode=mode)
    with pytest.raises((DisposedError, AbandonedError)):
        context.eval_closure("return $0().then(() => 1)", [dispose], promise=True).result(LONG_S)


def test_while_an_async_callback_is_pending(doomed: isolates.Isolate, context: isolates.Context) -> None:
    started, go_on, ended = threading.Event(), asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def pending() -> int:
        loops.append(asyncio.get_running_loop())
        started.set()
        try:
            await go_on.wait()
        finally:
            ended.set()
        return 1

    call = context.eval_closure("return $0()", [pending], promise=True)
    assert started.wait(LONG_S)
    context.eval("1").result(LONG_S)  # after the call, which has returned its promise then
    doomed.dispose()
    with pytest.raises(AbandonedError, match=r"^Promise was abandoned$"):
        call.result(LONG_S)
    loops[0].call_soon_threadsafe(go_on.set)  # its end comes to an isolate that is gone
    assert ended.wait(LONG_S)


# --- In applySyncPromise ---


def test_while_a_function_of_the_host_is_awaited(
    doomed: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure("$0.applySyncPromise(undefined, []); return 1", [isolates.Reference(gate)])
    gate.wait_entered()
    doomed.dispose()
    disposed_in_a_call(lambda: call.result(LONG_S))
    gate.open()


def test_by_the_function_that_is_awaited(doomed: isolates.Isolate, context: isolates.Context) -> None:
    dispose = isolates.Reference(doomed.dispose)
    code = "$0.applySyncPromise(undefined, []); return 1"
    disposed_in_a_call(lambda: context.eval_closure_sync(code, [dispose]))


def test_by_a_function_of_main_that_never_settles(program: Any) -> None:
    assert (
        program.child(
            """
        const wait = new ivm.Reference(() => { isolate.dispose(); return new Promise(() => {}) });
        return rejected(() => context.evalClosure('$0.applySyncPromise(undefined, [])', [wait]));
        """
        )
        == "Error: Isolate was disposed during execution"
    )


# --- In code that an operation runs ---


def test_in_a_getter(doomed: isolates.Isolate, context: isolates.Context) -> None:
    code = "return { get own() { $0(); return 1 } }"
    holder = context.eval_closure_sync(code, [doomed.dispose], reference=True)
    disposed_in_a_call(lambda: holder.get_sync("own", accessors=True))


def test_in_a_getter_that_a_copy_reads(doomed: isolates.Isolate, context: isolates.Context) -> None:
    code = "return { get own() { $0(); return 1 } }"
    holder = context.eval_closure_sync(code, [doomed.dispose], reference=True)
    disposed_in_a_call(holder.copy_sync)


def test_while_a_copy_is_pending(doomed: isolates.Isolate, context: isolates.Context, gate: Any) -> None:
    value = context.eval_sync("({ a: [1, 2, 3] })", reference=True)
    running = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    copies = [value.copy() for _ in range(3)]
    doomed.dispose()
    for copy in copies:
        with pytest.raises(DisposedError, match=IS_DISPOSED):
            copy.result(LONG_S)
    gate.open()
    disposed_in_a_call(lambda: running.result(LONG_S))


def test_a_copy_outlives_its_isolate(doomed: isolates.Isolate, context: isolates.Context) -> None:
    copy = context.eval_closure_sync("return new ArrayBuffer(8)", copy=True)
    doomed.dispose()
    assert bytes(copy) == bytes(8)


# --- While somebody waits ---


def test_while_a_future_is_awaited(doomed: isolates.Isolate, context: isolates.Context, gate: Any) -> None:
    async def run() -> None:
        running, waiting = context.eval_closure("$0(); for (;;);", [gate]), context.eval("1")

        async def dispose() -> None:
            await asyncio.to_thread(gate.wait_entered)
            doomed.dispose()
            gate.open()

        disposing = asyncio.create_task(dispose())
        with pytest.raises(DisposedError, match=DURING):
            await running
        with pytest.raises(DisposedError, match=IS_DISPOSED):
            await waiting
        await disposing

    asyncio.run(run())


def test_while_a_promise_is_awaited(doomed: isolates.Isolate, context: isolates.Context) -> None:
    call = context.eval("new Promise(() => {})", promise=True)
    context.eval("1").result(LONG_S)  # after it
    doomed.dispose()
    with pytest.raises(AbandonedError, match=r"^Promise was abandoned$"):
        call.result(LONG_S)


def test_in_on_dispose() -> None:
    told: list[str] = []
    done = threading.Event()

    def on_dispose(reason: str) -> None:
        told.append(reason)
        for call in (
            isolate.dispose,
            lambda: context.eval_sync("1"),
            lambda: context.eval("1").result(LONG_S),
        ):
            try:
                call()
            except DisposedError as error:
                told.append(str(error))
        done.set()

    isolate = isolates.Isolate(memory_limit=64, on_dispose=on_dispose)
    context = isolate.create_context_sync()
    isolate.dispose()
    assert done.wait(LONG_S)
    assert told == ["disposed", "Isolate is already disposed", "Isolate is disposed", "Isolate is disposed"]
    del on_dispose


def test_a_snapshot_that_is_being_made_is_cancelled() -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        isolates.Isolate.create_snapshot_sync(["for (;;);"], timeout=0.05)
    making = isolates.Isolate.create_snapshot(["for (;;);"])
    assert making.cancel()


# --- Families ---


def test_of_the_parent_while_it_runs_a_child(make_gate: Any) -> None:
    """What a thread runs for an isolate that is disposed is stopped, in whichever isolate it is."""
    gate = make_gate()
    parent = isolates.Isolate(memory_limit=64)
    context = parent.create_context_sync()
    context.eval_closure_sync("globalThis.ivm = $0; globalThis.gate = $1", [isolates.isolated_vm(), gate])
    context.eval_sync(
        "globalThis.child = new ivm.Isolate({ memoryLimit: 16 });"
        "globalThis.inside = child.createContextSync();"
        "inside.evalClosureSync('globalThis.gate = $0', [new ivm.Callback(gate)])"
    )
    call = context.eval("inside.evalSync('gate(); for (;;);')")
    gate.wait_entered()
    parent.dispose()
    gate.open()
    disposed_in_a_call(lambda: call.result(LONG_S))


def test_of_the_parent_while_a_child_runs_by_itself(make_gate: Any) -> None:
    gate = make_gate()
    parent = isolates.Isolate(memory_limit=64)
    context = parent.create_context_sync()
    context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
    started = context.eval_closure(
        """
        const child = new ivm.Isolate({ memoryLimit: 16 });
        return child.createContextSync().evalClosure('$0.applySync(undefined, [])', [$0])
        """,
        [isolates.Reference(gate)],
        promise=True,
    )
    gate.wait_entered()
    parent.dispose()
    with pytest.raises((AbandonedError, DisposedError)):  # it may not have returned its promise
        started.result(LONG_S)
    gate.open()


def test_of_a_child_by_itself(program: Any) -> None:
    assert program.child(
        """
        context.global.setSync('self', isolate);
        const messages = [caught(() => context.evalSync('self.dispose(); for (;;);'))];
        messages.push(isolate.isDisposed, caught(() => context.evalSync('1')));
        messages.push(caught(() => isolate.dispose()));
        return messages;
        """
    ) == [
        "Error: Isolate was disposed during execution",
        True,
        "Error: Isolate is disposed",
        "Error: Isolate is already disposed",
    ]


def test_of_isolates_that_hold_each_other(program: Any) -> None:
    """Nobody could free them if disposing one did not drop what it holds."""
    program.run(
        """
        const [a, b] = [1, 2].map(() => new ivm.Isolate({ memoryLimit: 16 }));
        const [ca, cb] = [a, b].map(isolate => isolate.createContextSync());
        ca.global.setSync('other', cb.global);
        cb.global.setSync('other', ca.global);
        a.dispose();
        """
    )


def call_for_ever(context: isolates.Context) -> None:
    while True:
        context.eval_sync("1")


def test_from_many_threads_while_calls_come() -> None:
    for _ in range(20):
        isolate = isolates.Isolate(memory_limit=16)
        context = isolate.create_context_sync()
        start = threading.Barrier(3)

        def call(start: threading.Barrier = start, context: isolates.Context = context) -> None:
            start.wait(LONG_S)
            with pytest.raises(DisposedError):
                call_for_ever(context)

        def dispose(start: threading.Barrier = start, isolate: isolates.Isolate = isolate) -> None:
            start.wait(LONG_S)
            isolate.dispose()

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(call), pool.submit(call), pool.submit(dispose)]:
                done.result(LONG_S)


# --- What kills isolated-vm ---


def test_new_context_is_refused(program: Any) -> None:
    assert program.value("caught(() => new ivm.Context())") == "TypeError: `Context` constructor is private"


def test_a_released_copy_is_refused(program: Any) -> None:
    assert (
        program.child(
            """
        const copy = new ivm.ExternalCopy({ a: 1 });
        copy.release();
        return [
            caught(() => context.evalClosureSync('return $0', [copy])),
            caught(() => context.global.setSync('copy', copy)),
            await rejected(() => context.evalClosure('return $0', [copy])),
        ];
        """
        )
        == ["Error: Copy has been released"] * 3
    )


@pytest.mark.parametrize("form", ["apply", "applySync", "applySyncPromise"])
def test_a_promise_of_main_that_is_rejected_already(program: Any, form: str) -> None:
    code = f"return $0.{form}(undefined, [], {{ result: {{ promise: true }} }})"
    assert (
        program.child(
            f"""
            const no = Promise.reject(new RangeError('no'));
            no.catch(() => 0);
            const refuse = new ivm.Reference(() => no);
            return rejected(() => context.evalClosure({code!r}, [refuse], {{ result: {{ promise: true }} }}));
            """
        )
        == "RangeError: no"
    )


COPY_AT_EXIT = """
import isolates
isolate = isolates.Isolate(memory_limit=64)
context = isolate.create_context_sync()
context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
kept = context.eval_closure_sync(
    "const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);"
    "globalThis.copy = new ivm.ExternalCopy(new WebAssembly.Module(bytes)); return copy"
)
print("end", flush=True)
"""


def test_a_copy_of_a_webassembly_module_at_exit(run_child: Any) -> None:
    child = run_child(COPY_AT_EXIT)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr
