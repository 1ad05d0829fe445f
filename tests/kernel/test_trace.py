"""%%trace."""

from __future__ import annotations

import re
from typing import Any

import pytest


def trace(run: Any) -> list[str]:
    """The lines, without times."""
    return [re.sub(r"  \([\d.]+ m?s\)$", "", line) for line in run.stdout.splitlines()]


def test_calls_are_shown_in_order_with_arguments_and_values(kernel: Any) -> None:
    run = kernel.ok("%%trace\nfunction fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nfib(2)")
    assert run.result == "1"
    lines = ["\u2192 fib(2)", "  \u2192 fib(1)", "  \u2190 fib: 1", "  \u2192 fib(0)", "  \u2190 fib: 0"]
    assert trace(run) == [*lines, "\u2190 fib: 1"]
    assert kernel.ok("fib(3)").stdout == ""


def test_what_is_thrown_and_printed_has_its_place(kernel: Any) -> None:
    run = kernel.fails(
        "%%trace\nfunction bad(x) {\n  console.log('in', x)\n  throw new Error('no')\n}\nbad({a: 1})"
    )
    assert trace(run) == ["\u2192 bad({a: 1})", "in { a: 1 }", "\u2717 bad threw Error: no"]
    assert run.error["ename"] == "Error"
    assert f"In [{run.reply['execution_count']}]:4:" in run.traceback


CODE = """%%trace
'use strict'
class A {
  #x = 1
  constructor(n) { this.n = n }
  get twice() { return (this.n, this.n * 2) } // doubled
  static make({a}, ...rest) { return new A(a) }
}
class B extends A { constructor() { super(5) } }
const add = (a, b = 2) => ({sum: a + b}), curry = x => y => (x, y), strict = function () { return this }
async function later(ms) {
  await new Promise((done) => { setTimeout(done, ms) })
  for await (const x of [inner(ms)]) return await (1, x)
}
async function inner(x) { return x }
function *gen() { yield (() => 1)() }
var seen = [A.make({a: 1}, 2).twice, new B().n, add(1).sum, curry(1)(2), strict(), await later(1)]
seen.push([...gen()][0])
seen.join()"""


def test_traced_code_does_what_it_did(kernel: Any) -> None:
    traced = kernel.ok(CODE)
    assert traced.result == kernel.ok(CODE.split("\n", 1)[1]).result == "'2,5,3,2,,1,1'"
    lines = trace(traced)
    assert lines[0] == "\u2192 make({a: 1}, 2)"
    assert "\u21e0 gen yields 1" in lines
    assert "\u2190 add: {sum: 3}" in lines
    assert "\u2190 later: 1" in lines
    assert "  \u2190 inner: 1" in lines


GENERATORS = """function *count(n) { const got = yield; for (let i = 0; i < n; i++) yield i; return got }
const make = {*both(n) { yield* count(n); yield* [7]; try { yield 8 } finally { seen.push('end') } }}
async function *later(n) { for (const x of make.both(n)) yield await x }
var seen = []
for (const x of make.both(1)) { seen.push(x); if (x === 8) break }
for await (const x of later(1)) seen.push(x)
const one = count(2); one.next()
try { one.throw(new Error('sent')) } catch ({message}) { seen.push(message) }
seen.join()"""


def test_traced_generators_do_what_they_did(kernel: Any) -> None:
    plain = kernel.ok(GENERATORS)
    assert kernel.ok(f"%%trace\n{GENERATORS}").result == plain.result == "',0,7,8,end,,0,7,8,end,sent'"


def test_generators_have_a_line_for_each_value(kernel: Any) -> None:
    code = "function *inner(n) { yield n; return 'x' }\nfunction *outer() { yield* inner(1); yield 1 }"
    use = "function use(all) { return all.next().value }\nconst all = outer(); use(all); use(all); all.next()"
    assert trace(kernel.ok(f"%%trace\n{code}\n{use}")) == [
        "\u2192 use(Generator)",
        "  \u2192 outer()",
        "  \u2192 inner(1)",
        "  \u21e0 inner yields 1",
        "\u2190 use: 1",
        "\u2192 use(Generator)",
        '  \u2190 inner: "x"',
        "  \u21e0 outer yields 1",
        "\u2190 use: 1",
        "\u2190 outer: undefined",
    ]


def test_values_of_generators_count_as_calls(kernel: Any) -> None:
    run = kernel.ok(
        "%%trace --calls 3\nfunction *all() { for (let i = 0; ; i++) yield i }\n"
        "for (const x of all()) if (x > 1000) break"
    )
    assert trace(run) == [
        "\u2192 all()",
        "\u21e0 all yields 0",
        "\u21e0 all yields 1",
        "\u2026 more calls are not shown",
    ]


