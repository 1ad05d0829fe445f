"""Jupyter's own test suite for kernels, with what this kernel supports."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupyter_kernel_test
import pytest
from jsonschema import ValidationError


class TestKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "isolates"
    language_name = "javascript"
    file_extension = ".js"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = (
        {"code": "1+2+3", "result": "6"},
        {"code": "[1, 2].map(n => n * n)", "result": "[ 1, 4 ]"},
        {"code": "'1+2'.repeat(2)", "result": "'1+21+2'"},
    )
    complete_code_samples = ("1", "f()", "await f()", "let x = {\n}", "%%isolate a\nf()")
    incomplete_code_samples = ("f(", "function f() {", "`a", "[1,")
    invalid_code_samples = ("f(}", "let x = ;", '"open')
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?2*"
    completion_samples = (
        {"text": "Math.hyp", "matches": {"hypot"}},
        {"text": "parseI", "matches": {"parseInt"}},
        {"text": "'abc'.toUpperC", "matches": {"toUpperCase"}},
        {"text": "%%isol", "matches": {"%%isolate"}},
    )
    code_inspect_sample = "Math.max"
    code_display_data = (
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.markdown`# Title`", "mime": "text/markdown"},
        {"code": "display.svg`<svg/>`", "mime": "image/svg+xml"},
    )
    code_clear_output = "clearOutput()"
    code_page_something = "Math.max?"
    support_iopub_welcome = True

    def test_completion(self) -> None:
        """The suite asks once; a slow machine's first answer may be what is known without the isolate."""
        for sample in self.completion_samples:
            self.kc.complete(sample["text"])
            self.get_non_kernel_info_reply()
        super().test_completion()


def test_nothing_of_jupyters_suite_is_skipped() -> None:
    left = [
        name
        for name in vars(TestKernel.__base__)
        if name.startswith(("code_", "completion_", "complete_", "incomplete_", "invalid_", "support"))
        and not getattr(TestKernel, name)
    ]
    assert left == []
    assert set(TestKernel.supported_history_operations) == {"tail", "range", "search"}


# The imported classes are for subclassing; pytest would run them too.
del jupyter_kernel_test.KernelTests


def test_kernel_info(kernel: Any) -> None:
    info = kernel.reply(kernel.client.kernel_info(), "kernel_info_reply")
    assert info["implementation"] == "isolates"
    assert info["language_info"]["mimetype"] == "text/javascript"
    assert "debugger" not in info["supported_features"]


def test_questions_are_answered_while_a_cell_runs(kernel: Any) -> None:
    """On the one channel that JupyterLab uses for them."""
    client = kernel.client
    kernel.ok("var planet = {radius: 6371}")
    for code in ("console.log('go'); for (;;);", "console.log('go'); await new Promise(() => {})"):
        request = kernel.start(code)
        kernel.wait_for_text(request, "go")
        assert kernel.reply(client.complete("planet.ra"), "complete_reply")["matches"] == ["radius"]
        assert kernel.reply(client.inspect("planet"), "inspect_reply")["found"]
        assert kernel.reply(client.is_complete("f("), "is_complete_reply")["status"] == "incomplete"
        assert kernel.reply(client.history(hist_access_type="tail", n=1), "history_reply")["history"]
        assert kernel.reply(client.kernel_info(), "kernel_info_reply")["status"] == "ok"
        assert kernel.reply(client.comm_info(), "comm_info_reply")["comms"] == {}
        after = kernel.start("planet.radius")
        assert states(kernel, client.complete("planet.ra"), request) == ["busy", "idle", "busy of the cell"]
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
        assert kernel.finish(after).reply["status"] == "aborted"


def states(kernel: Any, question: str, cell: str) -> list[str]:
    """What the kernel says it does, from a question on until it says that it runs the cell."""
    found: list[str] = []
    while not found or " of " not in found[-1]:
        message = kernel.next_message()
        parent = message["parent_header"]["msg_id"]
        if message["msg_type"] == "status" and parent in (question, cell) and (found or parent == question):
            found.append(message["content"]["execution_state"] + " of the cell" * (parent == cell))
    return found


