"""Notebooks with widgets: run, opened again without their kernel, and made a page by nbconvert."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

DASHBOARDS = Path(__file__).parents[2] / "notebooks" / "dashboards.ipynb"
# What is to be seen in the widget of a cell, by what is in its code.
SEEN = {
    "%dashboard": "worker2",
    "IsolateView(": "old_space",
    "HeapDiff(": "Session",
    "Flamegraph(": "poll",
    "%jobview": "page 7 is empty",
    "Dashboard({": "mine",
}

JOB = "%%isolate a,b -a\nconsole.log('<b>hello</b>');"
VIEW = "%%python\nfrom isolates.widgets import JobView\nJobView(manager.jobs[1])"
CODES = (JOB, "%await 1", VIEW, "%dashboard")
METADATA = {"kernelspec": {"display_name": "JavaScript (isolates)", "name": "isolates"}}
OPEN = "async path => { await jupyterapp.commands.execute('docmanager:open', {path}); }"
SAVE = "async () => { await jupyterapp.commands.execute('docmanager:save'); }"
READY = "async () => { await jupyterapp.shell.currentWidget.context.ready; }"
HAVE_DRAWN = "(images) => images.every((image) => image.complete && image.naturalWidth > 0)"


def check_snapshots(cells: Locator) -> None:
    """A picture and a table below each of the two cells; markup of isolates is text."""
    for index, words in ((2, "2 of 2 have ended"), (3, "total")):
        snapshot = cells.nth(index).locator(".isolates-snapshot")
        expect(snapshot).to_be_visible()
        expect(snapshot).to_contain_text(words)
        expect(snapshot.locator("table").first).to_be_visible()
        expect(snapshot.locator("img").first).to_be_visible()
        assert snapshot.locator("img").evaluate_all(HAVE_DRAWN)
    expect(cells.nth(2).locator(".isolates-snapshot")).to_contain_text("[stdout:a] <b>hello</b>")


@pytest.fixture(scope="module")
def saved(whole_lab: Any) -> Path:
    """A notebook that JupyterLab has saved while its widgets were live."""
    lab = whole_lab
    notebook = lab.open_cells(*CODES)
    for index in range(len(CODES)):
        notebook.run(index)
        notebook.wait_until_done(index)
    live = notebook.cell(3).locator(".isolates-widget")
    live.evaluate("(element) => element.scrollIntoView()")
    expect(live).to_contain_text("main")
    expect(notebook.cell(3).locator(".isolates-snapshot")).to_be_hidden()
    # Its chart has a past to show, and is in the notebook.
    expect(notebook.cell(3).locator(".isolates-snapshot img")).to_have_count(1)
    lab.page.evaluate(SAVE)
    path = lab.page.evaluate("jupyterapp.shell.currentWidget.context.path")
    lab.close_all()
    return Path(lab.server.folder, path)


@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "not trusted"])
def test_a_notebook_that_is_opened_again_shows_pictures_and_tables(
    lab: Any, saved: Path, is_trusted: bool
) -> None:
    name = saved.name
    if not is_trusted:
        notebook = nbformat.read(saved, as_version=4)
        notebook.cells[0].source += "\n// not signed by JupyterLab"
        name = f"other-{name}"
        nbformat.write(notebook, saved.with_name(name))
    lab.page.evaluate(OPEN, name)
    lab.page.evaluate(READY)
    panel = lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    cells = panel.locator(".jp-CodeCell")
    check_snapshots(cells)
    assert (panel.locator(".jp-CodeCell .jp-mod-trusted").count() > 0) == is_trusted
    expect(panel.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that nbconvert has executed, with the state of its widgets, and the page of it beside it."""
    folder = tmp_path_factory.mktemp("nbconvert")
    cells = [new_code_cell(code) for code in CODES]
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), folder / "in.ipynb")
    for arguments in (["notebook", "--execute", "in.ipynb", "--output=out.ipynb"], ["html", "out.ipynb"]):
        command = [sys.executable, "-m", "nbconvert", "--to", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    return folder / "out.ipynb"


def test_a_page_of_nbconverts_shows_pictures_and_tables_without_a_network(lab: Any, executed: Path) -> None:
    context = lab.page.context.browser.new_context()
    context.set_offline(True)
    try:
        page = context.new_page()
        page.goto(executed.with_suffix(".html").as_uri())
        check_snapshots(page.locator(".jp-CodeCell"))
    finally:
        context.close()


def test_a_widget_that_a_notebook_has_kept_does_not_hide_its_picture(lab: Any, executed: Path) -> None:
    """It is there, without the kernel that it was of."""
    book = nbformat.read(executed, as_version=4)
    assert "JobView" in str(book.metadata.widgets)
    NotebookNotary().sign(book)
    notebook = lab.open(book)
    cells = notebook.panel.locator(".jp-CodeCell")
    for index in (2, 3):
        expect(cells.nth(index).locator(".isolates-widget")).to_have_count(1)
        expect(cells.nth(index).locator(".isolates-widget")).to_be_hidden()
    check_snapshots(cells)


def test_the_notebook_about_widgets_shows_what_it_says(lab: Any) -> None:
    book = nbformat.read(DASHBOARDS, as_version=4)
    codes = [cell for cell in book.cells if cell.cell_type == "code"]
    for cell in codes:
        cell.outputs, cell.execution_count = [], None
    notebook = lab.open(book)
    seen = []
    for index, cell in enumerate(codes):
        notebook.run(index)
        notebook.wait_until_done(index)
        word = next((part for part in SEEN if part in cell.source), None)
        if word is not None:
            view = notebook.cell(index).locator(".isolates-widget")
            view.evaluate("(element) => element.scrollIntoView({block: 'center'})")
            expect(view).to_contain_text(SEEN[word], timeout=20_000)
            seen.append(word)
    assert seen == list(SEEN)
    after = [cell for cell in notebook.content().cells if cell.cell_type == "code"]
    kinds = [output.output_type for cell in after for output in cell.outputs]
    assert "error" not in kinds
    # The leak, and the runaway, which was stopped, are in the dashboard.
    dashboard = notebook.cell(1).locator(".isolates-widget")
    dashboard.evaluate("(element) => element.scrollIntoView({block: 'center'})")
    for name in ("leaky", "hot"):
        row = dashboard.locator("tbody tr").filter(has_text=name)
        expect(row).to_contain_text("idle")
