"""Isolate in JavaScript: making, options, dispose, accounting, heap statistics."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import _native


def test_isolate_must_be_called_with_new(program: Any) -> None:
    assert program.value("caught(() => ivm.Isolate())") == "TypeError: `Isolate` must be called with `new`"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{ memoryLimit: 7 }", "`memoryLimit` must be at least 8"),
        ("{ memoryLimit: 7.999 }", "`memoryLimit` must be at least 8"),
        ("{ memoryLimit: NaN }", "`memoryLimit` must be at least 8"),
        ("{ memoryLimit: -1 }", "`memoryLimit` must be at least 8"),
        ("{ memoryLimit: '64' }", "`Isolate` requires `memoryLimit` to be a number of megabytes"),
        ("{ memoryLimit: null }", "`Isolate` requires `memoryLimit` to be a number of megabytes"),
        ("{ inspector: 1 }", "`Isolate` requires `inspector` to be a boolean"),
        ("{ onCatastrophicError: 1 }", "`Isolate` requires `onCatastrophicError` to be a function"),
        ("{ onDispose: {} }", "`Isolate` requires `onDispose` to be a function"),
        ("5", "`Isolate` requires parameter 1 to be an object"),
        ("'x'", "`Isolate` requires parameter 1 to be an object"),
    ],
)
def test_options_of_an_isolate_are_checked(readme: Any, options: str, message: str) -> None:
    assert readme.value(f"caught(() => new ivm.Isolate({options}))") == f"TypeError: {message}"


@pytest.mark.parametrize("options", ["", "undefined", "null", "{}", "{ memoryLimit: 8 }", "() => 1"])
def test_options_may_be_left_out(readme: Any, options: str) -> None:
    assert readme.value(f"new ivm.Isolate({options}).createContextSync().evalSync('1 + 1')") == 2


@pytest.mark.parametrize("limit", ["1e7", "1e300", "Infinity"])
def test_any_limit_above_the_smallest_is_taken(readme: Any, limit: str) -> None:
    code = f"new ivm.Isolate({{ memoryLimit: {limit} }}).createContextSync().evalSync('1 + 1')"
    assert readme.value(code) == 2


def test_the_limit_holds_and_costs_the_isolate_its_life_and_nobody_elses(program: Any) -> None:
    code = """
      const told = [];
      const died = new ivm.Isolate({ memoryLimit: 16, onDispose: reason => told.push(reason) });
      const inside = died.createContextSync();
      const error = await rejected(() => inside.eval('const all = []; for (;;) all.push({ n: all.length })'));
      return [error, died.isDisposed, context.evalSync('6 * 7'), caught(() => inside.evalSync('1'))];
    """
    error = "Error: Isolate was disposed during execution due to memory limit"
    assert program.child(code) == [error, True, 42, "Error: Isolate is disposed"]


def test_a_buffer_that_does_not_fit_is_an_error_that_can_be_caught(program: Any) -> None:
    code = "try { new ArrayBuffer(100 << 20) } catch (error) { error.constructor.name + error.message }"
    text = "RangeErrorArray buffer allocation failed"
    assert program.child(f"return context.evalSync({code!r})") == text
    assert program.child("return caught(() => context.evalSync('new ArrayBuffer(1 << 28)'))").startswith(
        "RangeError"
    )


def test_dispose_ends_everything_of_the_isolate(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('1'), global = context.global;
      const before = [isolate.isDisposed, isolate.dispose(), isolate.isDisposed];
      const calls = [
          () => isolate.createContextSync(), () => isolate.compileScriptSync('1'),
          () => context.evalSync('1'), () => script.runSync(context), () => global.getSync('x'),
          () => isolate.getHeapStatisticsSync(), () => global.applySync(), () => global.setSync('x', 1),
          () => isolate.referenceCount].map(caught);
      const later = await Promise.all([
          () => isolate.createContext(), () => isolate.compileScript('1'), () => context.eval('1'),
          () => script.run(context), () => global.get('x'), () => isolate.getHeapStatistics(),
          () => global.apply(), () => global.set('x', 1)].map(rejected));
      return [before, [...new Set(calls)], [...new Set(later)]];
    """
    disposed = "Error: Isolate is disposed"
    assert program.child(code) == [[False, isolates.undefined, True], [disposed], [disposed]]


