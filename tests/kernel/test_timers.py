"""What setTimeout() and its kin return in cells."""

from __future__ import annotations

from typing import Any

import pytest

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
