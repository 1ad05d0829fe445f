"""What a new user does, in JupyterLab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import expect

TOUR = Path(__file__).parents[2] / "notebooks" / "tour.ipynb"

COUNT_STREAMS = """() => {
    window.streams = 0;
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    kernel.anyMessage.connect((_, { msg }) => {
        if (msg.header.msg_type === 'stream') window.streams++;
    });
}"""


def shown(outputs: Any) -> list[Any]:
    """JupyterLab joins texts of one stream that follow each other; nbconvert leaves them as they came."""
    found: list[Any] = []
    stream = None
    for output in outputs:
        is_same = stream is not None and output.get("name") == stream
        stream = output.get("name")
        content = output.get("text") or output.get("data") or output.get("evalue")
        if is_same:
            found[-1] += content
        else:
            found.append(content)
    return found


def test_the_tour_gives_what_it_says(lab: Any) -> None:
    tour = nbformat.read(TOUR, as_version=4)
    codes = [cell for cell in tour.cells if cell.cell_type == "code"]
    expected = [shown(cell.outputs) for cell in codes]
    for cell in codes:
        cell.outputs, cell.execution_count = [], None
    notebook = lab.open(tour)
    notebook.run_all()
    notebook.wait_until_done()
    after = [cell for cell in notebook.content().cells if cell.cell_type == "code"]
    for cell, outputs in zip(after, expected, strict=True):
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            assert shown(cell.outputs) == outputs


def test_the_stop_button_stops_a_loop_and_keeps_the_state(lab: Any) -> None:
    notebook = lab.open_cells("let n = 41; console.log('go'); for (;;);", "n + 1")
    notebook.run(0)
    expect(notebook.output(0)).to_have_text("go\n")
    notebook.button("interrupt").click()
    notebook.wait_until_done(0)
    assert "KeyboardInterrupt" in notebook.texts(0)[1]
    notebook.run(1)
    notebook.wait_until_done(1)
    assert notebook.texts(1) == ["42"]


def test_ten_megabytes_of_output_leave_the_page_alive(lab: Any) -> None:
    """Jupyter's server drops what comes faster than a megabyte a second, and says so."""
    code = "for (let i = 0; i < 1e5; i++) console.log(`${i}`.padEnd(99, '.'));\n'the end'"
    notebook = lab.open_cells(code, "6 * 7")
    lab.page.evaluate(COUNT_STREAMS)
    notebook.run_all()
    notebook.wait_until_done()
    lines = [f"{i}".ljust(99, ".") for i in range(100_000)]
    first, *notices, last, result = notebook.texts(0)
    assert len(first) > 1_500_000
    assert first.splitlines() == lines[: first.count("\n") + 1]
    assert any("iopub_data_rate_limit" in notice for notice in notices)
    assert last.splitlines() == lines[-1 - last.count("\n") :]
    assert result == "'the end'"
    assert notebook.texts(1) == ["42"]
    # The page pays for each as much as the cell's output is long.
    assert lab.page.evaluate("window.streams") < 25


def test_a_large_value_is_cut(lab: Any) -> None:
    notebook = lab.open_cells("'x'.repeat(1e7)", "6 * 7")
    notebook.run_all()
    notebook.wait_until_done()
    assert len(notebook.texts(0)[0]) < 100_000
    assert notebook.texts(1) == ["42"]


def test_dollars_in_a_table_are_no_formula(lab: Any) -> None:
    code = "[{price: 'between $6 and $7'}]"
    notebook = lab.open_cells(code, f"%%isolate shop\n{code}", "display.html('<p>$x^2$</p>')")
    notebook.run_all()
    # That one has been typeset says that the others could have been.
    expect(notebook.output(2).locator("mjx-container").first).to_be_visible()
    for cell in (0, 1):
        expect(notebook.output(cell).locator("td").last).to_have_text("between $6 and $7")


