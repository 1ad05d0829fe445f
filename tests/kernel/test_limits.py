"""%limits and %isolateconfig."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.test_overview import rows_of, shown


@pytest.fixture(autouse=True)
def as_before(shared_kernel: Any) -> Iterator[None]:
    yield
    shared_kernel.ok(
        "%isolateconfig --timeout none --memory 128 --group-outputs type --block --progress-after 5"
    )


def table(run: Any) -> dict[str, list[str]]:
    rows = rows_of(run)
    return {name: row[1:] for name, row in rows.items()}


def test_limits_are_shown(kernel: Any) -> None:
    kernel.ok("%%isolate limited --memory 16\n1")
    run = kernel.ok("%limits limited main")
    assert table(run) == {
        "limited": ["16 MB", "none (the session's)"],
        "main": ["1024 MB", "none (the session's)"],
    }
    assert "which" not in shown(run)["text/plain"].split("\n")[0]
    assert list(table(kernel.ok("%limits"))) == ["main"]


def test_showing_a_value_is_within_the_timeout_of_its_cell(kernel: Any) -> None:
    shown = "({[Symbol.for('nodejs.util.inspect.custom')]() { for (;;); }})"
    run = kernel.ok(f"%%isolate main --timeout 1\n{shown}")
    assert re.fullmatch(r"\[object that takes longer than (1|0\.\d+) s to show\]", run.result)
    # A cell that has used up its time shows its value all the same.
    spent = "for (const end = Date.now() + 350; Date.now() < end;); ({a: 1})"
    assert kernel.ok(f"%%isolate main --timeout 0.4\n{spent}").result == "{ a: 1 }"


def test_a_timeout_of_one_isolate(kernel: Any) -> None:
    kernel.ok("%%isolate hasty\n1")
    assert table(kernel.ok("%limits hasty --timeout 0.3")) == {"hasty": ["128 MB", "0.3 s"]}
    assert kernel.fails("%%isolate hasty\nfor (;;) {}").error["ename"] == "ScriptTimeoutError"
    assert kernel.ok("%%isolate hasty --timeout 20\n1").result == "1"
    kernel.ok("%reset hasty")
    assert kernel.fails("%%isolate hasty\nfor (;;) {}").error["ename"] == "ScriptTimeoutError"
    kernel.ok("%isolateconfig --timeout 0.5")
    assert table(kernel.ok("%limits hasty --timeout none")) == {"hasty": ["128 MB", "none"]}
    assert table(kernel.ok("%limits hasty --timeout default")) == {
        "hasty": ["128 MB", "0.5 s (the session's)"]
    }
    kernel.ok("%limits hasty --timeout 3")
    kernel.ok("%dispose hasty")
    kernel.ok("%%isolate hasty\n1")
    assert table(kernel.ok("%limits hasty")) == {"hasty": ["128 MB", "0.5 s (the session's)"]}


def test_another_memory_limit_is_refused_with_what_to_do(kernel: Any) -> None:
    kernel.ok("%%isolate fixed --memory 16\n1")
    run = kernel.fails("%limits fixed --memory 32 --timeout 3")
    for word in ("--memory 32", "'fixed'", "16 MB", "%dispose fixed", "%%isolate fixed --memory 32"):
        assert word in run.error["evalue"]
    assert table(kernel.ok("%limits fixed --memory 16")) == {"fixed": ["16 MB", "none (the session's)"]}


def test_defaults_are_shown_and_hold(kernel: Any) -> None:
    assert kernel.ok("%isolateconfig --timeout 0.3 --memory 64 --group-outputs target").messages == []
    kernel.ok("%isolateconfig -a --progress-after 2")
    assert {name: row[0] for name, row in table(kernel.ok("%isolateconfig")).items()} == {
        "--timeout": "0.3 s",
        "--memory": "64 MB",
        "--group-outputs": "target",
        "--block or --noblock": "--noblock",
        "--progress-after": "2 s",
    }
    assert kernel.ok("%%isolate dreams -o dream\n6 * 7").result is None
    assert kernel.ok("%python dream.result(10)").result == "42"
    kernel.ok("%isolateconfig -b")
    assert kernel.fails("for (;;) {}").error["ename"] == "ScriptTimeoutError"
    assert table(kernel.ok("%limits dreams"))["dreams"][0] == "64 MB"
    assert kernel.ok("%python get_ipython().kernel.default_memory").result == "64.0"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%limits kept --timeout 0", ["--timeout", "'0'"]),
        ("%limits kept --timeout soon", ["--timeout", "'soon'"]),
        ("%limits kept --timeout", ["--timeout"]),
        ("%limits kept --memory lots", ["--memory", "'lots'"]),
        ("%limits kept --memory 4", ["--memory", "'4'"]),
        ("%isolateconfig --timeout default", ["--timeout", "'default'"]),
        ("%isolateconfig --timeout -1", ["--timeout"]),
        ("%isolateconfig --timeout 2 --memory 4", ["--memory", "'4'"]),
        ("%isolateconfig --timeout 2 --group-outputs colour", ["--group-outputs", "'colour'"]),
        ("%isolateconfig --timeout 2 -a -b", ["-b"]),
        ("%isolateconfig --timeout 2 --progress-after never", ["--progress-after", "'never'"]),
        ("%isolateconfig --timeout 2 kept", ["kept"]),
        ("%isolateconfig --colour red", ["--colour"]),
    ],
)
def test_what_is_wrong_changes_nothing(kernel: Any, line: str, words: list[str]) -> None:
    kernel.ok("%%isolate kept\n1")
    run = kernel.fails(line)
    for word in (line.split()[0], *words):
        assert word in run.error["evalue"]
    assert table(kernel.ok("%limits kept")) == {"kept": ["128 MB", "none (the session's)"]}


def test_options_are_completed(kernel: Any) -> None:
    def matches(line: str) -> list[str]:
        found: list[str] = kernel.client.complete(line, reply=True, timeout=10)["content"]["matches"]
        return found

    assert matches("%isolateconfig --group-outputs ") == ["type", "target", "order"]
    assert matches("%isolateconfig --b") == ["--block"]
    assert matches("%limits main --t") == ["--timeout"]
