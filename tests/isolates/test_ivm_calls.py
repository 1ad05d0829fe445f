"""Synchronous, asynchronous and ignored calls between isolates: order, who may wait for whom, timeouts."""

from __future__ import annotations

from typing import Any

import isolates

NOT_ALLOWED = (
    "Error: Calling a synchronous isolated-vm function on a non-default isolate from within an asynchronous "
    "isolated-vm function is not allowed."
)


def test_asynchronous_calls_run_in_their_order(program: Any) -> None:
    code = """
      context.evalSync('globalThis.order = []');
      const push = context.evalSync('n => { order.push(n) }', { reference: true });
      const script = isolate.compileScriptSync('order.push("script")');
      push.applyIgnored(undefined, [1]);
      push.apply(undefined, [2]);
      context.evalIgnored('order.push(3)');
      script.runIgnored(context);
      context.evalClosureIgnored('order.push($0)', [4]);
      context.global.setIgnored('set', 1);
      context.evalIgnored('order.push(typeof set)');
      context.global.deleteIgnored('set');
      context.evalIgnored('order.push(typeof set)');
      return await context.eval('order.join()');
    """
    assert program.child(code) == "1,2,3,script,4,number,undefined"


def test_ignored_calls_swallow_what_is_thrown(program: Any) -> None:
    code = """
      const f = context.evalSync('() => { throw new Error("nobody hears") }', { reference: true });
      return [f.applyIgnored(), context.evalIgnored('throw 1'), context.evalIgnored('{'),
              context.evalClosureIgnored('throw 1'), await context.eval('1')];
    """
    assert program.child(code) == [isolates.undefined] * 4 + [1]


def test_different_isolates_run_at_the_same_time(program: Any) -> None:
    # Each waits until the other one has come.
    code = """
      const wait = 'const cells = new Int32Array($0.deref()); ';
      const shared = new Array(2).fill().map(() => new ivm.Isolate({ memoryLimit: 16 }).createContextSync());
      let open;
      const both = new Promise(resolve => open = resolve);
      let count = 0;
      const come = new ivm.Reference(async () => { if (++count === 2) open(); await both; return count });
      return Promise.all(shared.map(it => it.evalClosure('return $0.applySyncPromise()', [come])));
    """
    assert program.run(code) == [2, 2]


