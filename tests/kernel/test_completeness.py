"""is_complete: V8's own parser decides, and nothing that runs is waited for."""

from __future__ import annotations

import time
from typing import Any

import pytest

# The protocol's 200 ms, and what a busy machine adds to them on the way here and back.
IN_TIME_S = 0.2 + 0.4


def status(kernel: Any, code: str) -> tuple[str, str | None]:
    reply = kernel.reply(kernel.client.is_complete(code), "is_complete_reply")
    return reply["status"], reply.get("indent")


@pytest.mark.parametrize(
    "code",
    [
        "1",
        "",
        "await f()",
        "let x = {\n}",
        "for (const x of y) {}",
        "import a from './a.js'",
        "import * as b from 'b'\nb.c",
        "await import('a')",
        "export const a = 1",
        "%%isolate a\nf()",
        "%%module m\nexport default 1",
        "%await on",
        "%%isolate?",
        "{a: 1, b: 2}",
        "name?",
        "?a.b",
        "name??",
        "%%python\nx = 1",
        "// done",
    ],
)
def test_complete(kernel: Any, code: str) -> None:
    assert status(kernel, code)[0] == "complete"


@pytest.mark.parametrize(
    ("code", "indent"),
    [
        ("f(", "  "),
        ("function f() {", "  "),
        ("  if (x) {", "    "),
        ("function f() {\n  x();", "  "),
        ("`a", ""),
        ("/* a", ""),
        ("[1,", ""),
        ("a +", ""),
        ("await f(", "  "),
        ("import {", "  "),
        ("import {a} from", ""),
        ("%%isolate a\nif (x) {", "  "),
        ("%%isolate a", ""),
        ("%%python\nif x:", "    "),
    ],
)
def test_incomplete(kernel: Any, code: str, indent: str) -> None:
    assert status(kernel, code) == ("incomplete", indent)


@pytest.mark.parametrize(
    "code",
    [
        "f(}",
        "let x = ;",
        '"open',
        "%%nothing\n1",
        "%%isolate a,\n1",
        "import 1",
        "let a; let a; )",
        "}",
        "f() }",
    ],
)
def test_invalid(kernel: Any, code: str) -> None:
    assert status(kernel, code)[0] == "invalid"


def test_a_large_cell(kernel: Any) -> None:
    started = time.monotonic()
    assert status(kernel, "var a = [1, 'two', /three/];\n" * 40_000) == ("complete", None)
    assert time.monotonic() - started < IN_TIME_S + 0.5


def test_a_busy_isolate_is_not_waited_for(own_kernel: Any) -> None:
    request, subshell = own_kernel.start_aside("console.log('go'); for (;;);")
    reply = own_kernel.ask(subshell, "is_complete", code="f(")
    assert reply["status"] == "incomplete"
    assert reply["seconds"] < IN_TIME_S
    own_kernel.interrupt()
    assert own_kernel.finish(request).error["ename"] == "KeyboardInterrupt"
