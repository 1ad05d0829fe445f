"""The dashboard in JupyterLab: what is to be seen, what it costs the page, and what its buttons do."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Locator, Page, expect

from isolates.magics.tables import size_text, time_text

DASHBOARD = "%dashboard --period 0.1"
BUSY = "%%isolate busy -a\nfor (;;);"
COLLECTED = re.compile(r"^\d[\d.]* [KM]B -> \d[\d.]* [KM]B$")
CLOCK = re.compile(r"^\d\d:\d\d:\d\d$")
# It takes less than 200; the machine that tests may have much else to do.
SOON_MS = 2000

# The messages that go out are counted by what they ask for.
COUNT_WORDS = """() => {
    window.said = {};
    window.session = jupyterapp.shell.currentWidget.sessionContext.session;
    window.session.kernel.anyMessage.connect((_, { msg, direction }) => {
        const isSent = direction === 'send' && msg.header.msg_type === 'comm_msg';
        const word = isSent && msg.content.data.content?.do;
        if (word) window.said[word] = (window.said[word] ?? 0) + 1;
        if (word === 'act') window.firstRequest ??= msg.content.data.content.id;
    });
}"""
# Pressed by the page itself: how long it takes until the answer can be read beside the button.
PRESS = """async button => {
    const answer = button.parentElement.querySelector('.isolates-answer');
    const shown = new Promise(resolve => {
        const observer = new MutationObserver(() => {
            const text = answer.textContent;
            if (text && text !== '…') {
                observer.disconnect();
                resolve(text);
            }
        });
        observer.observe(answer, { childList: true, characterData: true, subtree: true });
    });
    const from = performance.now();
    button.click();
    const text = await shown;
    return [text, performance.now() - from];
}"""
# The largest and the median time between two frames, over 30 that the dashboard draws in.
FRAME_TIMES = """async () => {
    const before = window.said.drawn;
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    while (window.said.drawn < before + 30) {
        const now = await new Promise(requestAnimationFrame);
        times.push(now - last);
        last = now;
    }
    times.sort((a, b) => a - b);
    return { median_ms: times[times.length >> 1], largest_ms: times.at(-1), count: times.length };
}"""
PIXELS = "() => document.querySelector('.isolates-dashboard canvas').toDataURL()"

FIGURES = """%%python
import json
def figures(name):
    isolate = manager.get(name).isolate
    heap = isolate.get_heap_statistics_sync()
    return {
        "used": heap["used_heap_size"],
        "total": heap["total_heap_size"],
        "external": heap["externally_allocated_size"],
        "wall": isolate.wall_time_ns,
        "cpu": isolate.cpu_time_ns,
        "references": isolate.reference_count,
    }"""
BACK = """() => {
    jupyterapp.shell.activateById([...jupyterapp.shell.widgets('main')].find(widget => widget.context).id);
}"""
THREADS = """async () => {
    const code = '%%python\\nimport threading\\n[thread.name for thread in threading.enumerate()]';
    const asked = window.session.kernel.requestExecute({ code, store_history: false });
    let text = '';
    asked.onIOPub = ({ header, content }) => {
        if (header.msg_type === 'execute_result') text = content.data['text/plain'];
    };
    await asked.done;
    return text;
}"""


class Shown:
    """A dashboard in the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator(".isolates-dashboard")
        self.rows = self.element.locator("tbody tr")
        self.chart = self.element.locator(".u-over").first

    def names(self) -> Locator:
        return self.rows.locator("th")

    def name(self, name: str) -> Locator:
        return self.names().filter(has_text=re.compile(f"^{name}$"))

    def row(self, name: str) -> Locator:
        return self.rows.filter(has=self.page.locator("th", has_text=re.compile(f"^{name}$")))

    def head(self, label: str) -> Locator:
        return (
            self.element.locator("thead th").filter(has_text=re.compile(f"^{label}$")).get_by_role("button")
        )

    def cell(self, name: str, column: str) -> Locator:
        return self.row(name).locator(f'td[data-column="{column}"]')

    def button(self, name: str, action: str) -> Locator:
        return self.row(name).locator(f'[data-action="{action}"]')

    def answer(self, name: str) -> Locator:
        return self.row(name).locator(".isolates-answer")

    def sort_by(self, label: str) -> None:
        self.head(label).click()

    def wait_for_frames(self, count: int) -> None:
        script = "count => { window.until = (window.said.drawn ?? 0) + count; }"
        self.page.evaluate(script, count)
        self.page.wait_for_function("() => window.said.drawn >= window.until")

    def chart_label(self) -> str:
        return self.element.locator("canvas").first.get_attribute("aria-label") or ""


