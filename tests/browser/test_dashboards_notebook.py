"""notebooks/dashboards.ipynb, as its reader runs it: each widget shows what the text beside it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import expect

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "dashboards.ipynb"

# What is to be seen in the widget of a cell, by what is in its code.
SEEN = {
    "%dashboard": "worker2",
    "IsolateView(": "old_space",
    "HeapDiff(": "Session",
    "Flamegraph(": "poll",
    "%jobview": "page 7 is empty",
    "Dashboard({": "mine",
}


def test_the_notebook_about_widgets_shows_what_it_says(lab: Any) -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
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