def test_a_syntax_error_points_at_its_line(lab: Any) -> None:
    notebook = lab.open_cells("let a = 1;\n\n\n\n\n\nlet b = = 2;\nlet c = 3;")
    notebook.run(0)
    notebook.wait_until_done(0)
    lines = notebook.texts(0)[0].splitlines()
    assert lines[0] == "SyntaxError: Unexpected token '='"
    assert lines[1] == "In [1]:7:9"
    assert lines[3].index("^") - lines[2].index("let b = = 2;") == len("let b = ")


def test_run_all_stops_at_an_error(lab: Any) -> None:
    notebook = lab.open_cells("1", "throw new Error('stop')", *["'behind'"] * 25)
    notebook.run_all()
    notebook.wait_until_done(0, 1)
    for index in range(2, 27):
        expect(notebook.cell(index).locator(".jp-InputPrompt")).to_have_text("[ ]:")
    assert notebook.output(26).count() == 0


def test_a_promise_that_is_rejected_later_says_so_below_its_cell(lab: Any) -> None:
    late = "void new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), 300))"
    notebook = lab.open_cells(f"{late};\n'first'", "'second'")
    notebook.run_all()
    notebook.wait_until_done()
    expect(notebook.output(0)).to_have_count(2)
    assert "Error: too late" in notebook.texts(0)[1]
    assert "In [1]:1:" in notebook.texts(0)[1]
    assert notebook.texts(1) == ["'second'"]


def test_tab_completes_while_the_isolate_is_busy(lab: Any) -> None:
    cells = ("const apple = {color: 'red', count: 2}", "console.log('go'); for (;;);", "appl")
    notebook = lab.open_cells(*cells)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.output(1)).to_have_text("go\n")
    editor = notebook.edit(2)
    items = lab.page.locator(".jp-Completer-item .jp-Completer-match")
    for typed, offered in [("", ["apple"]), (".col", ["color"])]:
        lab.page.keyboard.type(typed)
        lab.page.keyboard.press("Tab")
        expect(items).to_have_text(offered)
        lab.page.keyboard.press("Enter")
    expect(editor).to_have_text("apple.color")
    notebook.button("interrupt").click()
    notebook.wait_until_done(1)


def test_shift_tab_shows_what_a_name_is(lab: Any) -> None:
    source = "/** Twice as much. */\nfunction twice(number) { return 2 * number }"
    notebook = lab.open_cells(source, "twice")
    notebook.run(0)
    notebook.wait_until_done(0)
    notebook.edit(1)
    lab.page.keyboard.press("Shift+Tab")
    tooltip = lab.page.locator(".jp-Tooltip")
    expect(tooltip).to_contain_text("Twice as much.")
    expect(tooltip).to_contain_text("twice(number)")
    lab.page.keyboard.press("Escape")


def test_a_restart_starts_empty(lab: Any) -> None:
    notebook = lab.open_cells("let n = 1;\nn", "typeof n")
    notebook.run_all()
    notebook.wait_until_done()
    assert notebook.texts(1) == ["'number'"]
    notebook.restart()
    notebook.run(1)
    expect(notebook.output(1)).to_have_text("'undefined'")
    expect(notebook.cell(1).locator(".jp-InputPrompt")).to_have_text("[1]:")  # It counts anew.


def test_python_beside_it(lab: Any) -> None:
    notebook = lab.open_cells("const squares = [1, 4, 9]", "%%python\nsum(manager['main']['squares'])")
    notebook.run_all()
    notebook.wait_until_done()
    assert notebook.texts(1) == ["14"]


def test_a_cell_can_ask_its_user(lab: Any) -> None:
    notebook = lab.open_cells("const name = prompt('Who?');\n`Hello ${name}`")
    notebook.run(0)
    answer = notebook.cell(0).locator("input.jp-Stdin-input")
    answer.fill("Ada")
    answer.press("Enter")
    notebook.wait_until_done(0)
    expect(notebook.output(0).last).to_have_text("'Hello Ada'")