def test_a_second_dispose_says_so(program: Any) -> None:
    code = "isolate.dispose(); return caught(() => isolate.dispose())"
    assert program.child(code) == "Error: Isolate is already disposed"


def test_ignored_calls_on_a_disposed_isolate_are_silent(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('1'), global = context.global;
      isolate.dispose();
      return [context.evalIgnored('1'), context.evalClosureIgnored('1'), script.runIgnored(context),
              global.applyIgnored(), global.setIgnored('x', 1), global.deleteIgnored('x')];
    """
    assert program.child(code) == [isolates.undefined] * 6


def test_what_is_left_of_a_disposed_isolate_still_answers(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 1', { reference: true });
      const script = isolate.compileScriptSync('1');
      isolate.dispose();
      return [f.typeof, context.global.typeof, f.release(), script.release(), context.release(),
              typeof isolate.cpuTime, typeof isolate.wallTime, caught(() => f.release())];
    """
    released = "Error: Reference has been released"
    kinds = program.child(code)
    assert kinds[:2] + kinds[-1:] == ["function", "object", released]


def test_dispose_stops_what_runs_and_fails_what_waits(program: Any) -> None:
    code = """
      let came;
      const here = new Promise(resolve => came = resolve);
      const running = rejected(() => context.evalClosure(
          '$0.applyIgnored(); for (;;);', [new ivm.Reference(() => came())]));
      const waiting = rejected(() => context.eval('1'));
      await here;
      isolate.dispose();
      return [await running, await waiting];
    """
    assert program.child(code) == [
        "Error: Isolate was disposed during execution",
        "Error: Isolate is disposed",
    ]


def test_terminate_stops_what_runs_and_disposes_nothing(program: Any) -> None:
    code = """
      let came;
      const here = new Promise(resolve => came = resolve);
      const running = rejected(() => context.evalClosure(
          '$0.applyIgnored(); for (;;);', [new ivm.Reference(() => came())]));
      await here;
      isolate.terminate();
      return [await running, isolate.isDisposed, context.evalSync('6 * 7')];
    """
    error, disposed, answer = program.child(code)
    assert (disposed, answer) == (False, 42)
    assert "terminated" in error


def test_on_dispose_tells_the_reason(program: Any) -> None:
    code = """
      let told;
      const reason = new Promise(resolve => told = resolve);
      const child = new ivm.Isolate({ memoryLimit: 16, onDispose: told });
      child.dispose();
      return reason;
    """
    assert isinstance(program.run(code), str)


def test_heap_statistics_have_the_names_of_nodes(program: Any) -> None:
    code = """
      context.evalSync('globalThis.kept = new ArrayBuffer(1024)');
      const now = isolate.getHeapStatisticsSync(), later = await isolate.getHeapStatistics();
      return [Object.keys(now).join() === Object.keys(later).join(), now];
    """
    same, statistics = program.child(code)
    assert same
    names = {
        "total_heap_size", "total_heap_size_executable", "total_physical_size", "total_available_size",
        "used_heap_size", "heap_size_limit", "malloced_memory", "peak_malloced_memory", "does_zap_garbage",
        "number_of_native_contexts", "number_of_detached_contexts", "externally_allocated_size",
    }  # fmt: skip
    assert names <= set(statistics)
    assert statistics["externally_allocated_size"] == 1024
    assert 32 << 20 <= statistics["heap_size_limit"] <= 40 << 20


def test_cpu_time_stands_still_and_wall_time_goes_on_while_an_isolate_waits(readme: Any) -> None:
    code = """
      const ms = ([seconds, nanoseconds]) => seconds * 1e3 + nanoseconds / 1e6;
      const work = () => { const end = Date.now() + 60; while (Date.now() < end); };
      const outside = context.evalClosureSync('return () => $0.applySync()', [new ivm.Reference(work)],
                                              { result: { reference: true } });
      const before = [ms(isolate.cpuTime), ms(isolate.wallTime)];
      outside.applySync();
      return [ms(isolate.cpuTime) - before[0], ms(isolate.wallTime) - before[1]];
    """
    cpu, wall = readme.child(code)
    assert cpu < 30
    assert wall >= 59


def test_reference_count_counts_handles_and_copies_by_transfer_once(program: Any) -> None:
    code = """
      const start = isolate.referenceCount;
      const counts = [];
      const note = () => counts.push(isolate.referenceCount - start);
      const reference = context.evalSync('({})', { reference: true });
      note();
      const script = isolate.compileScriptSync('1');
      note();
      const other = isolate.createContextSync();
      note();
      const same = context.evalClosureSync('return globalThis.kept = $0', [reference]);
      note();
      reference.release();
      context.evalSync('kept.release()');
      note();
      same.release();
      note();
      script.release();
      note();
      other.release();
      note();
      return counts;
    """
    assert program.child(code) == [1, 2, 3, 3, 3, 2, 1, 0]


def test_a_reference_to_the_programs_own_values_counts_for_the_program(program: Any) -> None:
    before = program.isolate.reference_count
    program.run("globalThis.held = [new ivm.Reference(1), new ivm.Reference({})]")
    assert program.isolate.reference_count == before + 2
    program.run("held.forEach(it => it.release())")
    assert program.isolate.reference_count == before


def test_collect_garbage_collects(program: Any) -> None:
    code = """
      context.evalSync('for (let i = 0; i < 100; ++i) new Array(10000).fill(i)');
      isolate.collectGarbageSync();
      const low = isolate.getHeapStatisticsSync().used_heap_size;
      context.evalSync('globalThis.kept = new Array(100000).fill(1.5)');
      await isolate.collectGarbage();
      const high = isolate.getHeapStatisticsSync().used_heap_size;
      return high - low > 700000;
    """
    assert program.child(code) is True


def test_isolates_cross_and_stay_the_same_isolate(program: Any) -> None:
    code = """
      const target = new ivm.Isolate({ memoryLimit: 16 });
      context.global.setSync('it', target);
      const back = context.evalSync('it');
      const before = back.isDisposed;
      context.evalSync('it.dispose()');
      return [before, target.isDisposed, back.isDisposed, context.evalSync('it.isDisposed'),
              back instanceof ivm.Isolate];
    """
    assert program.child(code) == [False, True, True, True, True]


def test_an_isolate_that_javascript_has_made_comes_out_as_one_of_pythons(program: Any) -> None:
    child = program.context.eval_closure_sync("return globalThis.kept = new ivm.Isolate({ memoryLimit: 16 })")
    assert isinstance(child, isolates.Isolate)
    assert child.create_context_sync().eval_sync("6 * 7") == 42
    child.dispose()
    assert program.value("kept.isDisposed") is True


def test_an_isolate_of_pythons_goes_in(isolate: isolates.Isolate, context: Any, program: Any) -> None:
    context.eval_sync("globalThis.n = 5")
    count = program.value("[$0.isDisposed, $1.evalSync('n'), await $1.eval('n + 1')]", isolate, context)
    assert count == [False, 5, 6]


def test_forgotten_isolates_are_freed(program: Any, wait_until: Any) -> None:
    before = _native._live_isolates()
    program.run("for (let i = 0; i < 20; ++i) new ivm.Isolate({ memoryLimit: 16 })")
    program.isolate.collect_garbage_sync()
    wait_until(lambda: _native._live_isolates() <= before, "isolates that JavaScript has forgotten live on")


def test_an_isolate_lives_as_long_as_anything_of_it(program: Any) -> None:
    code = """
      globalThis.kept = (() => {
        const isolate = new ivm.Isolate({ memoryLimit: 16 });
        return isolate.createContextSync().evalSync('let n = 0; () => ++n', { reference: true });
      })();
    """
    program.run(code)
    program.isolate.collect_garbage_sync()
    program.isolate.collect_garbage_sync()
    assert program.value("[kept.applySync(), kept.applySync()]") == [1, 2]


def test_an_isolate_is_an_ordinary_looking_object(program: Any) -> None:
    code = """[
      Object.keys(isolate), isolate.constructor === ivm.Isolate, isolate instanceof ivm.Isolate,
      typeof structuredClone, JSON.stringify(isolate), ivm.Isolate.name, ivm.Isolate.length]"""
    assert program.child(f"return {code}")[:3] == [[], True, True]
