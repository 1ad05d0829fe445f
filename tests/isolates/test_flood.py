"""Code that asks faster than it is answered, and memory that is not there, cost their isolate alone."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from typing import Any

import pytest

import isolates
from isolates import Callback, SharedArrayBuffer, _native
from tests.isolates.conftest import wait_until

LIMIT_MB = 32
MB = 1 << 20


def wait_for_pool(run: Any) -> int:
    """The most threads that the pool had while `run` ran."""
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.is_set():
            most = max(most, _native._pool_threads())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run()
    finally:
        ended.set()
        watcher.join()
    return most


@pytest.mark.parametrize("mode", ["async", "ignored"])
@pytest.mark.parametrize(
    "argument", ["", "'x'.repeat(1e6)", "new ArrayBuffer(1e6)", "{list: ['x'.repeat(1e5)]}"]
)
def test_calls_that_wait_count_against_the_memory_limit(mode: Any, argument: str) -> None:
    go, begun = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        go.wait()

    with isolates.Isolate(memory_limit=LIMIT_MB) as isolate:
        context = isolate.create_context_sync()
        context.global_.set_sync("call", Callback(slow, mode=mode))
        try:
            count = context.eval_closure_sync(
                f"""
                const argument = {argument or "undefined"};
                for (let count = 0;; ++count) {{
                  try {{ call(argument)?.catch(() => {{}}) }}
                  catch (error) {{
                    if (!/memory.limit/.test(error.message)) throw error;
                    return count;
                  }}
                }}"""
            )
            assert begun.wait(10)
            assert count < LIMIT_MB * MB / 512
            if argument:
                assert count <= LIMIT_MB * 12
        finally:
            go.set()
        # What was answered is free for others.
        done = threading.Event()
        context.global_.set_sync("last", Callback(done.set, mode="ignored"))
        while True:
            try:
                context.eval_sync("last()")
                break
            except isolates.JSRangeError:
                isolate.collect_garbage_sync()
        assert done.wait(20)


QUEUED = {
    "eval": "busy.context.evalIgnored(text)",
    "eval, answered": "busy.context.eval(text)",
    "closure": "busy.context.evalClosureIgnored('', [text])",
    "set": "busy.global.setIgnored('x', text)",
    "set a copy": "busy.global.setIgnored('x', buffer, {copy: true})",
    "apply": "busy.global.applyIgnored(undefined, [text])",
    "compile": "busy.isolate.compileScript(text)",
    "compile a module": "busy.isolate.compileModule(text)",
    "inspect": "session.dispatchProtocolMessage(text)",
}


@pytest.mark.parametrize("code", QUEUED.values(), ids=QUEUED)
def test_calls_of_a_busy_isolate_count_for_the_caller(code: str) -> None:
    begun, go = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        go.wait()

    with isolates.Isolate(inspector=True) as busy, isolates.Isolate(memory_limit=LIMIT_MB) as isolate:
        there = busy.create_context_sync()
        there.global_.set_sync("block", block)
        running = there.eval("block()")
        assert begun.wait(10)
        context = isolate.create_context_sync()
        context.eval_closure_sync(
            """
            globalThis.busy = {isolate: $0, context: $1, global: $2};
            globalThis.session = $0.createInspectorSession();
            globalThis.text = '/*' + 'x'.repeat(1e6) + '*/';
            globalThis.buffer = new ArrayBuffer(1e6);
            """,
            [busy, there, there.global_],
        )
        count = context.eval(
            f"""
            (async () => {{
              for (let count = 0;; ++count) {{
                let refused = false;
                try {{
                  const answer = {code};
                  // A refused one rejects at once, the others wait.
                  answer?.catch(error => {{ refused = refused || error }});
                  if (answer) await undefined, await undefined;
                }} catch (error) {{ refused = error }}
                if (refused && !/memory limit/.test(refused.message)) throw refused;
                if (refused) return count;
              }}
            }})()""",
            promise=True,
        ).result(20)
        assert LIMIT_MB // 3 <= count <= LIMIT_MB * 1.1
        go.set()
        running.result(10)
        # What was answered is free for others.
        there.eval("1").result(10)
        context.eval_sync(f"{code}; session.dispose(); 1")
        there.eval("1").result(10)


def test_answers_that_nobody_looks_at_count_for_the_caller() -> None:
    with isolates.Isolate() as other, isolates.Isolate(memory_limit=LIMIT_MB) as isolate:
        there = other.create_context_sync()
        there.eval_sync("globalThis.text = 'x'.repeat(1e6)")
        context = isolate.create_context_sync()
        context.global_.set_sync("there", there.global_)
        host_before = isolates.ExternalCopy.total_external_size
        done, failed = context.eval_closure(
            """
            const answers = [];
            for (let n = 0; n < 300; ++n) answers.push(there.get('text', {externalCopy: true}));
            $0();  // until they have been answered
            return Promise.allSettled(answers).then(all => [
              all.filter(one => one.status === 'fulfilled').length,
              all.filter(one => /memory limit/.test(one.reason?.message)).length]);
            """,
            [lambda: there.eval("1").result(10)],
            promise=True,
            copy=True,
        ).result(20)
        assert done + failed == 300
        assert LIMIT_MB // 3 <= done <= LIMIT_MB * 1.1
        isolate.collect_garbage_sync()
        isolate.collect_garbage_sync()
        wait_until(lambda: isolates.ExternalCopy.total_external_size <= host_before, "the copies")
        there.global_.release()


def test_a_flood_of_imports_takes_no_threads_and_little_memory() -> None:
    asked = 0

    async def never(*_: object) -> Any:
        nonlocal asked
        asked += 1
        await asyncio.sleep(1e6)

    with isolates.Isolate(memory_limit=LIMIT_MB) as isolate:
        context = isolate.create_context_sync()
        context.set_import_resolver_sync(never)
        code = "let failed = 0; for (let n = 0; n < 20000; ++n) import('m' + n).catch(() => ++failed); 1"
        before = _native._pool_threads()
        most = wait_for_pool(lambda: context.eval_sync(code))
        assert most <= before + 4
        assert context.eval_sync("failed") > 10000
        assert context.eval_sync("1 + 1", timeout=5) == 2
    assert asked <= LIMIT_MB * 256


def test_a_resolver_that_imports_is_asked_meanwhile() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()

        def resolve(specifier: str, *_: object) -> isolates.Module:
            if specifier != "leaf":
                context.eval_sync("import('leaf')", promise=True)
            return isolate.compile_module_sync(f"export default {specifier!r}")

        context.set_import_resolver_sync(resolve)
        code = "Promise.all(['a', 'b', 'c'].map((name) => import(name).then((it) => it.default)))"
        assert context.eval_sync(code, promise=True, copy=True, timeout=20) == ["a", "b", "c"]


def test_a_resizable_buffer_that_does_not_fit_is_a_range_error() -> None:
    with isolates.Isolate(memory_limit=64) as maker, isolates.Isolate(memory_limit=16) as small:
        copy = maker.create_context_sync().eval_sync(
            "new ArrayBuffer(3e7, {maxByteLength: 3e7})", external_copy=True
        )
        part = maker.create_context_sync().eval_sync(
            "new ArrayBuffer(1e6, {maxByteLength: 2e6})", external_copy=True
        )
        context = small.create_context_sync()
        with pytest.raises(isolates.JSRangeError, match="Array buffer allocation failed"):
            context.eval_closure_sync("return $0", [copy.copy_into()])
        before = small.get_heap_statistics_sync()["externally_allocated_size"]
        assert context.eval_closure_sync(
            """
            const all = [];
            try { for (;;) all.push($0.copy()) } catch (error) {
              return [error instanceof RangeError, all.length > 0 && all.length <= 16, all[0].resizable];
            }""",
            [part],
            copy=True,
        ) == [True, True, True]
        small.collect_garbage_sync()
        small.collect_garbage_sync()
        assert small.get_heap_statistics_sync()["externally_allocated_size"] <= before


def test_address_space_that_is_used_up_is_a_memory_error() -> None:
    held: list[SharedArrayBuffer] = []

    def hold_all() -> None:
        while True:
            held.append(SharedArrayBuffer(8, max_byte_length=1 << 32))

    with pytest.raises(MemoryError):
        hold_all()
    assert len(held) > 10
    held.clear()
    gc.collect()
    assert bytes(SharedArrayBuffer(8, max_byte_length=1 << 30)) == bytes(8)


def test_warnings_of_rejections_are_few_and_short() -> None:
    with warnings.catch_warnings(record=True) as told, isolates.Isolate() as isolate:
        warnings.simplefilter("always")
        context = isolate.create_context_sync()
        code = "for (let n = 0; n < 300; ++n) Promise.reject(new Error(n + 'x'.repeat(1e5)))"
        with pytest.raises(isolates.JSError):
            context.eval_sync(code)
        wait_until(lambda: len(told) > 100, "the warnings")
        messages = [str(warning.message) for warning in told]
    assert len(messages) == 101
    assert max(map(len, messages)) < 1200
    assert messages[-1] == "more promises were rejected in an isolate than are told one by one"