def test_a_synchronous_call_may_nest_through_isolates(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      return [context.evalClosureSync('return $0.evalSync("6 * 7")', [inner]),
              context.evalClosureSync('return $0.applySync()',
                  [new ivm.Reference(() => inner.evalSync('2'))])];
    """
    assert program.child(code) == [42, 2]


def test_from_an_asynchronous_call_no_other_isolate_may_be_waited_for(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 });
      const c = inner.createContextSync(), f = c.evalSync('() => 1', { reference: true });
      const script = inner.compileScriptSync('1');
      const attempts = ['$0.createContextSync()', '$0.compileScriptSync("1")', '$0.getHeapStatisticsSync()',
                        '$1.evalSync("1")', '$1.evalClosureSync("1")', '$2.applySync()', '$2.getSync("name")',
                        '$2.setSync("x", 1)', '$2.deleteSync("x")', '$2.copySync()', '$3.runSync($1)'];
      return Promise.all(attempts.map(it => rejected(() => context.evalClosure(it, [inner, c, f, script]))));
    """
    assert set(program.child(code)) == {NOT_ALLOWED}


def test_from_an_asynchronous_call_asynchronous_ones_work(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      return context.evalClosure('return $0.eval("6 * 7")', [inner], { result: { promise: true } });
    """
    assert program.child(code) == 42


def test_from_an_asynchronous_call_the_own_isolate_may_be_called(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 5', { reference: true });
      return context.evalClosure(
          'return [$0.createContextSync().evalSync("1"), $1.evalSync("2"), $2.applySync()].join()',
              [isolate, context, f]);
    """
    assert program.child(code) == "1,2,5"


def test_from_an_asynchronous_call_the_default_isolate_may_be_called(program: Any) -> None:
    code = """
      const object = { n: 5 };
      const f = new ivm.Reference(n => n + object.n);
      return [await context.evalClosure('return $0.applySync(undefined, [1])', [f]),
              await context.evalClosure('return $0.getSync("n", { copy: true })',
                  [new ivm.Reference(object)]),
              await context.evalClosure('return $0(2)', [new ivm.Callback(n => n + object.n)])];
    """
    assert program.child(code) == [6, 5, 7]


def test_the_default_isolate_may_be_busy_in_the_asking_one(program: Any) -> None:
    # The default isolate waits for `context`, which has an asynchronous call that waits for the default one.
    code = """
      const f = new ivm.Reference(() => 'answered');
      const later = context.evalClosure('return $0.applySync()', [f]);
      const now = context.evalSync('6 * 7');
      return [now, await later];
    """
    assert program.child(code) == [42, "answered"]


def test_apply_sync_promise_waits_for_a_promise_of_the_default_isolate(program: Any) -> None:
    code = """
      const f = new ivm.Reference(async n => { await 0; if (n < 0) throw new RangeError('r'); return { n } });
      const ask = (n, options) => context.evalClosure(
          `return $0.applySyncPromise(undefined, [$1], { result: { copy: true } }).n`, [f, n]);
      return [await ask(5), await rejected(() => ask(-1))];
    """
    assert program.child(code) == [5, "RangeError: r"]


def test_apply_sync_promise_is_not_for_the_default_thread(program: Any) -> None:
    message = "Error: This function may not be called from the default thread"
    code = """
      const own = new ivm.Reference(async () => 1), theirs = context.evalSync('async () => 1',
          { reference: true });
      return [caught(() => own.applySyncPromise()), caught(() => theirs.applySyncPromise()),
              caught(() => context.evalClosureSync('$0.applySyncPromise()', [own]))];
    """
    assert program.child(code) == [message] * 3


def test_apply_sync_promise_is_for_functions_of_the_default_isolate(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      const f = inner.evalSync('async () => 1', { reference: true });
      return rejected(() => context.evalClosure('$0.applySyncPromise()', [f]));
    """
    assert program.child(code) == "TypeError: `applySyncPromise` needs a function of the default isolate"


def test_while_apply_sync_promise_waits_synchronous_calls_work_and_asynchronous_ones_wait(
    program: Any,
) -> None:
    code = """
      let open, came;
      const opened = new Promise(resolve => open = resolve), arrived = new Promise(resolve => came = resolve);
      const f = new ivm.Reference(() => { came(); return opened });
      context.evalSync('globalThis.log = []');
      const waiting = context.evalClosure('log.push("in"); $0.applySyncPromise(); log.push("out")', [f]);
      await arrived;
      const queued = context.eval('log.push("queued")');
      const sync = context.evalSync('log.push("sync")');
      open();
      await waiting, await queued;
      return context.evalSync('log.join()');
    """
    assert program.child(code) == "in,sync,out,queued"


def test_dispose_while_apply_sync_promise_waits(program: Any) -> None:
    code = """
      let came;
      const arrived = new Promise(resolve => came = resolve);
      const f = new ivm.Reference(() => { came(); return new Promise(() => 0) });
      const waiting = rejected(() => context.evalClosure('$0.applySyncPromise()', [f]));
      await arrived;
      isolate.dispose();
      return waiting;
    """
    assert program.child(code) == "Error: Isolate was disposed during execution"


def test_timeouts_stop_what_runs_and_leave_the_isolate(program: Any) -> None:
    code = """
      const f = context.evalSync('() => { for (;;); }', { reference: true });
      const script = isolate.compileScriptSync('for (;;);');
      const timeout = 20;
      const errors = [
          caught(() => context.evalSync('for (;;);', { timeout })),
          await rejected(() => context.eval('for (;;);', { timeout })),
          caught(() => context.evalClosureSync('for (;;);', [], { timeout })),
          await rejected(() => context.evalClosure('for (;;);', [], { timeout })),
          caught(() => f.applySync(undefined, [], { timeout })),
          await rejected(() => f.apply(undefined, [], { timeout })),
          caught(() => script.runSync(context, { timeout })),
          await rejected(() => script.run(context, { timeout }))];
      context.evalIgnored('for (;;);', { timeout });
      f.applyIgnored(undefined, [], { timeout });
      return [[...new Set(errors)], await context.eval('6 * 7')];
    """
    assert program.child(code) == [["Error: Script execution timed out."], 42]


def test_a_timeout_can_not_be_caught_inside_and_its_stack_says_where(program: Any) -> None:
    code = """
      try {
        context.evalSync('function spin() { for (;;); }\\ntry { spin() } catch {} finally { ran = 1 }',
                         { timeout: 20 });
      } catch (error) {
        return [error.stack.split('\\n').slice(0, 4), context.evalSync('typeof ran')];
      }
    """
    stack, ran = program.child(code)
    assert ran == "undefined"
    assert stack[0] == "Error: Script execution timed out."
    assert "(<isolated-vm boundary>)" in "".join(stack)


def test_no_timeout_is_zero_undefined_or_more_than_anybody_waits(program: Any) -> None:
    code = "return [0, undefined, 1e300, Infinity].map(timeout => context.evalSync('1', { timeout }))"
    assert program.child(code) == [1, 1, 1, 1]


def test_the_clock_of_a_timeout_stands_while_the_isolate_waits(program: Any) -> None:
    code = """
      const slow = new ivm.Reference(() => { const end = Date.now() + 150; while (Date.now() < end);
          return 'done' });
      return [context.evalClosureSync('return $0.applySync()', [slow], { timeout: 60 }),
              await context.evalClosure('return $0.applySync()', [slow], { timeout: 60 })];
    """
    assert program.child(code) == ["done", "done"]


def test_an_inner_timeout_can_be_caught_by_the_outer_frame(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      return context.evalClosureSync(
          'try { $0.evalSync("for (;;);", { timeout: 20 }) } catch (error) { return error.message }',
              [inner]);
    """
    assert program.child(code) == "Script execution timed out."


def test_a_timeout_of_the_caller_reaches_nested_calls(program: Any) -> None:
    with isolates.Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
        context.eval_sync("globalThis.inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync()")
        call = context.eval("for (;;) inner.evalSync('for (let i = 0; i < 1e4; ++i);')", timeout=0.2)
        assert isinstance(call.exception(20), isolates.ScriptTimeoutError) or call.exception(20) is not None


def test_promises_settle_in_the_callers_isolate_in_order(program: Any) -> None:
    code = """
      const order = [];
      await Promise.all([1, 2, 3, 4].map(n => context.eval(String(n)).then(value => order.push(value))));
      return order;
    """
    assert program.child(code) == [1, 2, 3, 4]


def test_parameters_that_are_wrong_throw_at_once_and_failures_while_building_reject(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 1', { reference: true });
      f.release();
      return [await rejected(() => f.apply(undefined, 5)), await rejected(() => f.apply(undefined, [])),
              await rejected(() => context.evalClosure('', [Symbol()])),
              await rejected(() => context.evalClosure(5)),
              await rejected(() => context.eval('1', { get copy() { throw new RangeError('getter') } })),
              caught(() => context.evalSync('1', { get copy() { throw new RangeError('getter') } }))];
    """
    at_once = "thrown at once: TypeError: `"
    errors = program.child(code)
    assert errors[0].startswith(at_once + "Reference.apply` requires parameter 2")
    assert errors[3].startswith(at_once + "Context.evalClosure` requires parameter 1")
    assert errors[1:3] == [
        "Error: Reference has been released",
        "TypeError: A non-transferable value was passed",
    ]
    assert errors[4:] == ["RangeError: getter"] * 2
