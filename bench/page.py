"""A page with a Dashboard of 50 isolates, in Chromium: is it smooth, and how much does it work?

The widget's own bundle, in an empty page: JupyterLab has work of its own. The kernel's half is in this
process, with real isolates in which something happens; what it says goes to the page, and back.
"""

from __future__ import annotations

import base64
import json
import shutil
from queue import Empty, SimpleQueue
from time import perf_counter

from figure import Figure, Row, at_most
from worker import python

ISOLATES = 50
PERIOD_S = 0.25  # four times as often as usual, for more to measure
SECONDS = 25  # for each of those of the options
PAGE = """async ([source, css, snapshot]) => {
    document.body.innerHTML = `<style>${css}</style><div id="widget" style="width: 1000px"></div>`;
    const module = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    const listeners = [];
    const model = {
        get: (name) => ({snapshot})[name],
        on: (name, listener) => { if (name === 'msg:custom') listeners.push(listener); },
        off() {},
        send: (content) => say(JSON.stringify(content)),
    };
    window.hear = (text, buffers) => {
        const bytes = (one) => Uint8Array.from(atob(one), (sign) => sign.charCodeAt(0)).buffer;
        const views = buffers.map((one) => new DataView(bytes(one)));
        for (const listener of listeners) listener(JSON.parse(text), views);
    };
    const widget = typeof module.default === 'function' ? await module.default() : module.default;
    await widget.initialize({model});
    await widget.render({model, el: document.getElementById('widget')});
}"""
COUNT = """() => {
    window.intervals = [];
    let before = performance.now();
    const next = (now) => { intervals.push(now - before); before = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
}"""


def isolates():
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise ModuleNotFoundError("chromium", name="chromium")

    def run_round(options):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            try:
                return measure(browser.new_page(), SECONDS * options["seconds"])
            finally:
                browser.close()

    return run_round


def measure(page, seconds):
    import isolates as package
    from isolates.widgets import Dashboard

    made = {f"isolate {number}": package.Isolate(memory_limit=64) for number in range(ISOLATES)}
    contexts = [isolate.create_context_sync() for isolate in made.values()]
    queue: SimpleQueue = SimpleQueue()
    dashboard = Dashboard(made, period_s=PERIOD_S)
    dashboard.send = lambda content, buffers=(): queue.put((content, buffers))
    try:
        page.expose_function("say", lambda text: dashboard._hear(dashboard, json.loads(text), []))
        page.goto("about:blank")
        files = [str(dashboard._esm), str(dashboard._css)]
        page.evaluate(PAGE, [*files, dashboard.snapshot])
        pump(page, queue, contexts, 2)  # The first frames make what the later ones change.
        session = page.context.new_cdp_session(page)
        # Time of the processor: a busy machine is not the page.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(COUNT)
        before = working_s(session)
        frames = pump(page, queue, contexts, seconds)
        worked = working_s(session) - before
        intervals = sorted(page.evaluate("intervals"))
    finally:
        dashboard.close()
        for isolate in made.values():
            isolate.dispose()
    return {
        "usual": intervals[len(intervals) // 2],
        "slow": intervals[int(0.99 * len(intervals))],
        "work": worked * 1e3 / max(frames, 1),
    }


def pump(page, queue, contexts, seconds):
    """Brings the page what the widget says; how many frames."""
    frames, end = 0, perf_counter() + seconds
    while (left := end - perf_counter()) > 0:
        for context in contexts[:: max(1, frames % 7)]:
            context.eval_ignored("globalThis.kept ??= []; kept.push(new Array(100)); 1")
        try:
            content, buffers = queue.get(timeout=min(left, 0.02))
        except Empty:
            page.wait_for_timeout(1)  # It listens only while it is asked something.
            continue
        frames += content["is"] == "frame"
        page.evaluate("([text, buffers]) => hear(text, buffers)", [json.dumps(content), encoded(buffers)])
    return frames


def encoded(buffers):
    return [base64.b64encode(bytes(buffer)).decode() for buffer in buffers]


def working_s(session):
    """What the page's thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in metrics if one["name"] == "TaskDuration")


FIGURE = Figure(
    sides={"isolates": python("page", "isolates")},
    rows=[
        Row("usual", f"page with {ISOLATES} isolates: frame of the screen", "ms", "", at_most(17)),
        Row("slow", "one in a hundred takes longer than", "ms", "", at_most(50)),
        Row("work", "the page's work for one look", "ms", "", at_most(50)),
    ],
    rounds=3,
)
