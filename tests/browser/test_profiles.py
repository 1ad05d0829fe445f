"""Flamegraph and HeapDiff in JupyterLab: what they draw, search, zoom, sort and open, by pointer and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

HOSTILE = "<img src=x onerror=window.hacked=1>"
# (name, own milliseconds, children)
CALLS: Any = (
    "main",
    1,
    [
        ("load", 2, [("parse", 30, []), (HOSTILE, 10, [("work", 5, [])])]),
        ("work", 40, []),
        ("tiny", 0.001, []),
    ],
)
GROW = f"""
class Session {{ constructor(n) {{ this.name = 'session ' + n }} }}
globalThis.cache = Array.from({{length: 500}}, (_, n) => new Session(n));
globalThis.evil = new ({{[{HOSTILE!r}]: class {{ x = 1 }}}})[{HOSTILE!r}](); 0
"""
MOMENTS = f"""%%python
import json
import isolates
from isolates.widgets import HeapDiff, HeapMoment
isolate = isolates.Isolate()
context = isolate.create_context_sync()
before = HeapMoment(isolate)
context.eval_sync({GROW!r})
diff = HeapDiff(before, HeapMoment(isolate))
print(json.dumps([[one.name, one.created, one.deleted, one.size_delta] for one in diff.classes]))"""

WIDTH = "group => group.querySelector('rect').getBoundingClientRect().width"
STROKE = "element => getComputedStyle(element.querySelector('rect')).stroke"


def profile() -> dict[str, Any]:
    """Those calls, as V8 tells them."""
    nodes: list[dict[str, Any]] = []
    samples: list[int] = []
    deltas: list[int] = [0]
    lines: dict[str, int] = {}

    def add(name: str, own_ms: float, children: Any) -> int:
        number = len(nodes) + 1
        line = lines.setdefault(name, len(lines))
        frame = {
            "functionName": name,
            "scriptId": "3",
            "url": "shop.js",
            "lineNumber": line,
            "columnNumber": 0,
        }
        nodes.append({"id": number, "callFrame": frame})
        if own_ms:
            samples.append(number)
            deltas.append(round(1000 * own_ms))
        nodes[number - 1]["children"] = [add(*child) for child in children]
        return number

    add("(root)", 0, [CALLS])
    return {
        "nodes": nodes, "samples": samples, "timeDeltas": deltas[:-1], "startTime": 0, "endTime": sum(deltas)
    }  # fmt: skip


def box(view: Locator, name: str) -> Locator:
    return view.locator(".isolates-flame g").filter(has_text=name).first


def widths(view: Locator, *names: str) -> list[float]:
    return [box(view, name).evaluate(WIDTH) for name in names]


def set_theme(lab: Any, name: str) -> None:
    lab.command("apputils:change-theme", theme=name)
    expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-name", name)


def test_a_flame_graph_is_searched_zoomed_and_walked(lab: Any, tmp_path: Path) -> None:
    path = tmp_path / "shop.cpuprofile"
    path.write_text(json.dumps(profile()))
    notebook = lab.open_cells(f"%%python\nfrom isolates.widgets import Flamegraph\nFlamegraph({str(path)!r})")
    notebook.run(0)
    view = notebook.cell(0).locator(".isolates-flamegraph")
    page = lab.page

    # It is drawn: boxes as wide as their time, names as texts.
    expect(box(view, "parse")).to_be_visible()
    whole, load, parse, work = widths(view, "all: 88.0 ms", "load", "parse", "work")
    assert [load / whole, parse / whole, work / whole] == [
        pytest.approx(47 / 88, abs=0.01), pytest.approx(30 / 88, abs=0.01), pytest.approx(40 / 88, abs=0.01)
    ]  # fmt: skip
    expect(box(view, HOSTILE)).to_be_visible()
    expect(view.locator("img")).to_have_count(0)
    expect(view.get_by_text("1 call is too narrow to be drawn: zoom in")).to_be_visible()

    # A search marks calls and tells their share, wherever they are.
    search = view.get_by_role("searchbox", name="Search functions")
    search.fill("WORK")
    expect(view.get_by_text("2 calls: 51.1 %, 45.0 ms")).to_be_visible()
    expect(view.locator(".isolates-flame g[data-found]")).to_have_count(2)
    search.press("Escape")
    expect(view.locator(".isolates-flame g[data-found]")).to_have_count(0)

    # A click zooms, the button resets.
    reset = view.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_disabled()
    box(view, "load").click()
    expect(box(view, "work")).to_have_count(1)  # the one below load; the other is gone
    expect(reset).to_be_enabled()
    page.wait_for_function(f"([one, whole]) => Math.abs(({WIDTH})(one) - whole) < 1",
                           arg=[box(view, "load").element_handle(), whole])  # fmt: skip
    reset.click()
    expect(view.locator(".isolates-flame g")).to_have_count(7)

    # By keys: down to main and load, right to work, Enter, Escape.
    box(view, "all").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    focused = view.locator(".isolates-flame g:focus")
    expect(focused).to_have_attribute("aria-label", "work, shop.js:6:1, total 40.0 ms (45.5 %), self 40.0 ms")
    expect(view.locator(".isolates-flame-about")).to_have_text(
        "work \u00b7 shop.js:6:1 \u00b7 total 40.0 ms (45.5 %), self 40.0 ms"
    )
    page.keyboard.press("Enter")
    expect(view.locator(".isolates-flame g")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(view.locator(".isolates-flame g")).to_have_count(7)
    expect(focused).to_have_attribute("aria-level", "3")

    # From its other end.
    view.get_by_role("button", name="Bottom up").click()
    expect(view.locator('.isolates-flame g[aria-level="2"]').first).to_have_attribute(
        "aria-label", "work, shop.js:6:1, total 45.0 ms (51.1 %), self 45.0 ms"
    )

    # The table, and the file.
    names = view.locator("tbody th")
    assert names.all_inner_texts() == ["work", "parse", HOSTILE, "load", "main", "tiny"]
    view.get_by_role("button", name="Function", exact=True).click()
    assert names.all_inner_texts() == [HOSTILE, "load", "main", "parse", "tiny", "work"]
    view.get_by_role("button", name="parse", exact=True).click()
    expect(view.get_by_text("1 call: 34.1 %, 30.0 ms")).to_be_visible()
    with page.expect_download() as download:
        view.get_by_role("button", name="Save .cpuprofile").click()
    assert download.value.suggested_filename.endswith(".cpuprofile")
    assert json.loads(Path(download.value.path()).read_text()) == profile()

    light = view.evaluate(STROKE)
    set_theme(lab, "JupyterLab Dark")
    assert view.evaluate(STROKE) != light
    set_theme(lab, "JupyterLab Light")
    assert page.evaluate("window.hacked") is None


def test_a_heap_diff_is_sorted_filtered_and_opened(lab: Any) -> None:
    notebook = lab.open_cells(MOMENTS, "%%python\ndiff")
    notebook.run(0)
    notebook.wait_until_done(0)
    told = json.loads(notebook.texts(0)[0])
    notebook.run(1)
    view = notebook.cell(1).locator(".isolates-heap-diff")
    names = view.locator("tbody tr:not(.isolates-more) th")
    expect(names).to_have_count(len(told))

    # The numbers are those that Python has.
    assert names.all_inner_texts() == [name for name, *_ in told]
    cells = view.locator("tbody td").all_inner_texts()
    rows = [cells[at : at + 6] for at in range(0, len(cells), 6)]
    assert [(int(new.replace(",", "")), int(gone)) for new, gone, *_ in rows] == [
        (new, gone) for _, new, gone, _ in told
    ]
    assert [HOSTILE, 1, 0] in [row[:3] for row in told]
    assert lab.page.evaluate("window.hacked") is None

    # Sorted by keys, and back.
    head = view.get_by_role("columnheader", name="# New")
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    by_new = [new for _, new, *_ in sorted(told, key=lambda row: -row[1])]
    assert [
        int(text.replace(",", "")) for text in view.locator("tbody td:nth-child(2)").all_inner_texts()
    ] == by_new

    # A class opened shows new objects and how code comes to them.
    view.get_by_role("searchbox", name="Filter classes").fill("sess")
    expect(names).to_have_text(["Session"])
    opener = view.get_by_role("button", name="Session")
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(view.locator(".isolates-samples code").first).to_have_text("cache[0]")
    expect(view.get_by_text("and 495 more new objects")).to_be_visible()
    opener.press("Enter")
    expect(view.locator(".isolates-samples")).to_have_count(0)
    expect(view.get_by_text(f"1 of {len(told)} classes")).to_be_visible()
