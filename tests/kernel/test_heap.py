"""%%heap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MAKE = (
    "class Kept { constructor(n) { this.n = n } }\nfunction make(n) { while (n--) kept.push(new Kept(n)) }\n"
)


def shown(run: Any) -> list[dict[str, Any]]:
    return [message["content"]["data"] for message in run.messages if message["msg_type"] == "display_data"]


def lines_of(data: dict[str, Any]) -> list[list[str]]:
    return [line.split() for line in data["text/plain"].split("\n")]


def test_what_a_cell_has_kept_is_told_by_class_and_function(kernel: Any) -> None:
    kernel.ok("var kept = []")
    run = kernel.ok(f"%%heap\n{MAKE}make(10000); for (let n = 0; n < 1e5; n++) [n]; kept.length")
    (data,) = shown(run)
    lines = lines_of(data)
    assert data["text/plain"].startswith("+")
    assert ["bytes", "count", "class"] in lines
    assert ["156", "KB", "10,000", "Kept"] in lines
    (make,) = (line for line in lines if "make" in line)
    assert make[-1] == f"[{run.reply['execution_count']}]:3:14"
    assert 60 < int(make[0]) < 600  # from samples
    assert "<table" in data["text/html"]
    assert run.result == "10000"


def test_buffers_count(kernel: Any) -> None:
    data = shown(kernel.ok("%%heap\nvar buffer = new ArrayBuffer(5 << 20)"))[0]
    assert data["text/plain"].startswith("+5.")
    assert ["5.0", "MB", "1", "ArrayBuffer"] in lines_of(data)
    assert shown(kernel.ok("%%heap\nbuffer = null; 0"))[0]["text/plain"].startswith("-5.")


def test_several_isolates_have_tables_and_files_each(folder_kernel: Any, folder: Path) -> None:
    kernel = folder_kernel
    run = kernel.ok(f"%%heap x,y --file grown\nvar kept = []\n{MAKE}make(5000)")
    assert [data["text/plain"].split(":")[0] for data in shown(run)] == ["x", "y"]
    for name in ("x", "y"):
        assert f"Written: grown.{name}.heapprofile (" in run.stdout
        profile = json.loads((folder / f"grown.{name}.heapprofile").read_text())
        assert set(profile) == {"head", "samples"}


def test_names_are_shown_as_text(kernel: Any) -> None:
    code = "var evil = new (class { static name = '<script>' })(); evil.constructor = {name: '<b>'}\n"
    code += "var o = {['<img src=x onerror=alert(1)>']() { return 'x'.repeat(1e5).split('') }}; "
    code += "var more = Object.values(o)[0]()"
    data = shown(kernel.ok(f"%%heap\n{code}"))[0]
    assert "<img" not in data["text/html"]
    assert "<script" not in data["text/html"]


def test_a_cell_that_fails_is_told_too_and_the_next_one_can_be(kernel: Any) -> None:
    run = kernel.fails("%%heap\nvar failed = new ArrayBuffer(3 << 20); missing()")
    assert run.error["ename"] == "ReferenceError"
    assert "ArrayBuffer" in shown(run)[0]["text/plain"]
    for code in ("for (;;);", "await new Promise(() => {})"):
        run = kernel.fails(f"%%heap --timeout 0.3\n{code}")
        assert run.error["ename"] == "ScriptTimeoutError"
        assert len(shown(run)) == 1
    for code in ("for (;;);", "await new Promise(() => {})"):
        request = kernel.start(f"%%heap\nconsole.log('go'); {code}")
        kernel.wait_for_text(request, "go")
        kernel.manager.interrupt_kernel()
        run = kernel.finish(request)
        assert run.error["ename"] == "KeyboardInterrupt"
        assert len(shown(run)) == 1
    assert len(shown(kernel.ok("%%heap\n1"))) == 1


def test_an_isolate_that_dies_has_none(kernel: Any) -> None:
    kernel.ok("%%isolate dies --memory 16\nvar dies = true")
    run = kernel.fails(
        "%%heap dies,x\nif (globalThis.dies) { const all = []; for (;;) all.push(Array(1e3).fill(1)) }"
    )
    assert "MemoryLimitError" in run.traceback
    assert [data["text/plain"].split(":")[0] for data in shown(run)] == ["x"]


def test_a_heap_is_looked_at_once_at_a_time(kernel: Any) -> None:
    request = kernel.start("%python manager.get('main').isolate.start_heap_sampling_sync()")
    assert kernel.finish(request).reply["status"] == "ok"
    run = kernel.fails("%%heap\nvar looked = 1")
    assert run.error["ename"] == "UsageError"
    assert "main: The heap of this isolate is being sampled already" in run.error["evalue"]
    assert kernel.ok("typeof looked").result == "'undefined'"
    kernel.ok("%python manager.get('main').isolate.stop_heap_sampling_sync() and None")
    assert len(shown(kernel.ok("%%heap\n1"))) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "--file /proc/nowhere/x",
            "--file '/proc/nowhere/x.heapprofile': there is no folder '/proc/nowhere'",
        ),
        ("--file /tmp", "argument --file: '/tmp' is a folder"),
        ("--timeout x", "argument --timeout: 'x' is not a number"),
        ("--context 1", "argument --context: '1' is no name for a context"),
        ("a[", "argument TARGETS: 'a[' is no range"),
        ("--interval 5", "there is no option --interval"),
    ],
)
def test_bad_options_are_named_and_nothing_runs(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(f"%%heap {line}\nvar heaped = 1")
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]
    assert kernel.ok("typeof heaped").result == "'undefined'"
