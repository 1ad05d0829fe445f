"""%dashboard in this kernel."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.widgets.comm_page import CommPage

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def displayed(run: Any) -> list[dict[str, Any]]:
    return [m["content"]["data"] for m in run.messages if m["msg_type"] == "display_data"]


def test_the_magic_shows_a_widget_and_a_picture(own_kernel: Any) -> None:
    loaded = "%python import sys; [name for name in ('anywidget', 'ipywidgets') if name in sys.modules]"
    assert own_kernel.ok(loaded).result == "[]"
    own_kernel.ok("%%isolate a --memory 32\n1")
    run = own_kernel.ok("%dashboard --period 0.1")
    assert run.result is None
    widget, static = displayed(run)
    page = CommPage(own_kernel, run)
    assert widget[WIDGET_VIEW]["model_id"] == page.comm_id
    assert [line.split() for line in static["text/plain"].split("\n")] == [
        *(["isolate", "contexts", "limit"], ["main", "main", "1024", "MB"], ["a", "main", "32", "MB"])
    ]
    assert '<div class="isolates-snapshot" data-for="' in static["text/html"]
    page.look()
    frame = page.frame(lambda frame: frame["frame"] >= 3)
    assert [row["key"] for row in frame["rows"]] == ["main#1", "a#1"]
    own_kernel.ok("%dispose a")
    page.frame(lambda frame: [row["name"] for row in frame["rows"]] == ["main"])
    page.leave()


def test_buttons_work_while_a_cell_runs(kernel: Any) -> None:
    kernel.ok("1")
    page = CommPage(kernel, kernel.ok("%dashboard --period 0.1"))
    page.look()
    request = kernel.start("function hot() { for (let k = 0; k < 1e5; k++); }\nfor (;;) hot()")
    frame = page.frame(lambda frame: any(row["runs"] for row in frame["rows"]))
    page.frame(lambda later: later["frame"] >= frame["frame"] + 3)  # drawn, though the cell runs
    row = next(row for row in frame["rows"] if row["name"] == "main")
    answer = page.act("cpu_profile", key=row["key"], seconds=0.3)
    assert answer["state"] == "done"
    assert answer["seconds"] < 1
    profile = json.loads(b"".join(bytes(buffer) for buffer in answer["buffers"]))
    assert "hot" in {node["callFrame"]["functionName"] for node in profile["nodes"]}
    begun = time.monotonic()
    answer = page.act("interrupt", key=row["key"])
    assert (answer["state"], answer["text"]) == ("done", "interrupted")
    assert answer["seconds"] < 1
    assert page.finish(request)["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - begun < 5
    page.leave()


def test_python_makes_one_too(kernel: Any) -> None:
    run = kernel.ok("%%python\nfrom isolates.widgets import Dashboard\nboard = Dashboard(manager)\nboard")
    assert run.result is None
    assert len(displayed(run)) == 2
    page = CommPage(kernel, run)
    page.look()
    page.frame()
    kernel.ok("%python board.close()")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--period 0", "--period: '0' is no number of seconds from 0.1 to 60"),
        ("--period x", "--period: 'x' is no number of seconds from 0.1 to 60"),
        ("--period nan", "--period: 'nan' is no number of seconds from 0.1 to 60"),
        ("--period", "--period: expected one argument"),
        ("--perod 1", "there is no option --perod: is --period meant?"),
        ("a", "'a' is one too many"),
    ],
)
def test_wrong_options_show_nothing(kernel: Any, line: str, said: str) -> None:
    run = kernel.fails(f"%dashboard {line}")
    assert run.error["ename"] == "UsageError"
    assert run.error["evalue"].startswith("%dashboard: ")
    assert said in run.error["evalue"]
    assert [m for m in run.messages if m["msg_type"] in ("comm_open", "display_data")] == []


def test_it_is_a_magic_like_the_others(kernel: Any) -> None:
    page = kernel.ok("%dashboard?").reply["payload"][0]["data"]["text/plain"]
    assert page.startswith("usage: %dashboard [--period S]")
    reply = kernel.reply(kernel.client.complete("%dash", 5), "complete_reply")
    assert "%dashboard" in reply["matches"]
    reply = kernel.reply(kernel.client.complete("%dashboard --", 13), "complete_reply")
    assert reply["matches"] == ["--period"]


def test_a_kernel_ends_while_somebody_looks(own_kernel: Any) -> None:
    page = CommPage(own_kernel, own_kernel.ok("%dashboard --period 0.1"))
    page.look()
    own_kernel.start("for (;;) {}")
    page.frame(lambda frame: any(row["state"] == "running" for row in frame["rows"]))
    begun = time.monotonic()
    own_kernel.manager.shutdown_kernel(now=False)
    assert time.monotonic() - begun < 4
    assert not own_kernel.manager.has_kernel
    own_kernel.client.stop_channels()
