"""%dashboard in a Python notebook."""

from __future__ import annotations

from typing import Any

from tests.widgets.comm_page import CommPage

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_magic_shows_a_widget_and_a_picture(notebook: Any) -> None:
    run = notebook.ok("%dashboard --period 0.1")
    assert run.result is None
    widget, static = (m["content"]["data"] for m in run.messages if m["msg_type"] == "display_data")
    page = CommPage(notebook, run)
    assert widget[WIDGET_VIEW]["model_id"] == page.comm_id
    assert static["text/plain"].split("\n")[1].split() == ["a", "main", "128", "MB"]
    assert "isolates-snapshot" in static["text/html"]
    page.look()
    frame = page.frame(lambda frame: frame["frame"] >= 3)
    assert frame["rows"][0]["name"] == "a"
    answer = page.act("gc", key=frame["rows"][0]["key"])
    assert answer["state"] == "done"
    page.leave()


def test_a_cell_that_runs_is_seen_and_stopped(notebook: Any) -> None:
    page = CommPage(notebook, notebook.ok("%dashboard --period 0.1"))
    page.look()
    request = notebook.start("%%isolate a\nfor (;;) {}")
    frame = page.frame(lambda frame: any(row["state"] == "running" for row in frame["rows"]))
    (key,) = (row["key"] for row in frame["rows"] if row["state"] == "running")
    answer = page.act("interrupt", key=key)
    assert (answer["state"], answer["text"]) == ("done", "interrupted")
    assert answer["seconds"] < 1
    assert page.finish(request)["ename"] == "KeyboardInterrupt"
    page.leave()


def test_dashboards_of_isolates_without_a_manager(notebook: Any) -> None:
    run = notebook.ok(
        "from isolates import Isolate\nfrom isolates.widgets import Dashboard\n"
        "mine = {'mine': Isolate(memory_limit=16)}\nDashboard(mine)"
    )
    page = CommPage(notebook, run)
    page.look()
    assert page.frame()["rows"][0]["key"] == "mine#1"
    page.leave()


def test_wrong_options_show_nothing(notebook: Any) -> None:
    run = notebook.run("%dashboard --period 1e9")
    assert "UsageError: %dashboard: argument --period: '1e9' is no number of seconds" in run.stderr
    assert [m for m in run.messages if m["msg_type"] in ("comm_open", "display_data")] == []


def test_it_is_a_magic_like_the_others(notebook: Any) -> None:
    text = notebook.ok("%dashboard?").reply["payload"][0]["data"]["text/plain"]
    assert "--period S" in text
    reply = notebook.reply(notebook.client.complete("%dashboard --", 13), "complete_reply")
    assert reply["matches"] == ["--period"]