def test_times_are_told_from_half_a_millisecond(kernel: Any) -> None:
    run = kernel.ok(
        "%%trace\nfunction slow() { const end = performance.now() + 1.2\nwhile (performance.now() < end); }\n"
        "function quick() {}\nslow()\nquick()"
    )
    times = re.findall(r"slow: undefined  \((\d\.\d\d) ms\)", run.stdout)
    assert len(times) == 1, run.stdout
    assert float(times[0]) >= 1.2


def test_only_so_many_calls_are_shown(kernel: Any) -> None:
    run = kernel.ok("%%trace --calls 3\nfunction f(n) { return n ? f(n - 1) : 'end' }\nf(1000)")
    lines = ["\u2192 f(1000)", "  \u2192 f(999)", "    \u2192 f(998)", "\u2026 more calls are not shown"]
    assert (run.stdout.splitlines(), run.result) == (lines, "'end'")


def test_values_are_short_and_run_nothing_of_note(kernel: Any) -> None:
    code = "const shy = {get x() { throw 1 }}, long = 'x'.repeat(1e6)\nfunction take(value) {}\n"
    calls = "[shy, long, [1, 2, 3, 4], new Map(), null, 5n, Symbol('s'), take]"
    lines = trace(kernel.ok(f"%%trace\n{code}{calls}.forEach((value) => take(value))"))
    assert max(map(len, lines)) < 200
    takes = [line.strip() for line in lines if "\u2192 take" in line]
    assert takes[0] == "\u2192 take([not to be shown])"
    assert takes[2:7] == [
        "\u2192 take([1, 2, 3, \u2026 1 more])",
        "\u2192 take(Map)",
        "\u2192 take(null)",
        "\u2192 take(5n)",
        "\u2192 take(Symbol(s))",
    ]


def test_several_isolates(kernel: Any) -> None:
    run = kernel.ok("%%trace x,y\nconst g = (s) => s.length; g('hello')")
    assert run.result == "x: 5\ny: 5"
    for name in ("x", "y"):
        assert f'[stdout:{name}] \u2192 g("hello")' in run.stdout


def test_it_ends_at_its_timeout_and_by_an_interrupt(kernel: Any) -> None:
    run = kernel.fails("%%trace --timeout 0.3\nfunction loop() { for (;;); }\nloop()")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert run.stdout == "\u2192 loop()\n"
    request = kernel.start("%%trace\nfunction loop() { console.log('go'); for (;;); }\nloop()")
    kernel.wait_for_text(request, "go")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    assert kernel.ok("6 * 7").result == "42"


def test_an_isolate_that_dies_is_not_made_anew(kernel: Any) -> None:
    kernel.ok("%%isolate mortal --memory 16\n1")
    code = "function eat() { const all = []; for (;;) all.push(Array(1e3).fill(1)) }\neat()"
    assert kernel.fails(f"%%trace mortal\n{code}").error["ename"] == "MemoryLimitError"
    kernel.ok("%python died = manager.get('mortal').isolate.is_disposed")
    assert kernel.ok("%python died").result == "True"


def test_forks_have_the_cell_as_it_was_written(kernel: Any) -> None:
    kernel.ok("%%trace origin\nfunction plain() { return 1 }\nplain()")
    kernel.ok("%fork origin forked")
    assert kernel.ok("%%isolate forked\nplain.toString()").result == "'function plain() { return 1 }'"


def test_without_functions_there_is_nothing_to_trace(kernel: Any) -> None:
    run = kernel.ok("%%trace\n6 * 7")
    assert (run.stdout, run.result) == ("The cell declares no function that could be traced.\n", "42")
    assert kernel.fails("%%trace\nfunction (").error["ename"] == "SyntaxError"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--calls 0", "argument --calls: '0' is no whole number from 1 to 100000"),
        ("--calls x", "argument --calls: 'x' is no whole number"),
        ("--timeout 0", "argument --timeout: '0' is not above 0"),
        ("--context 1", "argument --context: '1' is no name for a context"),
        ("a[", "argument TARGETS: 'a[' is no range"),
        ("--call 3", "there is no option --call: is --calls meant?"),
    ],
)
def test_bad_options_are_named_and_nothing_runs(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(f"%%trace {line}\nvar ran_traced = 1")
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]
    assert kernel.ok("typeof ran_traced").result == "'undefined'"