def open_dashboard(lab: Any, *codes: str) -> tuple[Any, Shown]:
    """Runs the first cells, whose last shows it."""
    notebook = lab.open_cells(*codes)
    lab.page.evaluate(COUNT_WORDS)
    return notebook, Shown(lab.page)


def threads(page: Page) -> str:
    return str(page.evaluate(THREADS))


def wait_for_no_sampling(page: Page) -> None:
    until = time.monotonic() + 30
    while "isolates-widgets" in threads(page):
        assert time.monotonic() < until


def press(button: Locator) -> str:
    """What is beside it first, soon."""
    text, ms = button.evaluate(PRESS)
    print(f"{text!r} after {ms:.0f} ms")  # noqa: T201 - pytest shows it with -s.
    assert ms < SOON_MS
    return str(text)


def saved(download: Download, name: str, suffix: str) -> Any:
    assert re.fullmatch(rf"{name}-[\dT]+\{suffix}", download.suggested_filename)
    return json.loads(Path(download.path()).read_text(encoding="utf-8"))


def run(notebook: Any, *indices: int) -> None:
    for index in indices:
        notebook.run(index)
        notebook.wait_until_done(index)


def test_its_figures_are_those_of_the_api(lab: Any) -> None:
    large = "%%isolate large\nvar kept = new Float64Array(1e6), list = Array.from({length: 1e5}, String); 1"
    told = "%%python\nprint(json.dumps([figures('small'), figures('large')]))"
    notebook, shown = open_dashboard(lab, "%%isolate small\n1", large, FIGURES, DASHBOARD, told, BUSY)
    run(notebook, 0, 1, 2, 3, 4)
    shown.element.scroll_into_view_if_needed()
    expect(shown.names()).to_have_text(["main", "small", "large"])
    for name, told in zip(("small", "large"), json.loads(notebook.texts(4)[0]), strict=True):
        sizes = {column: told[column] for column in ("used", "total", "external")}
        times_ns = {column: told[column] for column in ("wall", "cpu")}
        for column, size in sizes.items():
            expect(shown.cell(name, column)).to_have_text(size_text(size))
            expect(shown.cell(name, column)).to_have_attribute("title", f"{size:,} bytes")
        for column, time_ns in times_ns.items():
            expect(shown.cell(name, column)).to_have_text(time_text(time_ns / 1e9))
            expect(shown.cell(name, column)).to_have_attribute("title", f"{time_ns:,} ns")
        expect(shown.cell(name, "references")).to_have_text(str(told["references"]))
        expect(shown.cell(name, "state")).to_have_text("idle")
    # It moves.
    run(notebook, 5)
    shown.element.scroll_into_view_if_needed()
    expect(shown.cell("busy", "state")).to_have_text("running")
    before = shown.cell("busy", "wall").get_attribute("title") or ""
    label = shown.chart_label()
    expect(shown.cell("busy", "wall")).not_to_have_attribute("title", before)
    expect(shown.element.locator("canvas").first).not_to_have_attribute("aria-label", label)
    # The chart of one isolate, with a past that the page has not seen.
    shown.name("large").get_by_role("button").click()
    expect(shown.element.locator(".isolates-about")).to_have_text("large")
    expect(shown.element.locator("canvas").first).to_have_attribute(
        "aria-label",
        re.compile("^Memory of large at ..:..:..: used " + shown.cell("large", "used").inner_text()),
    )