def test_a_debugger_is_refused(kernel: Any) -> None:
    request = {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}
    reply = kernel.control("debug_request", request)
    assert (reply["success"], reply["command"]) == (False, "debugInfo")
    assert kernel.ok("%python import debugpy, sys; print(bool(sys.modules['debugpy']))").stdout == "True\n"


def test_messages_of_every_channel_are_looked_at(kernel: Any) -> None:
    wrong = {"header": {}, "parent_header": {}, "metadata": {}, "content": {"status": "ok"}}
    with pytest.raises(ValidationError):
        kernel.client._checked(wrong)
    for channel in ("shell", "iopub", "control", "stdin"):
        assert getattr(type(kernel.client), f"get_{channel}_msg").__module__ == type(kernel).__module__


def test_comms_can_be_asked_for(kernel: Any) -> None:
    reply = kernel.reply(kernel.client.comm_info(), "comm_info_reply")
    assert reply == {"status": "ok", "comms": {}}


def test_a_subshell_answers_while_the_shell_waits(own_kernel: Any) -> None:
    client = own_kernel.client
    request = client.session.msg("create_subshell_request", {})
    client.control_channel.send(request)
    subshell = client.get_control_msg(timeout=30)["content"]["subshell_id"]
    busy = own_kernel.start("console.log('go'); await new Promise(() => {})")
    own_kernel.wait_for_text(busy, "go")
    content = {"code": "%%isolate aside\n6 * 7", "silent": False, "store_history": True}
    aside = client.session.msg("execute_request", content)
    aside["header"]["subshell_id"] = subshell
    client.shell_channel.send(aside)
    assert own_kernel.finish(aside["header"]["msg_id"]).result == "42"
    own_kernel.interrupt()
    assert own_kernel.finish(busy).error["ename"] == "KeyboardInterrupt"


def test_history_is_kept_apart_from_pythons(kernel: Any, jupyter_folders: Path) -> None:
    kernel.ok("'remember me'")
    history = kernel.reply(kernel.client.history(hist_access_type="tail", n=1), "history_reply")["history"]
    assert history[-1][2] == "'remember me'"
    folder = jupyter_folders / "ipython" / "profile_default"
    assert (folder / "isolates_history.sqlite").exists()
    pythons = folder / "history.sqlite"  # there if a Python kernel has run before
    if pythons.exists():
        with contextlib.closing(sqlite3.connect(pythons)) as database:
            assert ("'remember me'",) not in database.execute("select source_raw from history").fetchall()


def test_install_writes_a_kernelspec_for_this_python(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isolates.kernel", "install", "--prefix", str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    folder = tmp_path / "share" / "jupyter" / "kernels" / "isolates"
    assert str(folder) in done.stdout
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][:3] == [sys.executable, "-m", "isolates.kernel"]
    assert (spec["display_name"], spec["language"]) == ("JavaScript (isolates)", "javascript")
    assert spec["interrupt_mode"] == "message"
    assert {path.name for path in folder.iterdir()} == {
        "kernel.json",
        "logo-32x32.png",
        "logo-64x64.png",
        "logo-svg.svg",
    }


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 always looks into the current folder")
def test_a_folder_with_the_packages_name_beside_the_notebook_is_harmless(
    start_kernel: Any, tmp_path: Path
) -> None:
    (tmp_path / "isolates").mkdir()
    (tmp_path / "isolates" / "__init__.py").write_text("raise ImportError('the wrong one')")
    kernel = start_kernel(tmp_path)
    assert kernel.ok("1").result == "1"
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=False)


def test_install_says_what_is_wrong(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    command = [sys.executable, "-m", "isolates.kernel", "install"]
    for arguments, words in [
        (["--prefix", str(blocked)], str(blocked)),
        (["--user", "--sys-prefix"], "not allowed"),
        (["--nowhere"], "--nowhere"),
    ]:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0
        assert words in done.stderr
        assert "Traceback" not in done.stderr
