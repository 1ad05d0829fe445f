"""%%time, %timeit and %%timeit."""

from __future__ import annotations

import re
from typing import Any

import pytest

DURATION = r"\d+(?:\.\d+)? (?:ns|\u00b5s|ms|s)"
TIMES = re.compile(rf"wall {DURATION}, JavaScript {DURATION}, CPU {DURATION}, heap [+-].* \(now .*\)\n")
FIRST = re.compile(
    rf"{DURATION} \u00b1 {DURATION} per loop \(mean \u00b1 std\. dev\. of (\d+) runs?, ([\d,]+) loops? each\)"
)
QUICK = "-n 100 -r 2"


def shown(run: Any) -> dict[str, Any]:
    (message,) = [message for message in run.messages if message["msg_type"] == "display_data"]
    data: dict[str, Any] = message["content"]["data"]
    return data


def rows(run: Any) -> list[str]:
    lines: list[str] = shown(run)["text/plain"].split("\n")
    return lines


def seconds(text: str) -> float:
    number, unit = text.split()
    return float(number) * {"ns": 1e-9, "\u00b5s": 1e-6, "ms": 1e-3, "s": 1}[unit]


# --- %%time ---


def test_what_a_cell_has_taken_is_told_beside_its_value(kernel: Any) -> None:
    run = kernel.ok(
        "%%time\nlet timed = 1; console.log('out'); await new Promise((r) => setTimeout(r, 60)); 6 * 7"
    )
    out, told = run.stdout.split("\n", 1)
    assert (out, run.result) == ("out", "42")
    assert TIMES.fullmatch(told)
    wall, javascript = (seconds(text) for text in re.findall(DURATION, told)[:2])
    assert wall >= 0.06 > javascript
    assert kernel.ok("timed").result == "1"


def test_the_heap_counts_what_the_cell_keeps(kernel: Any) -> None:
    run = kernel.ok("%%time\nvar kept = new Uint8Array(5 << 20); 0")
    assert re.search(r"heap \+5\.\d MB", run.stdout)
    kernel.ok("kept = null")


def test_several_isolates_are_a_table(kernel: Any) -> None:
    run = kernel.ok("%%time x,y --context c\n1 + 1")
    assert "New isolates x, y" in run.stdout
    head, *lines = rows(run)
    assert head.split("  ")[0] == "isolate"
    assert [line.split()[0] for line in lines] == ["x", "y"]
    assert run.result == "x: 2\ny: 2"
    assert "<table" in shown(run)["text/html"]


def test_a_cell_that_fails_is_timed_too(kernel: Any) -> None:
    run = kernel.fails("%%time\nlet a = 1;\nmissing()")
    assert run.error["ename"] == "ReferenceError"
    assert f"In [{run.reply['execution_count']}]:3:1" in run.traceback
    assert TIMES.fullmatch(run.stdout)
    run = kernel.fails("%%time --timeout 0.3\nfor (;;);")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert TIMES.fullmatch(run.stdout)


