"""The console, and where its text arrives."""

from __future__ import annotations

from typing import Any

import pytest


def test_each_method_has_its_stream(kernel: Any) -> None:
    run = kernel.ok("for (const name of ['log', 'info', 'debug', 'warn', 'error']) console[name](name)")
    assert run.stdout == "log\ninfo\ndebug\n"
    assert run.stderr == "warn\nerror\n"


def test_the_order_of_both_streams_is_kept(kernel: Any) -> None:
    run = kernel.ok("console.log(1); console.error(2); console.log(3); 4")
    texts = [message["content"].get("text", "result") for message in run.messages]
    assert texts == ["1\n", "2\n", "3\n", "result"]


def test_text_arrives_while_the_cell_runs(kernel: Any) -> None:
    request = kernel.start(
        "console.log('early'); const until = Date.now() + 1500; while (Date.now() < until); 'end'"
    )
    kernel.wait_for_text(request, "early")
    kinds = {message["msg_type"] for message in kernel.late[request]}
    assert "execute_result" not in kinds
    assert kernel.finish(request).result == "'end'"


def test_many_lines_arrive_complete(kernel: Any) -> None:
    run = kernel.ok("for (let i = 0; i < 20000; i++) console.log('line', i)")
    assert run.stdout == "".join(f"line {i}\n" for i in range(20000))


def test_many_turns_between_the_streams_arrive_complete(kernel: Any) -> None:
    run = kernel.ok("for (let i = 0; i < 10000; i++) { console.log('out', i); console.error('err', i) }")
    assert run.stdout == "".join(f"out {i}\n" for i in range(10000))
    assert run.stderr == "".join(f"err {i}\n" for i in range(10000))
    assert len(run.messages) < 1000


def test_late_text_belongs_to_the_cell_that_set_the_timer(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => console.log('from the first'), 30)")
    kernel.finish(request)
    second = kernel.ok("console.log('from the second'); await new Promise(r => setTimeout(r, 100))")
    assert second.stdout == "from the second\n"
    assert kernel.wait_for_text(request, "first") == "from the first\n"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("console.log('%s is %d', 'x', 5, {a: 1})", "x is 5 { a: 1 }\n"),
        ("console.log()", "\n"),
        ("console.log('100%', 'é', '\\u{1F600}')", "100% é \U0001f600\n"),
        (
            "console.group('head'); console.log('a\\nb'); console.groupEnd(); console.log('c')",
            "head\n  a\n  b\nc\n",
        ),
        ("console.count(); console.count('x'); console.count()", "default: 1\nx: 1\ndefault: 2\n"),
        ("console.dir({a: {b: {c: 1}}}, {depth: 0})", "{ a: [Object] }\n"),
        ("console.assert(true, 'not shown')", ""),
        ("console.table(5)", "5\n"),
    ],
)
def test_stdout_of(kernel: Any, code: str, text: str) -> None:
    kernel.ok("console.countReset('x'); console.countReset()")
    assert kernel.ok(code).stdout == text


def test_what_a_format_names_is_converted_once(kernel: Any) -> None:
    code = """
    let asked = 0;
    const value = {toString() { asked += 1; return 'text' }};
    for (const name of ['log', 'warn', 'trace', 'group']) console[name]('%s', value);
    console.groupEnd();
    console.assert(false, '%s', value);
    asked
    """
    run = kernel.ok(code)
    assert (run.result, run.stdout) == ("5", "text\n" * 2)
    assert kernel.ok("console.log('%s', Object.create(null))").stdout == "[Object: null prototype] {}\n"


def test_what_is_for_devtools_alone_is_silent(kernel: Any) -> None:
    run = kernel.ok("console.profile('p'); console.timeStamp('t'); console.profileEnd('p')")
    assert (run.stdout, run.stderr, run.result) == ("", "", None)


def test_table(kernel: Any) -> None:
    run = kernel.ok("console.table([{a: 1, b: 'x'}, {a: 2, get c() { throw 1 }}, 5])")
    assert run.stdout == (
        "┌─────────┬───┬─────┬──────────┬────────┐\n"
        "│ (index) │ a │ b   │ c        │ Values │\n"
        "├─────────┼───┼─────┼──────────┼────────┤\n"
        "│ 0       │ 1 │ 'x' │          │        │\n"
        "│ 1       │ 2 │     │ [Getter] │        │\n"
        "│ 2       │   │     │          │ 5      │\n"
        "└─────────┴───┴─────┴──────────┴────────┘\n"
    )


def test_table_of_a_map_and_of_a_set(kernel: Any) -> None:
    run = kernel.ok("console.table(new Map([['k', {a: 1}]])); console.table(new Set([{a: 1}]))")
    assert run.stdout == (
        "┌───────────────────┬─────┬──────────┐\n"
        "│ (iteration index) │ Key │ Values   │\n"
        "├───────────────────┼─────┼──────────┤\n"
        "│ 0                 │ 'k' │ { a: 1 } │\n"
        "└───────────────────┴─────┴──────────┘\n"
        "┌───────────────────┬──────────┐\n"
        "│ (iteration index) │ Values   │\n"
        "├───────────────────┼──────────┤\n"
        "│ 0                 │ { a: 1 } │\n"
        "└───────────────────┴──────────┘\n"
    )


def test_table_of_iterators(kernel: Any) -> None:
    run = kernel.ok(
        "const pairs = new Map([['k', 1], ['l', {a: 1}]]).entries(); pairs.next(); console.table(pairs);"
        "console.table(new Set(['x']).values()); pairs.next().value"
    )
    assert run.stdout == (
        "┌───────────────────┬─────┬──────────┐\n"
        "│ (iteration index) │ Key │ Values   │\n"
        "├───────────────────┼─────┼──────────┤\n"
        "│ 0                 │ 'l' │ { a: 1 } │\n"
        "└───────────────────┴─────┴──────────┘\n"
        "┌───────────────────┬────────┐\n"
        "│ (iteration index) │ Values │\n"
        "├───────────────────┼────────┤\n"
        "│ 0                 │ 'x'    │\n"
        "└───────────────────┴────────┘\n"
    )
    assert run.result == "[ 'l', { a: 1 } ]"


def test_assert_and_trace_go_to_stderr(kernel: Any) -> None:
    run = kernel.ok("console.assert(1 > 2, 'no %s', 'way');\nconsole.trace('here')")
    place = f"In [{run.reply['execution_count']}]:2:9"
    assert run.stderr == f"Assertion failed: no way\nTrace: here\n    at {place}\n"


def test_time_measures(kernel: Any) -> None:
    run = kernel.ok(
        "console.time('t'); console.timeLog('t', 'so far'); console.timeEnd('t'); console.timeEnd('t')"
    )
    first, second = run.stdout.splitlines()
    assert first.startswith("t: ")
    assert first.endswith("ms so far")
    assert second.endswith("ms")
    assert run.stderr == "Warning: No such label 't' for console.timeEnd()\n"


@pytest.mark.parametrize("text", ["see (isolates: the docs)", "look at isolates: x", "at (isolates:1)"])
def test_text_that_mentions_our_files_is_shown(kernel: Any, text: str) -> None:
    assert kernel.ok(f"console.log('{text}'); '{text}'").stdout == f"{text}\n"
    assert kernel.ok(f"'{text}'").result == f"'{text}'"
    shown = kernel.ok("console.log(new Error('e').stack)").stdout
    assert "isolates:" not in shown