def test_it_is_sorted_filtered_zoomed_paused_and_dark(lab: Any) -> None:
    notebook, shown = open_dashboard(lab, "%%isolate small\n1", BUSY, DASHBOARD)
    run(notebook, 0, 1, 2)
    expect(shown.names()).to_have_text(["main", "small", "busy"])
    shown.sort_by("CPU %")
    expect(shown.names().first).to_have_text("busy")
    expect(shown.element.locator('[aria-sort="descending"]')).to_have_text("CPU %")
    shown.sort_by("Isolate")
    expect(shown.names()).to_have_text(["busy", "main", "small"])
    search = shown.element.get_by_role("searchbox")
    search.fill("RUNNING")
    expect(shown.names()).to_have_text(["busy"])
    expect(shown.element.locator(".isolates-count")).to_have_text("1 of 3 isolates")
    search.fill("")

    # Keys are for the widget, not for the notebook: in its command mode d d deletes a cell.
    shown.head("Isolate").focus()
    lab.page.keyboard.press("Enter")
    expect(shown.names()).to_have_text(["small", "main", "busy"])
    for key in ("d", "d", "Escape"):
        lab.page.keyboard.press(key)
    expect(shown.head("Isolate")).to_be_focused()
    expect(notebook.panel.locator(".jp-CodeCell")).to_have_count(3)

    box = shown.chart.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    lab.page.mouse.move(box["x"] + box["width"] - 60, middle)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] - 5, middle, steps=3)
    lab.page.mouse.up()
    all_times = shown.element.get_by_role("button", name="Show all times")
    expect(all_times).to_be_visible()
    expect(shown.element.locator(".isolates-heading .isolates-value")).to_have_text(CLOCK)
    shown.chart.dblclick()
    expect(all_times).to_be_hidden()
    shown.head("Isolate").hover()

    shown.element.get_by_role("button", name="Pause").click()
    text, pixels = shown.element.inner_text(), lab.page.evaluate(PIXELS)
    shown.wait_for_frames(5)
    assert shown.element.inner_text() == text
    assert lab.page.evaluate(PIXELS) == pixels
    lab.command("apputils:change-theme", theme="JupyterLab Dark")
    try:
        expect(shown.element).to_have_css("color", re.compile(r"^rgba?\(255, 255, 255"))
        lab.page.wait_for_function(f"pixels => ({PIXELS})() !== pixels", arg=pixels)
        assert shown.element.inner_text() == text
    finally:
        lab.command("apputils:change-theme", theme="JupyterLab Light")
    shown.element.get_by_role("button", name="Resume").click()
    expect(shown.element).not_to_have_text(text, use_inner_text=True)


def test_buttons_act_on_a_busy_isolate_at_once(lab: Any) -> None:
    hot = "function hot() { let sum = 0; for (let k = 0; k < 1e5; k++) sum += k; return sum }"
    spin = f"%%isolate busy -a\n{hot}\nfor (;;) hot()"
    notebook, shown = open_dashboard(lab, "%%isolate idle\n1", spin, DASHBOARD, "%reset idle")
    run(notebook, 0, 1, 2)
    expect(shown.cell("busy", "state")).to_have_text("running")
    # The chart follows a name.
    heading = shown.element.locator(".isolates-heading")
    shown.name("idle").get_by_role("button").click()
    expect(heading).to_contain_text("idle")
    run(notebook, 3)
    shown.wait_for_frames(2)
    expect(heading).to_contain_text("idle")
    shown.element.get_by_role("button", name="Show all isolates").click()
    expect(heading).to_contain_text("All isolates")
    with lab.page.expect_download(timeout=20000) as profile:
        begun = press(shown.button("busy", "cpu_profile"))
        assert begun.startswith("records 5")
        assert press(shown.button("busy", "gc")).startswith("collects")
        expect(shown.answer("busy")).to_have_text(COLLECTED)  # and it still runs
        shown.button("idle", "gc").click()
        expect(shown.answer("idle")).to_have_text(COLLECTED)
        # A question is not taken away by the answer to what was pressed before.
        shown.button("busy", "dispose").click()
    question = shown.element.get_by_role("alertdialog")
    expect(shown.button("busy", "cpu_profile")).not_to_have_attribute("aria-disabled", "true")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    question.get_by_role("button", name="Keep").click()
    expect(shown.answer("busy")).to_have_text(re.compile("samples$"))
    assert "hot" in {
        node["callFrame"]["functionName"] for node in saved(profile.value, "busy", ".cpuprofile")["nodes"]
    }
    assert press(shown.button("busy", "interrupt")) == "interrupted"
    expect(shown.cell("busy", "state")).to_have_text("idle")
    with lab.page.expect_download(timeout=20000) as snapshot:
        shown.button("idle", "heap_snapshot").click()
    assert "snapshot" in saved(snapshot.value, "idle", ".heapsnapshot")

    # By the keyboard: the first Enter asks, Escape keeps it, and so does a second Enter.
    dispose = shown.button("idle", "dispose")
    dispose.focus()
    for key in ("Enter", "Escape", "Enter", "Enter"):
        lab.page.keyboard.press(key)
    expect(dispose).to_be_focused()
    expect(shown.element.get_by_role("alertdialog")).to_have_count(0)
    expect(shown.cell("idle", "state")).to_have_text("idle")
    for key in ("Enter", "Shift+Tab", "Enter"):
        lab.page.keyboard.press(key)
    expect(shown.names()).to_have_text(["main", "busy"])
    expect(shown.element.get_by_role("searchbox")).to_be_focused()  # what had the focus is gone