def test_an_isolate_that_dies_is_told(kernel: Any) -> None:
    kernel.ok("%%isolate dies --memory 16\nvar dies = true")
    run = kernel.fails(
        "%%time dies,x\nif (globalThis.dies) { const all = []; for (;;) all.push(new Array(1000).fill(1)) }"
    )
    assert "MemoryLimitError" in run.traceback
    assert [line.split()[0] for line in rows(run)[1:]] == ["dies", "x"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%%time --timeout x", "argument --timeout: 'x' is not a number"),
        ("%%time --context 1", "argument --context: '1' is no name for a context"),
        ("%%time a[", "argument TARGETS: 'a[' is no range"),
        ("%%time none*", "TARGETS 'none*': no isolate that lives is meant"),
        ("%%time --interval 3", "there is no option --interval"),
        ("%%timeit -n 0", "argument -n/--number: '0' is no whole number from 1 to 1000000000000"),
        ("%%timeit -n x", "argument -n/--number: 'x' is no whole number"),
        ("%%timeit -r 1001", "argument -r/--repeat: '1001' is no whole number from 1 to 1000"),
        ("%%timeit --isolate 1", "argument --isolate: '1' is no name for an isolate"),
        ("%%timeit --context=?", "argument --context: '?' is no name for a context"),
        ("%%timeit --timeout 0", "argument --timeout: '0' is not above 0"),
        ("%%timeit --isolat a", "there is no option --isolat: is --isolate meant?"),
        ("%%timeit --out 5", "argument --out: '5' is no name for a variable of Python"),
        ("%%timeit await 1", "SETUP 'await 1': it can't await"),
    ],
)
def test_bad_options_are_named_and_nothing_runs(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(f"{line}\nvar ran = 1")
    assert run.error["ename"] == "UsageError"
    assert run.error["evalue"].startswith(line.split()[0] + ": ")
    assert told in run.error["evalue"]
    assert kernel.ok("typeof ran").result == "'undefined'"


# --- %timeit ---


def test_a_line_is_measured_when_it_is_warm(kernel: Any) -> None:
    kernel.ok("var calls = 0; function called() { for (let i = 0; i < 1000; i++) calls++; return calls }")
    run = kernel.ok("%timeit -r 3 called()")
    first, second = run.stdout.split("\n")[:2]
    match = FIRST.match(first)
    assert match is not None
    loops = int(match[2].replace(",", ""))
    warm = re.search(r"(?:warm|not steady yet) after ([\d,]+) loops in .*, the first took ", second)
    assert match[1] == "3"
    assert warm is not None
    assert loops > 100
    counted = (3 * loops + int(warm[1].replace(",", ""))) * 1000
    assert int(kernel.ok("calls").result) == counted


def test_loops_and_runs_can_be_given(kernel: Any) -> None:
    for options in ("-n 10 -r 1", "-n10 -r1", "--number=10 --repeat 1"):
        run = kernel.ok(f"%timeit {options} [1, 2, 3].map((x) => `${{x}}`)")
        match = FIRST.match(run.stdout)
        assert match is not None
        assert match.groups() == ("1", "10")
        assert "the first took" not in run.stdout


def test_the_result_is_pythons(kernel: Any) -> None:
    run = kernel.ok("%timeit -n 10 -r 3 -o --out times [1, 2].join()")
    first = run.stdout.split("\n")[0]
    assert run.result == f"<TimeitResult: {first}>"
    assert kernel.ok("%python print(times)").stdout == f"{first}\n"
    assert kernel.ok("%python times.loops, times.repeat, len(times.timings)").result == "(10, 3, 3)"
    kernel.ok(
        "%%python\nassert times.best == min(times.timings) <= times.average <= times.worst\n"
        "assert [round(run / 10, 12) for run in times.all_runs] == [round(t, 12) for t in times.timings]\n"
        "assert times.stdev >= 0"
    )
    assert kernel.ok("%timeit -n 10 -r 1 --out times --isolate x,y 1").result is None
    assert kernel.ok("%python list(times)").result == "['x', 'y']"
    assert kernel.ok("%%timeit -n 10 -r 1 -o let a = 1\na").result.startswith("<TimeitResult: ")


def test_garbage_that_was_collected_is_told(kernel: Any) -> None:
    # A large array each time: a young generation is full long before the end.
    run = kernel.ok("%timeit -n 50 -r 20 Array.from({length: 10_000}, (_, i) => ({i}))")
    assert "Garbage was collected during the runs" in run.stdout
    assert "Garbage" not in kernel.ok("%timeit -n 10 -r 3 1 + 1").stdout


def test_setup_runs_before_each_run_and_is_not_measured(kernel: Any) -> None:
    kernel.ok("var setups = 0, seen = new Set()")
    run = kernel.ok("%%timeit -n 5 -r 2 const list = [setups++] // once\nlist.push(1)\nseen.add(list.length)")
    assert FIRST.match(run.stdout)
    assert kernel.ok("[setups > 2, [...seen]]").result == "[ true, [ 2, 3, 4, 5, 6 ] ]"


def test_code_that_awaits_is_measured_to_its_end(kernel: Any) -> None:
    run = kernel.ok("%timeit -n 2 -r 2 await new Promise((resolve) => setTimeout(resolve, 30))")
    assert seconds(re.findall(DURATION, run.stdout)[0]) >= 0.03
    assert "promise" not in run.stdout
    run = kernel.ok(f"%timeit {QUICK} Promise.resolve(1)")
    assert "It gives a promise, which nobody waited for" in run.stdout


def test_what_v8_computes_once_is_told(kernel: Any) -> None:
    code = "let a = 1"
    assert "Less than 1 ns" not in kernel.ok(f"%timeit {QUICK} JSON.stringify([1, 2, 3])").stdout
    assert FIRST.match(kernel.ok(f"%timeit {QUICK} {code}").stdout)


def test_code_stays_code(kernel: Any) -> None:
    kernel.ok("var minus = 2")
    for code in (
        "-- -minus",
        "'a b'.split(' ')",
        "{ let x = 1; x }",
        "if (minus) 1; else 2",
        "/--/.test('x')",
    ):
        assert FIRST.match(kernel.ok(f"%timeit {QUICK} {code}").stdout), code


def test_isolates_side_by_side(kernel: Any) -> None:
    run = kernel.ok(f"%timeit {QUICK} --isolate x,y (() => 1)()")
    head, x, y, note = rows(run)[:4]
    assert head.split()[:4] == ["isolate", "mean", "std.", "dev."]
    assert (x.split()[0], y.split()[0]) == ("x", "y")
    assert note == "times per loop, of 2 runs; loops are those of one run"


def test_errors_have_their_place(kernel: Any) -> None:
    run = kernel.fails("%%timeit\nlet a = 1;\na.b.c")
    assert run.error["ename"] == "TypeError"
    assert f"In [{run.reply['execution_count']}]:3:" in run.traceback
    run = kernel.fails("%%timeit\nlet a = 1;\nlet = ]")
    assert run.error["ename"] == "SyntaxError"
    assert f"In [{run.reply['execution_count']}]:3:" in run.traceback
    assert kernel.fails("%timeit foo(").error["ename"] == "SyntaxError"
    kernel.ok("%%isolate x\nvar only = 1")
    run = kernel.fails(f"%timeit {QUICK} --isolate x,y only")
    assert run.error["ename"] == "CompositeError"
    assert "[y]" in run.traceback
    assert [line.split()[0] for line in rows(run)[1:2]] == ["x"]


def test_it_ends_at_its_timeout_and_by_an_interrupt(kernel: Any) -> None:
    assert kernel.fails("%timeit --timeout 0.3 for(;;);").error["ename"] == "ScriptTimeoutError"
    assert (
        kernel.fails("%timeit --timeout 0.3 await new Promise(() => {})").error["ename"]
        == "ScriptTimeoutError"
    )
    for where, code in (
        ("", "for(;;);"),
        ("", "await new Promise(() => {})"),
        ("--isolate x,y ", "for(;;);"),
    ):
        request = kernel.start(f"%timeit {where}console.log('go'); {code}")
        kernel.wait_for_text(request, "go")
        kernel.manager.interrupt_kernel()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    assert kernel.ok("6 * 7").result == "42"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%timeit", "the following arguments are required: CODE"),
        ("%timeit -n 5", "the following arguments are required: CODE"),
        ("%timeit -n x 1", "argument -n/--number: 'x' is no whole number"),
        ("%timeit --nothing 1", "there is no option --nothing"),
        ("%timeit import 'x'", "the code can't import or export"),
        ("%%timeit import 'x'\n1", "SETUP can't import or export"),
        ("%%timeit\n  \n", "the cell has no code below it"),
    ],
)
def test_code_that_can_not_be_measured(kernel: Any, cell: str, told: str) -> None:
    run = kernel.fails(cell)
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]


def test_help_says_what_is_measured(kernel: Any) -> None:
    for name in ("%%time", "%timeit", "%%timeit"):
        payload = kernel.ok(f"{name}?").reply["payload"][0]["data"]["text/plain"]
        assert payload.startswith(f"usage: {name} ")
