"""Programs that execute a notebook from its first cell to its last: nbclient, nbconvert, nbval, papermill."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "console.log('hello'); const twice = n => 2 * n",
    "twice(21)",
    "%%isolate other\ntypeof twice",
    "setTimeout(() => console.log('late'), 1);\nawait new Promise(done => setTimeout(done, 20)); 'done'",
    "%%python\nprint('from Python')",
]
OUTPUTS = [
    ["stdout: hello\n"],
    ["42"],
    ["stdout: New isolate other: 128 MB\n", "'undefined'"],
    ["stdout: late\n", "'done'"],
    ["stdout: from Python\n"],
]


def client(notebook: Any, folder: Any, **options: Any) -> NotebookClient:
    resources = {"metadata": {"path": str(folder.path)}}
    return NotebookClient(notebook, kernel_name="isolates", timeout=60, resources=resources, **options)


def test_nbclient_executes_a_notebook(folder: Any, texts: Any) -> None:
    notebook = new_notebook(cells=[new_code_cell(code) for code in CELLS])
    client(notebook, folder).execute()
    assert texts(notebook) == OUTPUTS
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3, 4, 5]
    assert notebook.metadata.language_info.mimetype == "text/javascript"


def test_nbclient_stops_at_an_error(folder: Any) -> None:
    notebook = new_notebook(cells=[new_code_cell("let n = 1;\nnull.x"), new_code_cell("console.log(n)")])
    with pytest.raises(CellExecutionError) as raised:
        client(notebook, folder).execute()
    assert raised.value.ename == "TypeError"
    assert notebook.cells[1].outputs == []


def test_nbclient_interrupts_a_cell_that_takes_too_long(folder: Any, texts: Any) -> None:
    codes = ["let n = 1; for (;;);", "n + 1"]
    notebook = new_notebook(cells=[new_code_cell(code) for code in codes])
    patient = client(notebook, folder, interrupt_on_timeout=True, allow_errors=True)
    patient.timeout_func = lambda cell: 2 if "for" in cell.source else 60
    patient.execute()
    ((error,), result) = texts(notebook)
    assert error.startswith("error: KeyboardInterrupt: the cell was interrupted")
    assert result == ["2"]


def test_nbclient_can_give_a_loop_up(folder: Any) -> None:
    notebook = new_notebook(cells=[new_code_cell("for (;;);")])
    hurried = client(notebook, folder)
    hurried.timeout = 2
    with pytest.raises(CellTimeoutError):
        hurried.execute()
    assert hurried.km is None  # It shut its kernel down.


def test_nbconvert_makes_a_notebook(folder: Any, texts: Any) -> None:
    folder.write("in.ipynb", CELLS)
    done = folder.run("nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb")
    assert done.returncode == 0, done.stderr
    assert texts(folder.read("out.ipynb")) == OUTPUTS


def test_nbconvert_makes_a_page(folder: Any) -> None:
    folder.write("in.ipynb", [*CELLS, new_code_cell("null.x", metadata={"tags": ["raises-exception"]})])
    done = folder.run("nbconvert", "--to", "html", "--execute", "in.ipynb")
    assert done.returncode == 0, done.stderr
    page = (folder.path / "in.html").read_text("utf-8")
    assert "from Python" in page
    assert "TypeError" in page
    assert "ansi-" in page  # The colours of the error are colours there too.
    assert 'class="highlight hl-javascript"' in page
    assert "hl-ipython" not in page


def test_nbconvert_makes_a_program(folder: Any) -> None:
    folder.write("in.ipynb", ["const a = 20;", "console.log(a + 22)"])
    done = folder.run("nbconvert", "--to", "script", "in.ipynb")
    assert done.returncode == 0, done.stderr
    assert folder.run("isolates", "run", "in.js").stdout == "42\n"


def test_nbval_accepts_what_is_right_and_finds_what_is_wrong(folder: Any) -> None:
    raising = new_code_cell("throw new Error('on purpose')", metadata={"tags": ["raises-exception"]})
    codes = [*CELLS, "# NBVAL_IGNORE_OUTPUT\nMath.random()"]
    notebook = new_notebook(cells=[*(new_code_cell(code) for code in codes), raising])
    client(notebook, folder).execute()
    wrong = new_code_cell("twice(21)", outputs=notebook.cells[0].outputs)
    folder.write("in.ipynb", [*notebook.cells, wrong])
    done = folder.run("pytest", "--nbval", "-q", "-p", "no:cacheprovider", "in.ipynb")
    assert done.returncode == 1
    assert "1 failed, 7 passed" in done.stdout
    assert "FAILED in.ipynb::Cell 7" in done.stdout


PARAMETERS = {
    "count": 5,
    "share": 0.5,
    "huge": 2**60,
    "endless": float("-inf"),
    "isThere": True,
    "nothing": None,
    "text": 'it\'s "quoted"\n\u2028 \\ ${1} 😀',
    "nested": {"list": [1, [2.5, "x"]], "__proto__": None},
    "when": datetime.date(2026, 1, 2),
}


def test_papermill_runs_a_notebook_with_parameters(folder: Any, texts: Any) -> None:
    defaults = new_code_cell("const count = 1; var share = 2", metadata={"tags": ["parameters"]})
    shown = "JSON.stringify({count, share, endless: String(endless), isThere, nothing, nested, when})"
    folder.write("in.ipynb", [defaults, shown, "typeof huge", "console.log(text)", *CELLS])
    (folder.path / "parameters.yaml").write_text(yaml.safe_dump(PARAMETERS, allow_unicode=True), "utf-8")
    run = ("in.ipynb", "out.ipynb", "--no-progress-bar", "--parameters_file", "parameters.yaml")
    done = folder.run("papermill", *run)
    assert done.returncode == 0, done.stderr
    after = folder.read("out.ipynb")
    assert after.cells[1].source.startswith("// Parameters\n")
    shown, *others = texts(after)[2:]
    expected = {**PARAMETERS, "endless": "-Infinity", "when": "2026-01-02"}
    del expected["huge"], expected["text"]
    assert json.loads(shown[0][1:-1]) == expected
    assert others == [["'bigint'"], [f"stdout: {PARAMETERS['text']}\n"], *OUTPUTS]


def test_papermill_says_which_cell_failed(folder: Any) -> None:
    folder.write("in.ipynb", ["1", "let n = 2;\nnull.x", "3"])
    done = folder.run("papermill", "in.ipynb", "out.ipynb", "--no-progress-bar")
    assert done.returncode == 1
    assert "TypeError" in done.stderr
    assert "In [2]:2:6" in done.stderr
