"""terminate and dispose: from everywhere, while anything runs, in any nesting."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

import isolates

LONG_S = 20.0  # that only a hang reaches
SOON_S = 0.1


@pytest.fixture
def free_isolate() -> Any:
    """One that the test may dispose, or lose."""
    isolate = isolates.Isolate(memory_limit=64)
    yield isolate
    if not isolate.is_disposed:
        isolate.dispose()


def until_running(isolate: isolates.Isolate) -> None:
    """Until JavaScript itself runs, and not the callback before it: only then its CPU clock moves."""
    pause = threading.Event()
    start = isolate.cpu_time_ns
    while isolate.cpu_time_ns < start + 2_000_000:
        pause.wait(0.001)


# --- terminate ---


def test_terminate_stops_what_runs_and_the_isolate_lives(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    context.eval_sync("globalThis.seen = ['before']")
    call = context.eval("try { for (;;); } catch { seen.push('catch') } finally { seen.push('finally') }")
    until_running(isolate)
    isolate.terminate()
    with pytest.raises(isolates.TerminatedError) as caught:
        call.result(LONG_S)
    assert isinstance(caught.value, isolates.StoppedError)
    assert not isolate.is_disposed
    assert context.eval_sync("seen.join()") == "before"


def test_terminate_stops_a_synchronous_call_of_another_thread(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(context.eval_sync, "for (;;);")
        until_running(isolate)
        isolate.terminate()
        with pytest.raises(isolates.TerminatedError):
            call.result(LONG_S)
    assert context.eval_sync("6 * 7") == 42


def test_terminate_spares_the_calls_that_wait(isolate: isolates.Isolate, context: isolates.Context) -> None:
    endless = context.eval("for (;;);")
    waiting = [context.eval(f"{n}") for n in range(5)]
    until_running(isolate)
    isolate.terminate()
    assert [call.result(LONG_S) for call in waiting] == list(range(5))
    with pytest.raises(isolates.TerminatedError):
        endless.result(LONG_S)


def test_terminate_of_an_idle_isolate_does_nothing(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    for _ in range(100):
        isolate.terminate()
        assert context.eval_sync("var sum = 0; for (let n = 0; n < 100; n++) sum += n; sum") == 4950


def test_terminate_during_a_callback_stops_after_it(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    context.eval_sync("globalThis.after = 0; globalThis.count = () => after++")
    call = context.eval_closure("$0(); count(); for (;;) count();", [gate])
    gate.wait_entered()
    isolate.terminate()
    gate.open()
    with pytest.raises(isolates.TerminatedError):
        call.result(LONG_S)
    assert context.eval_sync("after") == 0


def test_terminate_from_a_callback_of_the_isolate_itself(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    code, args = "$0(); for (;;);", [isolate.terminate]
    for call in (
        lambda: context.eval_closure_sync(code, args),
        lambda: context.eval_closure_sync(code, args, timeout=LONG_S),
        lambda: context.eval_closure(code, args).result(LONG_S),
    ):
        with pytest.raises(isolates.TerminatedError):
            call()
        assert context.eval_sync("1") == 1


def test_terminate_of_a_disposed_isolate_does_nothing(free_isolate: isolates.Isolate) -> None:
    free_isolate.dispose()
    free_isolate.terminate()
    assert free_isolate.is_disposed


def test_terminate_often_from_many_threads(isolate: isolates.Isolate, context: isolates.Context) -> None:
    stop = threading.Event()

    def terminate() -> None:
        while not stop.is_set():
            isolate.terminate()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        terminating = [pool.submit(terminate) for _ in range(2)]
        for n in range(200):
            with contextlib.suppress(isolates.TerminatedError):
                assert context.eval_sync(f"let n{n} = {n}; n{n}") == n
        stop.set()
        for one in terminating:
            one.result(LONG_S)
    assert context.eval_sync("6 * 7") == 42


# --- dispose ---


def test_dispose_while_running_fails_the_call_and_those_that_wait(free_isolate: isolates.Isolate) -> None:
    context = free_isolate.create_context_sync()
    running = context.eval("for (;;);")
    waiting = [context.eval("1") for _ in range(5)]
    context.eval_ignored("1")
    until_running(free_isolate)
    free_isolate.dispose()
    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        running.result(LONG_S)
    for call in waiting:
        with pytest.raises(isolates.DisposedError, match="Isolate is disposed"):
            call.result(LONG_S)
    assert free_isolate.is_disposed


def test_dispose_while_another_thread_runs_a_synchronous_call(free_isolate: isolates.Isolate) -> None:
    context = free_isolate.create_context_sync()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(context.eval_sync, "try { for (;;); } finally { for (;;); }")
        until_running(free_isolate)
        free_isolate.dispose()
        with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
            call.result(LONG_S)


def test_dispose_while_threads_wait_for_the_isolate(free_isolate: isolates.Isolate, gate: Any) -> None:
    context = free_isolate.create_context_sync()
    held = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    started = threading.Barrier(4)

    def ask() -> Any:
        started.wait(LONG_S)
        return context.eval_sync("1")

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        started.wait(LONG_S)
        free_isolate.dispose()
        gate.open()
        for call in asking:
            with pytest.raises(isolates.DisposedError):
                call.result(LONG_S)
    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        held.result(LONG_S)


def test_a_second_dispose_says_so(free_isolate: isolates.Isolate) -> None:
    free_isolate.dispose()
    with pytest.raises(isolates.DisposedError, match="Isolate is already disposed"):
        free_isolate.dispose()
    assert free_isolate.is_disposed
    with free_isolate:
        pass  # leaving is no second dispose


def test_everything_of_a_disposed_isolate_is_refused(free_isolate: isolates.Isolate) -> None:
    context = free_isolate.create_context_sync()
    script = free_isolate.compile_script_sync("1")
    reference = context.eval_sync("(() => 1)", reference=True)
    free_isolate.dispose()
    calls: list[Callable[[], object]] = [
        lambda: context.eval_sync("1"),
        lambda: context.eval_sync("1", timeout=LONG_S),
        lambda: context.eval("1").result(LONG_S),
        lambda: context.eval_closure_sync("1"),
        lambda: script.run_sync(context),
        lambda: script.run(context).result(LONG_S),
        lambda: reference.apply_sync(None, []),
        lambda: reference.apply(None, []).result(LONG_S),
        lambda: free_isolate.create_context_sync(),
        lambda: free_isolate.create_context().result(LONG_S),
        lambda: free_isolate.compile_script_sync("1"),
        lambda: free_isolate.compile_script("1").result(LONG_S),
        lambda: free_isolate.collect_garbage_sync(),
        lambda: free_isolate.get_heap_statistics_sync(),
    ]
    for call in calls:
        with pytest.raises(isolates.DisposedError, match="Isolate is disposed"):
            call()
    # Silent.
    context.eval_ignored("1")
    script.run_ignored(context)
    reference.apply_ignored(None, [])
    # Still there.
    assert reference.typeof == "function"
    assert free_isolate.cpu_time_ns >= 0
    assert free_isolate.wall_time_ns >= 0
    reference.release()
    script.release()
    context.release()


def test_an_asynchronous_call_on_a_disposed_isolate_does_not_raise_at_once(
    free_isolate: isolates.Isolate,
) -> None:
    context = free_isolate.create_context_sync()
    free_isolate.dispose()
    assert isinstance(context.eval("1").exception(LONG_S), isolates.DisposedError)


@pytest.mark.parametrize("form", ["sync", "async", "timeout"])
def test_dispose_from_a_callback_of_the_isolate_itself(free_isolate: isolates.Isolate, form: str) -> None:
    context = free_isolate.create_context_sync()
    after: list[object] = []
    code, args = "$0(); for (;;) $1();", [free_isolate.dispose, lambda: after.append(1)]

    def run() -> object:
        if form == "async":
            return context.eval_closure(code, args).result(LONG_S)
        return context.eval_closure_sync(code, args, timeout=LONG_S if form == "timeout" else None)

    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        run()
    assert free_isolate.is_disposed
    assert not after


def test_calls_from_a_callback_whose_isolate_is_disposed_meanwhile(free_isolate: isolates.Isolate) -> None:
    context = free_isolate.create_context_sync()
    errors: list[BaseException] = []

    def inside() -> None:
        free_isolate.dispose()
        for ask in (
            lambda: context.eval_sync("1"),
            lambda: context.eval("1").result(LONG_S),
            free_isolate.dispose,
        ):
            try:
                ask()
            except isolates.DisposedError as error:
                errors.append(error)

    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        context.eval_closure_sync("$0()", [inside])
    assert [str(error) for error in errors] == ["Isolate is disposed"] * 2 + ["Isolate is already disposed"]


def test_dispose_by_another_thread_in_the_middle_of_a_callback(
    free_isolate: isolates.Isolate, gate: Any
) -> None:
    context = free_isolate.create_context_sync()
    call = context.eval_closure("$0(); return 'went on'", [gate])
    gate.wait_entered()
    free_isolate.dispose()
    assert free_isolate.is_disposed
    gate.open()
    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        call.result(LONG_S)


def test_dispose_of_another_isolate_in_a_callback(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    other = isolates.Isolate(memory_limit=16)
    inner = other.create_context_sync()
    code = "$0(); return $1()"

    def ask() -> str:
        with pytest.raises(isolates.DisposedError):
            inner.eval_sync("1")
        return "asked"

    assert context.eval_closure_sync(code, [other.dispose, ask]) == "asked"


def test_dispose_in_a_deep_chain_of_isolates() -> None:
    """One runs two runs three, whose callback disposes one: three and two are stopped with it and live on."""
    one, two, three = (isolates.Isolate(memory_limit=16) for _ in range(3))
    first, second, third = (isolate.create_context_sync() for isolate in (one, two, three))
    answers: list[object] = []

    def from_two() -> None:
        answers.append(third.eval_closure_sync("$0(); return 'three'", [one.dispose]))

    def from_one() -> None:
        answers.append(second.eval_closure_sync("$0(); return 'two'", [from_two]))

    with pytest.raises(isolates.DisposedError, match="Isolate was disposed during execution"):
        first.eval_closure_sync("$0(); return 'one'", [from_one])
    assert answers == []
    for isolate, context in ((two, second), (three, third)):
        assert context.eval_sync("6 * 7") == 42
        isolate.dispose()


def test_dispose_from_many_threads_at_once() -> None:
    for _ in range(30):
        isolate = isolates.Isolate(memory_limit=16)
        running = isolate.create_context_sync().eval("for (;;);")
        start = threading.Barrier(4)

        def dispose(isolate: isolates.Isolate = isolate, start: threading.Barrier = start) -> str:
            start.wait(LONG_S)
            try:
                isolate.dispose()
            except isolates.DisposedError as error:
                return str(error)
            return "disposed"

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outcomes = [one.result(LONG_S) for one in [pool.submit(dispose) for _ in range(4)]]
        assert "disposed" in outcomes
        assert set(outcomes) <= {"disposed", "Isolate is already disposed"}
        with pytest.raises(isolates.DisposedError):
            running.result(LONG_S)


def test_dispose_races_with_calls_of_every_kind() -> None:
    for n in range(40):
        isolate = isolates.Isolate(memory_limit=16)
        context = isolate.create_context_sync()
        start = threading.Barrier(3)

        def ask(context: isolates.Context = context, start: threading.Barrier = start) -> int:
            start.wait(LONG_S)
            for count in range(1000):
                try:
                    context.eval_sync("1")
                    context.eval("2").result(LONG_S)
                    context.eval_sync("3", timeout=LONG_S)
                    context.eval_ignored("4")
                except isolates.DisposedError:
                    return count
            return 1000

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(ask) for _ in range(2)]
            start.wait(LONG_S)
            for _ in range(n):
                context.eval_ignored("5")
            isolate.dispose()
            assert all(one.result(LONG_S) <= 1000 for one in asking)


def test_waiting_for_a_promise_ends_with_the_isolate(free_isolate: isolates.Isolate) -> None:
    context = free_isolate.create_context_sync()
    call = context.eval("new Promise(resolve => { globalThis.settle = resolve })", promise=True)
    context.eval("0").result(LONG_S)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        blocked = pool.submit(context.eval_sync, "new Promise(resolve => { settle = resolve })", promise=True)
        while context.eval_sync("settle.name") is None:
            pass
        free_isolate.dispose()
        for waiting in (call, blocked):
            with pytest.raises((isolates.DisposedError, isolates.AbandonedError)):
                waiting.result(LONG_S)


# --- Nested runs ---


def test_the_timeout_of_an_inner_run_is_catchable_by_the_outer(context: isolates.Context) -> None:
    def inner() -> None:
        context.eval_sync("for (;;);", timeout=SOON_S)

    code = "try { $0() } catch (error) { return error.message }"
    assert context.eval_closure_sync(code, [inner]) == "Script execution timed out."
    assert context.eval_closure(code, [inner]).result(LONG_S) == "Script execution timed out."


def test_the_timeout_of_an_inner_run_is_an_error_in_the_callback(context: isolates.Context) -> None:
    def inner() -> str:
        with pytest.raises(isolates.ScriptTimeoutError):
            context.eval_sync("for (;;);", timeout=SOON_S)
        return "caught in Python"

    assert context.eval_closure_sync("return $0() + ', and on'", [inner]) == "caught in Python, and on"


def test_the_timeout_of_the_outer_run_stops_both(context: isolates.Context) -> None:
    """A nested run of the same isolate is no waiting: the outer clock goes on, or starts again after it."""
    context.eval_sync("globalThis.seen = []")

    def inner() -> None:
        context.eval_sync("seen.push('inner')")

    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval_closure_sync("$0(); for (;;);", [inner], timeout=SOON_S)
    assert context.eval_sync("seen.join()") == "inner"


def test_terminate_stops_nested_runs_of_one_isolate(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    def inner() -> None:
        context.eval_closure_sync("$0(); for (;;);", [gate])

    call = context.eval_closure("$0(); for (;;);", [inner])
    gate.wait_entered()
    isolate.terminate()
    gate.open()
    with pytest.raises(isolates.TerminatedError):
        call.result(LONG_S)
    assert context.eval_sync("1") == 1


def test_the_inner_isolate_dies_of_memory_and_the_outer_goes_on(context: isolates.Context) -> None:
    def inner() -> str:
        with isolates.Isolate(memory_limit=16) as other, pytest.raises(isolates.MemoryLimitError):
            other.create_context_sync().eval_sync("const all = []; for (;;) all.push({ a: [1] })")
        return "alive"

    assert context.eval_closure_sync("return $0()", [inner]) == "alive"
    assert context.eval_closure("return $0()", [inner]).result(LONG_S) == "alive"


def test_an_isolate_that_dies_in_a_nested_run_is_gone_for_the_outer_run_too(
    free_isolate: isolates.Isolate,
) -> None:
    context = free_isolate.create_context_sync()
    after: list[object] = []

    def inner() -> None:
        context.eval_sync("const all = []; for (;;) all.push({ a: [1] })")

    with pytest.raises(isolates.MemoryLimitError):
        context.eval_closure_sync("try { $0() } catch {} for (;;) $1()", [inner, lambda: after.append(1)])
    assert free_isolate.is_disposed
    assert not after


CATASTROPHE = "'x'.padEnd(5e8).split('')"


def test_an_isolate_that_v8_gives_up_in_a_nested_run_is_gone_for_the_outer_run_too(
    free_isolate: isolates.Isolate,
) -> None:
    context = free_isolate.create_context_sync()
    errors: list[BaseException] = []

    def inner() -> None:
        try:
            context.eval_sync(CATASTROPHE)
        except isolates.IsolatesError as error:
            errors.append(error)

    with pytest.raises(isolates.IsolateDiedError):
        context.eval_closure_sync("$0(); return 'went on'", [inner])
    assert [type(error) for error in errors] == [isolates.CatastrophicError]
    assert free_isolate.is_disposed


def test_on_catastrophic_error_is_called_with_the_reason() -> None:
    reasons: list[str] = []
    told = threading.Event()

    def on_catastrophic_error(reason: str) -> None:
        reasons.append(reason)
        told.set()

    isolate = isolates.Isolate(memory_limit=64, on_catastrophic_error=on_catastrophic_error)
    context = isolate.create_context_sync()
    with pytest.raises(isolates.CatastrophicError, match="V8 gave up"):
        context.eval_sync(CATASTROPHE)
    assert told.wait(LONG_S)
    assert len(reasons) == 1
    assert reasons[0]
    assert isolate.is_disposed
    with pytest.raises(isolates.DisposedError):
        context.eval_sync("1")


def test_on_catastrophic_error_may_make_a_new_isolate() -> None:
    answers: list[object] = []
    told = threading.Event()

    def on_catastrophic_error(reason: str) -> None:
        with isolates.Isolate(memory_limit=16) as other:
            answers.append(other.create_context_sync().eval_sync("6 * 7"))
        told.set()

    isolate = isolates.Isolate(memory_limit=64, on_catastrophic_error=on_catastrophic_error)
    with pytest.raises(isolates.CatastrophicError):
        isolate.create_context_sync().eval(CATASTROPHE).result(LONG_S)
    assert told.wait(LONG_S)
    assert answers == [42]


def test_a_catastrophe_fails_the_calls_that_wait(free_isolate: isolates.Isolate, gate: Any) -> None:
    context = free_isolate.create_context_sync()
    bomb = context.eval_closure(f"$0(); {CATASTROPHE}", [gate])
    waiting = [context.eval("1") for _ in range(3)]
    gate.open()
    with pytest.raises(isolates.CatastrophicError):
        bomb.result(LONG_S)
    for call in waiting:
        with pytest.raises((isolates.DisposedError, isolates.IsolateDiedError)):
            call.result(LONG_S)
