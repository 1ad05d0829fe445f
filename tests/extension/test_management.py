"""The magics that manage isolates, in a Python notebook, which has a %reset of its own."""

from __future__ import annotations

from typing import Any

import pytest


def table(run: Any) -> list[list[str]]:
    """The lines of the table, as words."""
    (message,) = [message for message in run.messages if message["msg_type"] == "display_data"]
    data = message["content"]["data"]
    assert data["text/html"].startswith("<table")
    return [line.split() for line in data["text/plain"].split("\n")]


def test_the_current_isolate(notebook: Any) -> None:
    notebook.ok("shared = 7")
    run = notebook.ok("%isolate here --context c")
    assert run.stdout == "New isolate here: 128 MB\nThe current isolate is 'here', its context 'c'.\n"
    notebook.ok("%put shared")
    assert notebook.ok("%%isolate here --context c\nshared").result == "7"
    notebook.ok("%context main")
    assert notebook.ok("%isolate").stdout == "The current isolate is 'here', its context 'main'.\n"


def test_isolates_are_listed(notebook: Any) -> None:
    notebook.ok("%%isolate listed --memory 16\n1")
    rows = {line[0]: line for line in table(notebook.ok("%isolates"))}
    assert rows["listed"][1:3] == ["main", "idle"]
    assert rows["listed"][5:7] == ["16", "MB"]


def test_they_end_and_begin_anew(notebook: Any) -> None:
    notebook.ok("%%isolate w[0:3]\nvar x = 1")
    assert notebook.ok("%reset w0").stdout == "New and empty: w0\n"
    assert notebook.ok("%%isolate w0\ntypeof x").result == "'undefined'"
    assert notebook.ok("%%isolate w1\nx").result == "1"
    assert notebook.ok("%reset w1 --context main").stdout == "New and empty: context main of w1\n"
    assert notebook.ok("%dispose w[0:2] w2").stdout == "Disposed: w0, w1, w2\n"
    assert notebook.ok("[name for name in manager if name.startswith('w')]").result == "[]"


def test_a_busy_one_is_stopped_and_not_waited_for(notebook: Any) -> None:
    notebook.ok("%%isolate busy\n1")
    notebook.ok("%%isolate busy -a -o endless\nfor (;;) {}")
    text = ""
    while "running" not in text:
        text = " ".join(" ".join(line) for line in table(notebook.ok("%isolates")))
    assert "~ what was known before" in text
    assert table(notebook.ok("%gc busy"))[-1] == ["Busy,", "so", "not", "collected:", "busy"]
    notebook.ok("%terminate busy")
    assert notebook.ok("endless.wait(10); endless.state").result == "'cancelled'"


def test_limits_and_defaults(notebook: Any) -> None:
    notebook.ok("%%isolate hasty\n1")
    assert table(notebook.ok("%limits hasty --timeout 0.3"))[1] == ["hasty", "128", "MB", "0.3", "s"]
    assert notebook.fails("%%isolate hasty\nfor (;;) {}").error["ename"] == "ScriptTimeoutError"
    notebook.ok("%isolateconfig --memory 64 --group-outputs order")
    assert ["--memory", "64", "MB"] in table(notebook.ok("%isolateconfig"))
    assert notebook.ok("%%isolate lean\n1").stdout == "New isolate lean: 64 MB\n"
    notebook.ok("%isolateconfig --memory 128 --group-outputs type")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%isolate 9lives", ["%isolate", "NAME", "'9lives'"]),
        ("%isolate kept --context 'a b'", ["--context", "'a b'"]),
        ("%isolate kept --memory 4", ["--memory", "'4'"]),
        ("%context 9lives", ["%context", "NAME", "'9lives'"]),
        ("%isolates now", ["%isolates", "now"]),
        ("%dispose kept nobody", ["%dispose", "TARGETS", "'nobody'"]),
        ("%reset kept --context nowhere", ["%reset", "--context", "'nowhere'"]),
        ("%terminate kept nobody", ["%terminate", "TARGETS", "'nobody'"]),
        ("%interrupt kept nobody", ["%interrupt", "TARGETS", "'nobody'"]),
        ("%gc kept nobody", ["%gc", "TARGETS", "'nobody'"]),
        ("%limits kept --timeout 0", ["%limits", "--timeout", "'0'"]),
        ("%limits kept --memory 64", ["%limits", "--memory 64", "%dispose kept"]),
        ("%isolateconfig --timeout soon", ["--timeout", "'soon'"]),
        ("%isolateconfig --memory 4", ["--memory", "'4'"]),
        ("%isolateconfig --group-outputs all", ["--group-outputs", "'all'"]),
        ("%isolateconfig --progress-after never", ["--progress-after", "'never'"]),
        ("%isolateconfig -a -b", ["-b"]),
    ],
)
def test_what_is_wrong_changes_nothing(notebook: Any, line: str, words: list[str]) -> None:
    notebook.ok("%%isolate kept\nvar x = 1")
    run = notebook.run(line)
    shown = run.stderr + "".join(
        message["content"]["evalue"] for message in run.messages if message["msg_type"] == "error"
    )
    for word in words:
        assert word in shown
    assert notebook.ok("%%isolate kept\nx").result == "1"
    assert notebook.ok("%isolate").stdout == "The current isolate is 'main', its context 'main'.\n"
