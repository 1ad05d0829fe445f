"""%isolates."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest

HEADS = ["isolate", "contexts", "state", "heap", "limit", "external", "wall", "CPU", "references", "runs"]


def shown(run: Any) -> dict[str, Any]:
    (message,) = [message for message in run.messages if message["msg_type"] == "display_data"]
    data: dict[str, Any] = message["content"]["data"]
    return data


def rows_of(run: Any) -> dict[str, list[str]]:
    """The texts of each isolate's row, by its name, out of the HTML."""
    found = re.findall(r"<tr>(.*?)</tr>", shown(run)["text/html"])[1:]
    rows = [[html.unescape(text) for text in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in found]
    return {row[0].removesuffix(" *"): row for row in rows}


def test_a_row_for_each_isolate(own_kernel: Any) -> None:
    kernel = own_kernel
    kernel.ok("%%isolate w10 --memory 16\nvar x = new Uint8Array(3 << 20)")
    kernel.ok("%%isolate w2 --context c\n1")
    run = kernel.ok("%isolates")
    lines = shown(run)["text/plain"].split("\n")
    assert lines[0].split() == HEADS
    assert [line.split()[0] for line in lines[1:]] == ["main", "w2", "w10"]
    rows = rows_of(run)
    assert rows["main"][:3] == ["main *", "main *", "idle"]
    assert rows["w2"][:3] == ["w2", "c", "idle"]
    assert (rows["w10"][4], rows["w10"][5]) == ("16 MB", "3.0 MB")
    assert all(re.fullmatch(r"\d+ KB|\d+\.\d MB", row[3]) for row in rows.values())
    assert all(row[9] == "" for row in rows.values())
    kernel.ok("%isolate w2\n%context c")
    rows = rows_of(kernel.ok("%isolates"))
    assert (rows["main"][0], rows["w2"][0], rows["w2"][1]) == ("main", "w2 *", "c *, main")


def test_why_an_isolate_is_gone(kernel: Any) -> None:
    kernel.fails("%%isolate small --memory 16\nconst all = []; for (;;) all.push(new Array(1000).fill(1))")
    row = rows_of(kernel.ok("%isolates"))["small"]
    assert (row[2], row[3]) == ("gone (memory limit)", "")
    kernel.ok("%dispose small")
    assert "small" not in rows_of(kernel.ok("%isolates"))


def test_nobody_waits_for_a_busy_isolate(kernel: Any) -> None:
    kernel.ok("%%isolate busy,waits\n1")
    kernel.ok("%%isolate busy -a -o runs\nfor (;;) {}")
    kernel.ok("%%isolate waits -a -o waits_\nawait new Promise(() => {})")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        started = time.monotonic()
        run = kernel.ok("%isolates")
        seconds = time.monotonic() - started
        rows = rows_of(run)
        if (rows["busy"][2], rows["waits"][2]) == ("running", "waiting"):
            break
    assert rows["busy"][3].startswith("~")
    assert re.fullmatch(r"In \[\d+\] for \d+(\.\d)? m?s", rows["busy"][9])
    assert re.fullmatch(r"In \[\d+\] for \d+(\.\d)? m?s", rows["waits"][9])
    assert "~ what was known before: that isolate is busy" in shown(run)["text/plain"]
    assert seconds < 1
    kernel.ok("%terminate busy waits")
    kernel.ok("%%python\nruns.wait(10); waits_.wait(10)")


def test_a_hundred_isolates_are_listed_quickly(own_kernel: Any) -> None:
    own_kernel.ok("%%isolate many[0:100]\n1")
    started = time.monotonic()
    rows = rows_of(own_kernel.ok("%isolates"))
    assert time.monotonic() - started < 1
    assert [row for row in rows if row != "main"] == [f"many{number}" for number in range(100)]


def test_the_current_isolate_may_not_be_made_yet(kernel: Any) -> None:
    kernel.ok("%isolate soon\n%context c")
    kernel.ok("%dispose soon")
    text = shown(kernel.ok("%isolates"))["text/plain"]
    assert text.endswith("The current isolate is 'soon', its context 'c': made on first use")
    kernel.ok("%isolate main")


@pytest.mark.parametrize("line", ["%isolates a", "%isolates --all"])
def test_it_takes_nothing(kernel: Any, line: str) -> None:
    assert line.split()[1] in kernel.fails(line).error["evalue"]
