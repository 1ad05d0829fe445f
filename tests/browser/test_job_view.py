"""JobView in JupyterLab: jobs that run, a press on a button, and what is left in the notebook."""

from __future__ import annotations

import json
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

# Each line is longer than a box is wide, and there is more than a box is high.
BUSY = """%%isolate busy[0:4] -a
for (let i = 0; i < 40; i++) console.log(`\\x1b[32mline\\x1b[0m ${i} <b>${'x'.repeat(30)}</b>`);
for (;;);"""
FAILS = """%%isolate a,b -a
if (mine === 'b') throw new RangeError('<i>too far</i>');"""
VIEW = """%%python
from isolates.widgets import JobView
JobView(manager.jobs[1])"""
ASK = """%%python
import json
job = manager.jobs[1]
print(json.dumps({name: part.state for name, part in job.parts.items()}))
print(json.dumps({name: (part.ended_s or 0) - part.started_s for name, part in job.parts.items()}))"""

# How long it takes from a press on a button until the page shows what it has done.
PRESS = """async ([button, place, text]) => {
    const begun = performance.now();
    button.click();
    while (place.textContent !== text) {
        if (performance.now() - begun > 10000) throw new Error(`still ${place.textContent}`);
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - begun;
}"""


def press(button: Locator, place: Locator, text: str) -> float:
    """Milliseconds."""
    handles = [button.element_handle(), place.element_handle(), text]
    milliseconds: float = button.page.evaluate(PRESS, handles)
    return milliseconds


def cells_of(row: Locator) -> list[str]:
    return row.locator("td").all_inner_texts()


def test_a_job_is_seen_stopped_in_part_and_cancelled(lab: Any) -> None:
    notebook = lab.open_cells(BUSY, VIEW, ASK)
    notebook.run(0)
    notebook.wait_until_done(0)
    notebook.run(1)
    notebook.wait_until_done(1)
    # What is out of sight is not drawn, and the first cell's output has moved it there.
    view = notebook.cell(1).locator(".isolates-widget")
    view.evaluate("(element) => element.scrollIntoView()")
    rows = view.locator(".isolates-job-parts tbody tr")
    expect(rows).to_have_count(4)
    view.evaluate("(element) => element.scrollIntoView({block: 'end'})")
    expect(view.get_by_role("status").first).to_have_text("running")
    # What was printed is text, its colours are gone, and the box is at its end.
    output = view.get_by_label("Output of job 1")
    expect(output).to_contain_text("39 <b>xxx")
    assert "\x1b" not in output.inner_text()
    assert view.locator("b, i, img").count() == 0
    box = "(box) => box.scrollTop + box.clientHeight - box.scrollHeight"
    assert abs(output.evaluate(box)) < 2
    output.evaluate("(box) => { box.scrollTop = 30; }")
    expect(notebook.cell(1).locator(".isolates-snapshot")).to_be_hidden()

    # 200 ms, for isolates that loop. One slow answer is the machine's.
    waits = []
    for index in range(3):
        button = view.get_by_role("button", name=f"Stop busy{index}")
        waits.append(press(button, rows.nth(index).locator("td").nth(1), "cancelled"))
        expect(button).to_be_hidden()
    assert min(waits) < 200, waits
    expect(view.locator(".isolates-job-counts")).to_have_text("3 of 4 have ended, 3 cancelled")
    expect(view.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "3")
    assert output.evaluate("(box) => box.scrollTop") == 30
    cancel = view.get_by_role("button", name="Cancel job 1")
    assert press(cancel, rows.nth(3).locator("td").nth(1), "cancelled") < 1000
    expect(cancel).to_be_hidden()

    notebook.run(2)
    notebook.wait_until_done(2)
    states, seconds = map(json.loads, notebook.texts(2)[0].splitlines())
    shown = [cells_of(rows.nth(index)) for index in range(4)]
    assert {row[0]: row[1] for row in shown} == states
    # As texts.js and magics/tables.py write times.
    assert {row[0]: row[2] for row in shown} == {
        name: f"{time_s * 1000:.0f} ms" if time_s < 0.9995 else f"{time_s:.1f} s"
        for name, time_s in seconds.items()
    }


def test_all_jobs_are_seen_and_one_is_chosen(lab: Any) -> None:
    setup = "%%isolate a,b\nvar mine = '';"
    name = "%%isolate b\nmine = 'b'"
    notebook = lab.open_cells(setup, name, "%jobview", FAILS, "%%isolate busy -a\nfor (;;);")
    for index in range(3):
        notebook.run(index)
    notebook.wait_until_done(2)
    view = notebook.cell(2).locator(".isolates-widget")
    view.evaluate("(element) => element.scrollIntoView()")
    expect(view).to_contain_text("No job")
    for index in (3, 4):
        notebook.run(index)
        notebook.wait_until_done(index)
    view.evaluate("(element) => element.scrollIntoView()")
    jobs = view.get_by_role("table", name="Jobs").locator("tbody tr")
    expect(jobs).to_have_count(2)
    expect(jobs.nth(1)).to_contain_text("2 of 2 have ended, 1 failed")
    expect(view.locator("strong")).to_have_text("Job 2")
    jobs.nth(1).get_by_role("button").press("Enter")
    expect(view.locator("strong")).to_have_text("Job 1")
    expect(view.locator(".isolates-job-problem").nth(1)).to_have_text(
        "RangeError: <i>too far</i> (In [4]:2:25)"
    )
    # The theme's colours are taken at once.
    colour = "(element) => getComputedStyle(element).color"
    light = view.evaluate(colour)
    lab.command("apputils:change-theme", theme="JupyterLab Dark")
    try:
        lab.page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
        assert view.evaluate(colour) != light
    finally:
        lab.command("apputils:change-theme", theme="JupyterLab Light")
        lab.page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")


def test_a_python_notebook_stops_a_job_while_a_cell_waits_for_javascript(lab: Any) -> None:
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    codes = (
        "%load_ext isolates",
        "%%isolate busy[0:3] -a\nfor (;;);",
        "%jobview 1",
        "%%isolate a\nconsole.log('go'); for (;;);",
    )
    cells = [new_code_cell(code) for code in codes]
    notebook = lab.open(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}))
    for index in range(3):
        notebook.run(index)
    view = notebook.cell(2).locator(".isolates-widget")
    rows = view.locator(".isolates-job-parts tbody tr")
    expect(rows).to_have_count(3)
    notebook.run(3)
    expect(notebook.output(3)).to_have_text(["New isolate a: 128 MB\ngo\n"])
    view.evaluate("(element) => element.scrollIntoView()")
    waits = [
        press(
            view.get_by_role("button", name=f"Stop busy{index}"),
            rows.nth(index).locator("td").nth(1),
            "cancelled",
        )
        for index in range(3)
    ]
    assert min(waits) < 200, waits
    # It has been seen while the cell waited.
    notebook.wait_until_it_runs(3)
    assert lab.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status") == "busy"
    notebook.button("interrupt").click()
    notebook.wait_until_done(3)
    assert "KeyboardInterrupt" in notebook.texts(3)[-1]
