"""What a new user does, in JupyterLab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import expect

TOUR = Path(__file__).parents[2] / "notebooks" / "tour.ipynb"


def test_the_tour_gives_what_it_says(lab: Any) -> None:
    tour = nbformat.read(TOUR, as_version=4)
    expected = [cell.outputs for cell in tour.cells if cell.cell_type == "code"]
    for cell in tour.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook = lab.open(tour)
    notebook.run_all()
    notebook.wait_until_done()
    cells = [cell for cell in notebook.content().cells if cell.cell_type == "code"]
    for cell, outputs in zip(cells, expected, strict=True):
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            assert [
                output.get("text") or output.get("data") or output.get("evalue") for output in cell.outputs
            ] == [output.get("text") or output.get("data") or output.get("evalue") for output in outputs]


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
