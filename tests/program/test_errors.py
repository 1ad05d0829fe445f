"""What is said about errors that nobody catches."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Told = Callable[["subprocess.CompletedProcess[str]"], list[str]]


def test_an_error_is_told_with_its_place(told: Told, run_code: Run, tmp_path: Path) -> None:
    completed = run_code("function f() {\n\tthrow new TypeError('no');\n}\nf();\n")
    assert told(completed) == [
        f"{tmp_path}/main.js:2",
        "\tthrow new TypeError('no');",
        "\t^",
        "",
        "TypeError: no",
        f"    at f ({tmp_path}/main.js:2:8)",
        f"    at Object.<anonymous> ({tmp_path}/main.js:4:1)",
    ]
    assert completed.stdout == ""


def test_an_error_shows_its_properties_and_its_cause(told: Told, run_code: Run) -> None:
    text = "\n".join(
        told(run_code("throw Object.assign(new Error('x', {cause: new RangeError('y')}), {code: 'C'})"))
    )
    assert "\n  code: 'C'" in text
    assert "[cause]: RangeError: y" in text


def test_a_syntax_error_is_told_with_its_place(told: Told, run_code: Run, tmp_path: Path) -> None:
    completed = run_code("const a = 1;\nlet b = = 2;\n")
    assert told(completed) == [
        f"{tmp_path}/main.js:2",
        "let b = = 2;",
        "        ^",
        "",
        "SyntaxError: Unexpected token '='",
    ]
    assert completed.returncode == 1


def test_an_error_in_a_required_module_names_that_file(told: Told, run_code: Run, tmp_path: Path) -> None:
    (tmp_path / "part.js").write_text("\n\n  null.x;", "utf-8")
    completed = run_code("require('./part')")
    assert told(completed)[:3] == [f"{tmp_path}/part.js:3", "  null.x;", "       ^"]


def test_an_error_of_a_module_of_ours_is_shown_where_the_program_called_it(
    told: Told, run_code: Run, tmp_path: Path
) -> None:
    completed = run_code("const assert = require('assert');\nassert.strictEqual(1, 2);")
    lines = told(completed)
    assert lines[:3] == [f"{tmp_path}/main.js:2", "assert.strictEqual(1, 2);", "       ^"]
    assert lines[4] == "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:"
    assert "isolates:" not in completed.stderr


@pytest.mark.parametrize(
    ("thrown", "shown"),
    [
        ("'text'", "text"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("5n", "5"),
        ("Symbol('s')", "Symbol(s)"),
        ("{a: [1, {b: 2}]}", "{ a: [ 1, { b: 2 } ] }"),
    ],
)
def test_what_is_no_error_is_told_too(
    told: Told, run_code: Run, tmp_path: Path, thrown: str, shown: str
) -> None:
    completed = run_code(f"throw {thrown}")
    assert told(completed) == [f"{tmp_path}/main.js:1", f"throw {thrown}", "^", "", shown]
    assert completed.returncode == 1


def test_an_error_that_throws_when_it_is_looked_at_is_told_somehow(told: Told, run_code: Run) -> None:
    completed = run_code(
        "throw new Proxy(new Error('x'), {get() { throw new Error('y'); }, getPrototypeOf() { throw 1; }})"
    )
    assert completed.returncode == 1
    told(completed)


def test_a_very_long_line_is_shown_in_part(told: Told, run_code: Run) -> None:
    completed = run_code(f"/* {'x' * 5000} */ throw new Error('far'); /* {'y' * 5000} */")
    line, carets = told(completed)[1:3]
    assert len(line) <= 160
    assert line[carets.index("^") :].startswith("throw new Error('far')")


def test_an_unhandled_rejection_is_told_where_the_error_was_made(
    told: Told, run_code: Run, tmp_path: Path
) -> None:
    completed = run_code("async function f() {\n  throw new Error('boo');\n}\nf();")
    assert told(completed)[:5] == [
        f"{tmp_path}/main.js:2",
        "  throw new Error('boo');",
        "        ^",
        "",
        "Error: boo",
    ]
    assert completed.returncode == 1


def test_an_unhandled_rejection_with_something_else_is_wrapped(run_code: Run) -> None:
    completed = run_code("Promise.reject(5); setTimeout(() => console.log('never'), 1);")
    assert 'The promise rejected with the reason "5".' in completed.stderr
    assert "code: 'ERR_UNHANDLED_REJECTION'" in completed.stderr
    assert (completed.stdout, completed.returncode) == ("", 1)


@pytest.mark.parametrize(
    "handled",
    [
        "const p = Promise.reject(new Error('x')); p.catch(() => {})",
        "const p = Promise.reject(new Error('x')); process.nextTick(() => p.catch(() => {}))",
        "const p = Promise.reject(new Error('x')); queueMicrotask(() => p.catch(() => {}))",
        "(async () => { try { await Promise.reject(new Error('x')); } catch {} })()",
        "for (let i = 0; i < 1000; i++) Promise.reject(i).catch(() => {})",
    ],
)
def test_a_rejection_that_is_handled_in_time_is_none(run_code: Run, handled: str) -> None:
    completed = run_code(handled)
    assert (completed.stderr, completed.returncode) == ("", 0)


def test_handlers_get_the_values_themselves(run_code: Run) -> None:
    completed = run_code(
        """
        const reason = {a: 1};
        const promise = Promise.reject(reason);
        process.on('unhandledRejection', (r, p) => console.log(r === reason, p === promise));
        const error = new Error('x');
        process.on('uncaughtException', (e, origin) => console.log(e === error, origin));
        setTimeout(() => { throw error; }, 1);
        setTimeout(() => console.log('goes on'), 5);
        """
    )
    assert completed.stdout == "true true\ntrue uncaughtException\ngoes on\n"
    assert completed.returncode == 0


@pytest.mark.parametrize("place", ["setImmediate", "queueMicrotask", "process.nextTick", "setTimeout"])
def test_what_callbacks_throw_is_uncaught(run_code: Run, place: str) -> None:
    completed = run_code(
        f"process.on('exit', (c) => console.log('exit', c)); {place}(() => {{ throw new Error('late'); }})"
    )
    assert completed.stdout == "exit 1\n"
    assert "Error: late" in completed.stderr
    assert completed.returncode == 1
