"""Other people's programs with a Python kernel that has the extension."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "%load_ext isolates",
    "%%isolate a\nconsole.log('out'); [1, 2]",
    "%%isolate a\nawait new Promise(done => setTimeout(() => { console.log('late'); done('done') }, 1))",
    "a.eval_sync('6 * 7')",
]
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """A folder with out.ipynb, which nbconvert has executed."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS], metadata=METADATA)
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = run(tmp_path, "nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb")
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_nbconvert_executes_a_notebook(executed: Path) -> None:
    outputs = [cell.outputs for cell in nbformat.read(executed / "out.ipynb", as_version=4).cells]
    assert outputs[0] == []
    *streams, result = outputs[1]
    assert "".join(stream.text for stream in streams) == "New isolate a: 128 MB\nout\n"
    assert result.data == {"text/plain": "[ 1, 2 ]"}
    assert [output.get("text") or output.data["text/plain"] for output in outputs[2]] == ["late\n", "'done'"]
    assert outputs[3][0].data == {"text/plain": "42"}


def test_nbval_accepts_it(executed: Path) -> None:
    done = run(executed, "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "out.ipynb")
    assert done.returncode == 0, done.stdout


def test_a_kernel_can_load_it_when_it_starts(start: Callable[..., Any]) -> None:
    kernel = start(KernelManager(kernel_name="python3"), extra_arguments=["--ext=isolates"])
    assert "[ 1 ]" in str(kernel.ok("%%isolate a\n[1]").result)


def test_a_terminal_can_load_it_when_it_starts(start_terminal: Callable[..., Any]) -> None:
    assert "Out[1]: [ 1 ]" in start_terminal("--ext=isolates").run("%%isolate a\n[1]")


def test_comms_reach_the_frontend_and_back(notebook: Any) -> None:
    run = notebook.ok(
        "%%isolate main\nconst opened = jupyter.comm.create('target'); opened.open({n: 1});\n"
        "let answer = new Promise(done => { opened.onMsg = ({content}) => done(content.data.n) }); void 0"
    )
    (opened,) = (message for message in run.messages if message["msg_type"] == "comm_open")
    assert opened["content"]["data"] == {"n": 1}
    content = {"comm_id": opened["content"]["comm_id"], "data": {"n": 2}}
    message = notebook.client.session.msg("comm_msg", content)
    notebook.client.shell_channel.send(message)
    notebook.until_idle(message["header"]["msg_id"])
    assert notebook.ok("%%isolate main\nawait answer").result == "2"
