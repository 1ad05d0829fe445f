"""prompt(), confirm() and alert(): questions to the user."""

from __future__ import annotations

import time
from typing import Any

import pytest


def ask(kernel: Any, code: str, *answers: str) -> tuple[Any, list[str]]:
    """Runs the cell and answers its questions; they are returned too."""
    request = kernel.start(code, allow_stdin=True)
    questions = [kernel.answer(answer) for answer in answers]
    return kernel.finish(request), questions


@pytest.mark.parametrize(
    ("code", "answer", "question", "result"),
    [
        ("prompt('Name?')", "Ada", "Name? ", "'Ada'"),
        ("prompt('Name?', 'Bob')", "", "Name? [Bob] ", "'Bob'"),
        ("prompt('Name?', 'Bob')", "Ada", "Name? [Bob] ", "'Ada'"),
        ("prompt('Name?')", "", "Name? ", "''"),
        ("prompt('Name?')", "\x04", "Name? ", "null"),
        ("prompt('\\ud800é')", "é", "�é ", "'é'"),
        ("confirm('Sure?')", "y", "Sure? [y/N] ", "true"),
        ("confirm('Sure?')", "", "Sure? [y/N] ", "false"),
        ("confirm('Sure?')", "\x04", "Sure? [y/N] ", "false"),
        ("alert('Look')", "", "Look [Enter] ", None),
        ("%%isolate guest\nprompt('Password?')", "no", "[guest] Password? ", "'no'"),
        ("%%isolate guest\nprompt('\\r\\n[main]\\x1b[1A?')", "no", "[guest]   [main] [1A? ", "'no'"),
    ],
)
def test_questions(kernel: Any, code: str, answer: str, question: str, result: str | None) -> None:
    run, questions = ask(kernel, code, answer)
    assert questions == [question]
    assert run.result == result


def test_several_questions_and_output_between_them(kernel: Any) -> None:
    code = "const a = prompt('a'); console.log(a); await 1; const b = prompt('b'); a + b"
    run, questions = ask(kernel, code, "1", "2")
    assert (run.result, run.stdout, questions) == ("'12'", "1\n", ["a ", "b "])


def test_python_asks_too(kernel: Any) -> None:
    run, questions = ask(kernel, "%%python\nprint(input('Name? '))", "Ada")
    assert (run.stdout, questions) == ("Ada\n", ["Name? "])


@pytest.mark.parametrize("code", ["prompt('a')", "%%python\ninput('a')", "%%isolate guest\nprompt('a')"])
def test_an_interrupt_ends_the_waiting(kernel: Any, code: str) -> None:
    for _ in range(2):
        request = kernel.start(code, allow_stdin=True)
        kernel.question()
        started = time.monotonic()
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
        assert time.monotonic() - started < 10
    run, _ = ask(kernel, "prompt('again')", "yes")
    assert run.result == "'yes'"


def test_a_timeout_ends_the_waiting(kernel: Any) -> None:
    request = kernel.start("%%isolate guest --timeout 0.5\nprompt('a')", allow_stdin=True)
    kernel.question()
    assert kernel.finish(request).error["ename"] == "ScriptTimeoutError"
    assert kernel.ok("%%isolate guest\n1 + 1").result == "2"


def test_nobody_can_be_asked(kernel: Any) -> None:
    error = kernel.fails("prompt('a')", allow_stdin=False).error
    assert "nobody can be asked" in error["evalue"]
    request = kernel.start(
        "setTimeout(() => { try { prompt('a') } catch (e) { console.log(e.message) } }, 10)"
    )
    kernel.finish(request)
    assert "the cell has ended" in kernel.wait_for_text(request, "asked")
