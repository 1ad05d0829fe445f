"""%%profile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SPIN = "function spin(ms) { const end = Date.now() + ms; while (Date.now() < end); return ms }\n"


def shown(run: Any) -> list[dict[str, Any]]:
    return [message["content"]["data"] for message in run.messages if message["msg_type"] == "display_data"]


def test_a_cell_is_profiled_and_its_value_shown(kernel: Any) -> None:
    run = kernel.ok(f"%%profile\n{SPIN}function outer() {{ return spin(150) }}\nouter()")
    (data,) = shown(run)
    head, heads, first, *_ = data["text/plain"].split("\n")
    assert "of work in" in head
    assert "one each 500 \u00b5s" in head
    assert heads.split() == ["self", "%", "total", "%", "function", "where"]
    assert first.split()[-3] == "spin"
    assert first.endswith(f"In [{run.reply['execution_count']}]:2:14")
    assert data["text/html"].count("<svg xmlns=") == 1
    assert "<script" not in data["text/html"]
    assert ">outer<" in data["text/html"]
    assert run.result == "150"
    assert kernel.ok("outer.name").result == "'outer'"


def test_what_is_awaited_is_in_the_profile(kernel: Any) -> None:
    code = "await new Promise((done) => setTimeout(() => { spinLater(80); done() }, 50))"
    run = kernel.ok(f"%%profile --interval 200\n{SPIN.replace('spin', 'spinLater')}{code}")
    (data,) = shown(run)
    assert "spinLater" in data["text/plain"]
    assert "without work" in data["text/plain"]


def test_several_isolates_have_a_profile_each(folder_kernel: Any, folder: Path) -> None:
    kernel = folder_kernel
    run = kernel.ok(f"%%profile x,y --file both.cpuprofile\n{SPIN}spin(150)")
    assert [data["text/plain"].split(":")[0] for data in shown(run)] == ["x", "y"]
    assert run.result == "x: 150\ny: 150"
    for name in ("x", "y"):
        assert f"Written: both.{name}.cpuprofile (" in run.stdout
        profile = json.loads((folder / f"both.{name}.cpuprofile").read_text())
        assert set(profile) == {"nodes", "startTime", "endTime", "samples", "timeDeltas"}
        assert "spin" in {node["callFrame"]["functionName"] for node in profile["nodes"]}


def test_a_file_gets_its_suffix(folder_kernel: Any, folder: Path) -> None:
    kernel = folder_kernel
    run = kernel.ok("%%profile --file 'a name.v1'\n1")
    assert "Written: a name.v1.cpuprofile (" in run.stdout
    assert json.loads((folder / "a name.v1.cpuprofile").read_text())["nodes"]


def test_what_cannot_be_written_in_the_end_is_told_beside_the_profile(
    folder_kernel: Any, folder: Path
) -> None:
    file = folder / "later.cpuprofile"
    request = folder_kernel.start("%%profile --file later\nconsole.log('go', prompt('?'))")
    folder_kernel.question()
    assert not file.exists()  # it was tried, and nothing was left
    file.mkdir()
    folder_kernel.client.input("x")
    run = folder_kernel.finish(request)
    assert run.reply["status"] == "ok"
    assert len(shown(run)) == 1
    assert run.stderr == "Not written: later.cpuprofile: Is a directory\n"
    file.rmdir()


def test_a_file_that_is_there_is_kept_until_the_end(folder_kernel: Any, folder: Path) -> None:
    file = folder / "kept.cpuprofile"
    file.write_text("before")
    folder_kernel.fails("%%profile none* --file kept\n1")
    assert file.read_text() == "before"
    folder_kernel.ok("%%profile --file kept\n1")
    assert json.loads(file.read_text())["nodes"]


def test_cells_that_fail_are_profiled_too(kernel: Any) -> None:
    run = kernel.fails(f"%%profile\n{SPIN}spin(150); missing()")
    assert run.error["ename"] == "ReferenceError"
    assert "spin" in shown(run)[0]["text/plain"]
    run = kernel.fails("%%profile --timeout 0.3\nfor (;;);")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert "(top level)" in shown(run)[0]["text/plain"]
    run = kernel.fails("%%profile --timeout 0.3\nawait new Promise(() => {})")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert len(shown(run)) == 1


def test_an_interrupt_ends_the_profile(kernel: Any) -> None:
    for code in ("for (;;);", "await new Promise(() => {})"):
        request = kernel.start(f"%%profile\nconsole.log('go'); {code}")
        kernel.wait_for_text(request, "go")
        kernel.manager.interrupt_kernel()
        run = kernel.finish(request)
        assert run.error["ename"] == "KeyboardInterrupt"
        assert len(shown(run)) == 1
    assert len(shown(kernel.ok("%%profile\n1"))) == 1


def test_isolates_that_die_have_none(kernel: Any) -> None:
    kernel.ok("%%isolate dies --memory 16\nvar dies = true")
    run = kernel.fails(
        "%%profile dies,x\nif (globalThis.dies) { const all = []; for (;;) all.push(Array(1e3).fill(1)) }"
    )
    assert "MemoryLimitError" in run.traceback
    assert [data["text/plain"].split(":")[0] for data in shown(run)] == ["x"]


def test_names_of_functions_can_do_nothing(kernel: Any) -> None:
    code = "const o = {['</title><script>alert(1)</script>&\"' + 'x'.repeat(300)]: (n) => spin(n)}\n"
    data = shown(kernel.ok(f"%%profile\n{SPIN}{code}; Object.values(o)[0](60)"))[0]
    assert "<script" not in data["text/html"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--interval 49", "argument --interval: '49' is no whole number from 50 to 1000000"),
        ("--interval 1e3", "argument --interval: '1e3' is no whole number"),
        ("--interval 9999999999", "argument --interval: '9999999999' is no whole number"),
        ("--file /proc/nowhere/x", "--file '/proc/nowhere/x.cpuprofile': there is no folder '/proc/nowhere'"),
        ("--file /proc/x", "--file '/proc/x.cpuprofile': "),
        ("x,y --file /proc/x", "--file '/proc/x.x.cpuprofile': "),
        ("--file .", "argument --file: '.' is no name for a file"),
        ("--file /tmp", "argument --file: '/tmp' is a folder"),
        ("--file ''", "argument --file: '' is no name for a file"),
        (f"--file {'x' * 300}", "File name too long"),
        (f"--file {'x' * 250}", "File name too long"),
        ("--file ~nobody-of-this-name/x", "argument --file: '~nobody-of-this-name/x'"),
        ("--timeout -1", "argument --timeout: "),
        ("--context 1", "argument --context: '1' is no name for a context"),
        ("1", "argument TARGETS: '1' is no name for an isolate"),
        ("--intervall 5", "there is no option --intervall: is --interval meant?"),
    ],
)
def test_bad_options_are_named_and_nothing_runs(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(f"%%profile {line}\nvar profiled = 1")
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]
    assert kernel.ok("typeof profiled").result == "'undefined'"