def test_fifty_isolates_stay_smooth_and_cost_nothing_out_of_sight(lab: Any) -> None:
    work = "%%isolate i[0:50]\nArray.from({length: 1e4}, (_, i) => ({i})).length"
    notebook, shown = open_dashboard(lab, work, BUSY, DASHBOARD)
    run(notebook, 0, 1, 2)
    expect(shown.rows).to_have_count(52)
    times = lab.page.evaluate(FRAME_TIMES)
    print(f"frames of 52 isolates: {times}")  # noqa: T201 - pytest shows it with -s.
    assert times["median_ms"] < SOON_MS / 10
    assert times["largest_ms"] < SOON_MS
    assert "isolates-widgets" in threads(lab.page)
    # Another tab is before it.
    lab.command("launcher:create")
    expect(shown.element).to_be_hidden()
    wait_for_no_sampling(lab.page)
    lab.page.evaluate(BACK)
    before = shown.cell("busy", "wall").inner_text()
    expect(shown.cell("busy", "wall")).not_to_have_text(before)
    # Its output is taken away.
    lab.command("notebook:clear-all-cell-outputs")
    expect(shown.element).to_have_count(0)
    wait_for_no_sampling(lab.page)


def test_names_from_elsewhere_are_texts(lab: Any) -> None:
    names = ["<img src=x onerror=window.hacked=1>", "left\u202eright", "x" * 10_000, "\ud800\x00\n", "مرحبا"]
    code = f"""%%python
import isolates
from isolates.widgets import Dashboard
them = {{name: isolates.Isolate() for name in {names!r}}}
Dashboard(them, period_s=0.1)"""
    notebook, shown = open_dashboard(lab, code)
    run(notebook, 0)
    expect(shown.names()).to_have_text([names[0], "left\ufffdright", "x" * 79 + "…", "\ufffd" * 3, names[4]])
    assert shown.element.locator("img").count() == 0
    widths = shown.names().evaluate_all("heads => heads.map(head => head.offsetWidth)")
    assert len(set(widths)) == 1
    # What is done to them reaches the right one.
    shown.names().nth(2).get_by_role("button").click()
    expect(shown.element.locator(".isolates-about")).to_have_text("x" * 79 + "…")
    for row in shown.rows.all():
        row.locator('[data-action="gc"]').click()
        expect(row.locator(".isolates-answer")).to_have_text(COLLECTED)
    shown.rows.nth(0).locator('[data-action="dispose"]').click()
    expect(shown.element.get_by_role("alertdialog")).to_contain_text("Dispose <img src=x onerror=")
    shown.element.get_by_role("button", name="Dispose", exact=True).click()
    expect(shown.rows.nth(0).locator('[data-column="state"]')).to_have_text("gone")
    expect(shown.rows.nth(0).locator('[data-action="gc"]')).to_have_attribute("aria-disabled", "true")
    assert not lab.page.evaluate("() => window.hacked")
    # A page that was loaded again must not take answers to the one before for its own.
    assert lab.page.evaluate("() => window.firstRequest") > 1000
    # It does not look alive when its kernel has gone.
    notebook.restart()
    shown.rows.nth(1).locator('[data-action="gc"]').click()
    expect(shown.rows.nth(1).locator(".isolates-answer")).to_have_text("Failed: the kernel is gone")
    expect(shown.element.get_by_role("status").first).to_contain_text("what it shows is old")
