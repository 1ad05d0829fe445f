"""Widgets in a Python notebook: their buttons, while a cell keeps the main thread."""

from __future__ import annotations

import time
from typing import Any

import pytest

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
BUSY = {
    "a magic that waits for JavaScript": "%%isolate a\nconsole.log('go'); for (;;);",
    "Python that waits for JavaScript": "manager['a'].eval_sync(\"console.log('go'); for (;;);\")",
    "Python that sleeps": "import time\nprint('go', flush=True)\nwhile True: time.sleep(0.01)",
}


class Page:
    """What a page says to one widget, without a subshell, and what it hears."""

    def __init__(self, kernel: Any, model: str) -> None:
        self.kernel = kernel
        self.model = model

    def say(self, **content: Any) -> str:
        data = {"method": "custom", "content": content}
        message = self.kernel.client.session.msg("comm_msg", {"comm_id": self.model, "data": data})
        self.kernel.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def wait_for(self, kind: str, state: str | None = None) -> tuple[Any, list[str]]:
        """What the widget says; and what was said meanwhile of the kernel's state."""
        states = []
        while True:
            message = self.kernel.next_message()
            if message["msg_type"] == "status":
                states.append(message["content"]["execution_state"])
            elif message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == self.model:
                content = message["content"]["data"]["content"]
                if (content["is"], content.get("state")) == (kind, state):
                    return content, states


def shown(run: Any) -> tuple[str, Any]:
    """The model of the widget that a cell shows, and its snapshot."""
    widget, snapshot = (one["content"] for one in run.messages if one["msg_type"] == "display_data")
    return widget["data"][WIDGET_VIEW]["model_id"], snapshot["data"]


@pytest.mark.parametrize("code", BUSY.values(), ids=BUSY.keys())
def test_buttons_act_while_a_cell_keeps_the_main_thread(notebook: Any, code: str) -> None:
    notebook.ok("%%isolate a\n1")
    notebook.ok("%%isolate b[0:3] -a -o loops\nfor (;;);")
    number = int(notebook.ok("loops.number").result)
    model, _ = shown(notebook.ok("from isolates.widgets import JobView\nJobView(loops)"))
    page = Page(notebook, model)
    request = notebook.start(code)
    notebook.wait_for_text(request, "go")
    page.say(do="look", view="v", has=0)
    frame, states = page.wait_for("frame")
    assert frame["chosen"]["counts"] == "0 of 3 have ended"
    waits = []
    for name in ("b0", "b1", "b2"):
        before = time.monotonic()
        page.say(do="drawn", frame=frame["frame"])
        page.say(do="act", id=1, action="stop", job=number, isolate=name)
        answer, more = page.wait_for("answer", "done")
        waits.append(time.monotonic() - before)
        assert answer["text"] == f"stopped in {name}"
        states += more
    assert min(waits) < 0.2, waits
    # The kernel is at work all the time, and says nothing else.
    assert "idle" not in states
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).error is not None
    assert notebook.ok("loops.state").result == "'cancelled'"
    # Pages keep what they have said until they hear that it is done: later than usual here.
    notebook.until_idle(page.say(do="leave", view="v"))


def test_what_threads_print_stays_with_their_cell(notebook: Any, tmp_path: Any) -> None:
    """A message of a page is nobody's parent."""
    notebook.ok("%%isolate a -a -o loop\nfor (;;);")
    model, _ = shown(notebook.ok("from isolates.widgets import JobView\nJobView(loop)"))
    page = Page(notebook, model)
    gate = tmp_path / "gate"
    code = (
        "import threading, time\nfrom pathlib import Path\n"
        f"gate = Path({str(gate)!r})\n"
        "def wait():\n    while not gate.exists(): time.sleep(0.01)\n    print('late', flush=True)\n"
        "thread = threading.Thread(target=wait)\nthread.start()"
    )
    request = notebook.start(code)
    notebook.finish(request)
    notebook.until_idle(page.say(do="look", view="v", has=0))
    gate.touch()
    assert notebook.wait_for_text(request, "late") == "late\n"
    notebook.ok("loop.cancel(), loop.wait(30)")


def test_the_snapshot_is_below_the_widget_and_kept_up_to_date(notebook: Any) -> None:
    notebook.ok("%%isolate a -a -o job\nawait new Promise(() => {})")
    run = notebook.ok("from isolates.widgets import JobView\nJobView(job)")
    model, snapshot = shown(run)
    display_id = run.messages[-1]["content"]["transient"]["display_id"]
    assert snapshot["text/plain"].splitlines()[1:] == ["isolate  state", "a        not ended"]
    assert "running" in snapshot["text/html"]
    page = Page(notebook, model)
    notebook.until_idle(page.say(do="look", view="v", has=0))
    number = int(notebook.ok("job.number").result)
    page.say(do="act", id=1, action="cancel", job=number)
    page.wait_for("answer", "done")
    page.say(do="leave", view="v")
    while (message := notebook.next_message())["msg_type"] != "update_display_data":
        pass
    assert message["content"]["transient"]["display_id"] == display_id
    assert "cancelled" in message["content"]["data"]["text/html"]


def test_a_job_that_is_not_there_is_a_usage_error(notebook: Any) -> None:
    run = notebook.run("%jobview 999999")
    assert run.reply["ename"] == "UsageError"
    assert "%jobview: JOB: there is no job 999999" in run.stderr


def test_the_dashboard_stops_the_loop_that_a_cell_waits_for(notebook: Any) -> None:
    notebook.ok("%%isolate a\nvar kept = 1")
    model, _ = shown(notebook.ok("%dashboard"))
    page = Page(notebook, model)
    request = notebook.start("%%isolate a\nconsole.log('go'); for (;;);")
    notebook.wait_for_text(request, "go")
    page.say(do="look", view="v", has=0)
    frame, _ = page.wait_for("frame")
    key = next(row["key"] for row in frame["rows"] if row["name"] == "a")
    before = time.monotonic()
    page.say(do="act", id=1, action="interrupt", key=key)
    run = notebook.finish(request)
    assert time.monotonic() - before < 2
    assert run.error is not None
    assert notebook.ok("%%isolate a\nkept").result == "1"
    page.say(do="leave", view="v")
