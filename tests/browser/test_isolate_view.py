"""IsolateView in JupyterLab: one isolate at work, with its errors, in both themes, and what is left of it."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, expect

SETUP = """%%isolate worker --memory 64
const rows = [], bytes = new Uint8Array(6 << 20);
for (let i = 0; i < 1e5; i++) rows.push({i});"""
FAILS = """%%isolate worker --context other
void setTimeout(() => { throw new RangeError('<b>too late</b>') }, 1);
Promise.reject(new Error('<img src=x onerror=alert(1)>')); 1"""
VIEW = """%%python
import threading
from isolates.widgets import IsolateView
context = manager.get('worker').globals['main']
gate = threading.Event()
manager['worker']['hold'] = lambda: gate.wait(4)
held = [context.eval_sync('() => 1', reference=True) for _ in range(40)]
view = IsolateView(manager['worker'], period_s=0.25)
view"""
ASK = """%%python
import json
isolate = manager.get('worker').isolate
print(json.dumps([isolate.get_heap_statistics_sync(), isolate.get_heap_space_statistics_sync()]))
print(isolate.reference_count)"""
HOLDS = "%%isolate worker\nhold()"
LOOPS = "%%isolate worker\nfor (;;);"


def size_text(size: float) -> str:
    return f"{size / 1024:.0f} KB" if size < 1000 * 1024 else f"{size / 1024**2:.1f} MB"


def fact(view: Locator, name: str) -> Locator:
    return (
        view.locator(".isolates-facts > div")
        .filter(has=view.page.get_by_text(name, exact=True))
        .locator(".isolates-figure")
    )


def rows_of(view: Locator, title: str) -> list[list[str]]:
    rows = view.get_by_role("table", name=title).locator("tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def colour(place: Locator) -> str:
    found: str = place.evaluate("(element) => getComputedStyle(element).color")
    return found


def test_an_isolate_is_seen_at_work_and_followed(lab: Any) -> None:
    notebook = lab.open_cells(SETUP, FAILS, VIEW, ASK, HOLDS, LOOPS, "%reset worker", "%dispose worker")
    for index in range(3):
        notebook.run(index)
        notebook.wait_until_done(index)
    view = notebook.cell(2).locator(".isolates-view")
    view.scroll_into_view_if_needed()
    state = view.locator(".isolates-state")
    expect(state).to_have_text("idle")
    assert not notebook.cell(2).locator(".isolates-snapshot").is_visible()

    # The figures are those of the API.
    notebook.run(3)
    notebook.wait_until_done(3)
    view.scroll_into_view_if_needed()
    heap, spaces = json.loads(notebook.texts(3)[0].split("\n")[0])
    references = notebook.texts(3)[0].split("\n")[1]
    expect(fact(view, "used")).to_have_text(size_text(heap["used_heap_size"]))
    expect(fact(view, "total")).to_have_text(size_text(heap["total_heap_size"]))
    expect(fact(view, "external")).to_have_text("6.0 MB")
    expect(fact(view, "references")).to_have_text(references)
    sizes = ("space_used_size", "space_size", "space_available_size", "physical_space_size")
    filled = [space for space in spaces if space["space_size"]]
    told = [[space["space_name"], *(size_text(space[size]) for size in sizes)] for space in filled]
    table = view.get_by_role("table", name="Heap spaces")
    expect(table.locator("td")).to_have_text([text for row in told for text in row])
    held = heap["used_heap_size"] + (6 << 20)
    words = f"{size_text(held)} of 64.0 MB, fine ({100 * held / (64 << 20):.0f} %)"
    meter = view.get_by_role("meter", name="heap and buffers")
    expect(meter).to_have_attribute("aria-valuetext", words)
    assert rows_of(view, "Contexts") == [["main", "ready", ""], ["other", "ready", ""]]

    # Errors are texts, whatever they have in them.
    expect(view.get_by_role("table", name="Last errors").locator("tbody tr")).to_have_count(2)
    errors = [row[1:] for row in rows_of(view, "Last errors")]
    assert ["timer or message", "In [2]", "other", "RangeError: <b>too late</b>"] in errors
    promise = ["promise, not handled", "In [2]", "other", "Error: <img src=x onerror=alert(1)>"]
    assert promise in errors
    assert view.locator("img").count() == 0

    # References are let go of, once that is confirmed; the kernel's own stay.
    held = view.get_by_role("table", name="References").get_by_role("row").filter(has_text="function")
    expect(held).to_contain_text("40")
    held.get_by_role("button", name="Release").click()
    expect(held).to_contain_text("Their holders get errors.")
    held.get_by_role("button", name="Release").click()
    expect(view.get_by_text("40 released", exact=True)).to_be_visible()
    expect(held).to_have_count(0)

    # What waits for Python tells its spaces all the same.
    notebook.run(4)
    view.scroll_into_view_if_needed()
    expect(state).to_have_text("waiting")
    expect(view.get_by_text("what was known")).to_have_count(0)
    assert not rows_of(view, "Heap spaces")[0][1].startswith("~")
    notebook.wait_until_done(4)

    # Busy for ever: what runs is told, and a button stops it.
    notebook.run(5)
    view.scroll_into_view_if_needed()
    expect(state).to_have_text("running")
    expect(view.locator(".isolates-runs")).to_have_text(re.compile(r"In \[6\] for \d+\.\d s"))
    view.get_by_role("button", name="Interrupt").click()
    expect(view.get_by_text("interrupted", exact=True)).to_be_visible()
    notebook.wait_until_done(5)
    expect(state).to_have_text("idle")
    assert "KeyboardInterrupt" in notebook.texts(5)[0]

    # The dark theme has its own colours.
    light = colour(state)
    lab.command("apputils:change-theme", theme="JupyterLab Dark")
    lab.page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    expect(state).not_to_have_css("color", light)
    lab.command("apputils:change-theme", theme="JupyterLab Light")
    lab.page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")
    expect(state).to_have_css("color", light)

    # Another isolate of the name is shown next, and none if there is none.
    notebook.run(6)
    notebook.wait_until_done(6)
    view.scroll_into_view_if_needed()
    notes = view.locator(".isolates-diagnosis li")
    expect(notes).to_have_text("It is number 2 of its name: those before are gone.")
    notebook.run(7)
    notebook.wait_until_done(7)
    view.scroll_into_view_if_needed()
    expect(notes).to_contain_text("There is no isolate of that name.")
    expect(state).to_have_text("none")
