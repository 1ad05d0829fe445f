"""What setTimeout() and its kin return in cells."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, cast

import pytest

from isolates import Context, Isolate, Reference, TerminatedError, _native
from isolates.kernel.session import Session, prelude
from isolates.prelude import bundle_source, source

WAIT = "await new Promise((resolve) => setTimeout(resolve, {0}));"


@pytest.mark.parametrize("where", ["", "%%isolate ticking\n"])
def test_timers_are_objects_as_in_node(kernel: Any, where: str) -> None:
    code = """
    var timer = setTimeout(() => 1, 1e6), immediate = setImmediate(() => 1);
    const chained = timer.unref().ref().unref() === timer && immediate.unref().unref() === immediate;
    const id = +timer;
    clearTimeout(timer);
    const names = [typeof id, timer[Symbol.toPrimitive]() === id, `${timer}` === `${id}`];
    [chained, timer.hasRef(), immediate.hasRef(), ...names]
    """
    assert kernel.ok(f"{where}{code}").result == "[ true, false, false, 'number', true, true ]"
    assert kernel.ok(f"{where}[timer, immediate]").result == "[ Timeout {}, Immediate {} ]"


def test_each_way_to_clear_a_timer(kernel: Any) -> None:
    code = f"""
    const fired = [];
    const add = (name) => setTimeout(() => fired.push(name), 5);
    clearTimeout(add('object'));
    clearInterval(+add('number'));
    clearTimeout(String(+add('string')));
    add('close').close();
    {{ using disposed = add('disposed'); }}
    clearImmediate(setImmediate(() => fired.push('immediate')));
    for (const nothing of [null, undefined, {{}}, Symbol('x'), 1e9, 'x', []]) clearTimeout(nothing);
    add('left');
    const self = setInterval(function () {{ fired.push(this === self); clearInterval(this); }}, 5);
    {WAIT.format(60)}
    fired.sort()"""
    assert kernel.ok(code).result == "[ 'left', true ]"


def test_a_refreshed_timer_starts_again(kernel: Any) -> None:
    code = f"""
    let times = 0, cleared = 0, puts = 0;
    const again = setTimeout(() => {{ times += 1; if (times < 3) again.refresh(); }}, 3);
    const gone = setTimeout(() => cleared++, 3);
    clearTimeout(gone);
    gone.refresh();
    const put = setTimeout(() => puts++, 3);
    put.refresh().refresh();
    {WAIT.format(80)}
    [times, cleared, puts]"""
    assert kernel.ok(code).result == "[ 3, 0, 1 ]"


def test_nobody_makes_timers_that_speak_for_other_cells(kernel: Any) -> None:
    code = """
    const {constructor: Timeout} = setTimeout(() => 1);
    const told = [];
    Object.setPrototypeOf(Timeout, function (...args) { told.push(...args); });
    const fake = {callback() { console.log('not I') }, args: [], delay: 1, cell: 1, isActive: true};
    const errors = [() => new Timeout(fake), () => new Timeout(undefined, fake)].map((make) => {
      try { make(); } catch (error) { return error.code; }
    });
    setTimeout(() => 1);
    for (const name of ['refresh', 'close', 'ref']) {
      try { Timeout.prototype[name].call(fake); errors.push(0); } catch {}
    }
    [errors, told.length]"""
    run = kernel.ok(f"%%isolate forging\n{code}")
    assert run.result == "[ [ 'ERR_ILLEGAL_CONSTRUCTOR', 'ERR_ILLEGAL_CONSTRUCTOR' ], 0 ]"


class Host:
    """The host of a prelude without a kernel: a clock that is set by hand, and calls that can fail."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.wakes: list[float] = []
        self.left: int | None = None  # how many calls succeed before one is broken off

    def wake(self, delay_ms: float, cell: int) -> None:
        self._count()
        self.wakes.append(self.now_ms + delay_ms)

    def now(self) -> float:
        self._count()
        return self.now_ms

    def _count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise InterruptedError("as an interrupt does, which no JavaScript sees")

    def install(self, context: Context) -> Reference:
        """The operations of a prelude in the context."""
        natives = _native._inspect_natives(context).result()
        given = {
            "natives": natives.deref_into(),
            "wake": self.wake,
            "now": self.now,
            "write": lambda cell, stream, text: None,
            "bundle": bundle_source,
        }
        made = context.eval_closure_sync(prelude(tuple(given)), tuple(given.values()), reference=True)
        assert isinstance(made, Reference)
        return made


@pytest.fixture
def context() -> Iterator[Context]:
    with Isolate() as isolate:
        yield isolate.create_context_sync()


def test_an_interrupt_while_a_timer_is_set_leaves_the_others_alive(context: Context) -> None:
    host = Host()
    operations = host.install(context)
    context.eval_sync("globalThis.fired = []; 0")
    host.left = 2  # of the clock; the call is refused
    with pytest.raises(Exception, match="as an interrupt does"):
        context.eval_sync("setTimeout(() => fired.push('broken off'), 10)")
    host.left = None
    context.eval_sync("setTimeout(() => fired.push('other'), 20); 0")
    assert host.wakes
    for _ in range(3):
        host.now_ms = host.wakes[-1] + 1
        operations.apply_sync(None, ["fire", 0])
    assert "other" in context.eval_sync("fired", copy=True)


def test_no_timer_is_lost_where_work_on_their_heap_is_broken_off(context: Context) -> None:
    """Each comparison may be the last of its call, as it may be when an interrupt comes."""
    code = """
    let left = Infinity;
    const timer = (due, order) => ({
      order, isActive: true, at: due,
      get due() { if ((left -= 1) < 0) throw new Error('broken off'); return this.at; },
      set due(value) { this.at = value; },
    });
    const brokenOff = (count, work) => {
      left = count;
      try { work(); } catch {}
      left = Infinity;
    };
    let wrong = 0;
    for (let count = 0; count < 40; count++) {
      for (const work of ['insert', 'remove', 'delay']) {
        const all = [];
        for (let i = 0; i < 40; i++) { all.push(timer((i * 17) % 40, i)); heapInsert(all[i]); }
        const first = firstTimer();
        const more = timer(-1, 99);
        if (work === 'insert') brokenOff(count, () => heapInsert(more));
        if (work === 'remove') brokenOff(count, () => heapRemoveFirst());
        if (work === 'delay') brokenOff(count, () => heapDelayFirst(100, 100));
        const found = [];
        for (let next = firstTimer(); next !== undefined; next = firstTimer()) {
          found.push(next);
          heapRemoveFirst();
        }
        const dues = found.map(({at}) => at).join();
        const isThere = (one) => one === (work === 'remove' ? first : undefined) || found.includes(one);
        if (dues !== found.map(({at}) => at).sort((a, b) => a - b).join() || !all.every(isThere)) wrong += 1;
        if (new Set(found).size !== found.length) wrong += 1;
      }
    }
    return wrong;"""
    assert context.eval_closure_sync(f"{source('primordials', 'timer_heap')}\n{code}") == 0


def test_an_interrupt_that_meets_the_end_of_timers_does_not_save_them() -> None:
    asked: list[object] = []

    class Operations:
        def apply(self, _: None, arguments: list[object]) -> Future[object]:
            asked.append(arguments)
            future: Future[object] = Future()
            if len(asked) < 3:
                future.set_exception(TerminatedError("by the next interrupt"))
            else:
                future.set_result(None)
            return future

    class StoppedSession(Session):
        def __init__(self) -> None:
            self._dispatch = cast("Reference", Operations())

    StoppedSession()._stop_timers(5)
    assert asked == [["stop", 5]] * 3
