"""%dispose, %reset, %terminate and %gc."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.kernel.test_overview import rows_of, shown


def names(kernel: Any) -> list[str]:
    return list(rows_of(kernel.ok("%isolates")))


def test_a_disposed_isolate_leaves_its_name_free(kernel: Any) -> None:
    kernel.ok("%%isolate a --memory 16\nvar x = 1")
    run = kernel.ok("%dispose a")
    assert run.stdout == "Disposed: a\n"
    assert "a" not in names(kernel)
    assert kernel.ok("%%isolate a --memory 32\ntypeof x").result == "'undefined'"


def test_targets_are_disposed_of(own_kernel: Any) -> None:
    own_kernel.ok("%%isolate w[0:4],v,u\n1")
    assert own_kernel.ok("%dispose w[0:2] u").stdout == "Disposed: w0, w1, u\n"
    own_kernel.ok("%dispose w*")
    assert names(own_kernel) == ["main", "v"]
    own_kernel.ok("%dispose all")
    assert names(own_kernel) == ["main"]


def test_main_can_be_disposed_of(own_kernel: Any) -> None:
    own_kernel.ok("var there = 1; setInterval(() => console.log('tick'), 1)")
    own_kernel.ok("%dispose main")
    assert names(own_kernel) == []
    run = own_kernel.ok("typeof there + typeof require")
    assert run.result == "'undefinedfunction'"


def test_a_job_of_a_disposed_isolate_ends(kernel: Any) -> None:
    kernel.ok("%%isolate worked -a -o job\nfor (;;) {}")
    kernel.ok("%dispose worked")
    run = kernel.fails("%%python\nawait job")
    assert "disposed" in run.error["evalue"]


def test_reset_makes_an_empty_isolate_with_the_same_limit(kernel: Any) -> None:
    kernel.ok("%%isolate r --memory 16\nvar x = 1; setInterval(() => console.log('tick'), 1)")
    assert kernel.ok("%reset r").stdout == "New and empty: r\n"
    run = kernel.ok("%%isolate r\ntypeof x")
    assert (run.result, run.stderr) == ("'undefined'", "")
    assert rows_of(kernel.ok("%isolates"))["r"][4] == "16 MB"


def test_reset_alone_is_for_the_current_isolate(kernel: Any) -> None:
    kernel.ok("var kept = 1")
    kernel.ok("%isolate here\nvar lost = 1")
    assert kernel.ok("%reset").stdout == "New and empty: here\n"
    assert kernel.ok("typeof lost").result == "'undefined'"
    kernel.ok("%isolate main")
    assert kernel.ok("kept").result == "1"


def test_reset_of_an_isolate_that_is_gone(kernel: Any) -> None:
    kernel.fails("%%isolate mortal --memory 16\nconst all = []; for (;;) all.push(new Array(1000).fill(1))")
    kernel.ok("%reset mortal")
    assert kernel.ok("%%isolate mortal\n1").stderr == ""


def test_a_context_is_made_anew_and_the_others_stay(kernel: Any) -> None:
    kernel.ok("%%isolate pair\nvar x = 'main'")
    old = kernel.start("%%isolate pair --context c\nvar x = 'c'; setInterval(() => console.log('tick'), 5)")
    kernel.finish(old)
    kernel.wait_for_text(old, "tick")
    run = kernel.ok("%reset pair --context c")
    assert run.stdout == "New and empty: context c of pair\n"
    assert kernel.ok("%%isolate pair --context c\ntypeof x").result == "'undefined'"
    assert kernel.ok("%%isolate pair\nx").result == "'main'"
    # What the old context's timers had written is here by now, and they have stopped.
    ticks = len(kernel.late.get(old, []))
    kernel.ok("%%isolate pair --context c\nawait new Promise((done) => setTimeout(done, 100))")
    assert len(kernel.late.get(old, [])) == ticks


def test_a_context_in_which_a_cell_is_under_way_is_not_made_anew(kernel: Any) -> None:
    kernel.ok("%%isolate held -a -o held_job\nawait new Promise(() => {})")
    until = time.monotonic() + 10
    while "In [" not in rows_of(kernel.ok("%isolates"))["held"][9]:
        assert time.monotonic() < until
    run = kernel.fails("%reset held --context main")
    assert "--context 'main'" in run.error["evalue"]
    assert "%interrupt held" in run.error["evalue"]
    kernel.ok("%interrupt held")
    kernel.ok("%%python\nheld_job.wait(10)")
    kernel.ok("%reset held --context main")


def test_terminate_stops_what_runs_and_nothing_else(kernel: Any) -> None:
    kernel.ok("%%isolate t\nvar x = 1")
    kernel.ok("%%isolate t -a -o endless\nx = 2; for (;;) {}")
    kernel.ok("%terminate t")
    assert kernel.ok("%%python\nendless.wait(10)\nendless.state").result == "'cancelled'"
    assert kernel.ok("%%isolate t\ntypeof x").result == "'number'"


def test_gc_shows_what_it_has_freed(kernel: Any) -> None:
    kernel.ok("%%isolate g\nvar waste = new Uint8Array(5 << 20)")
    kernel.ok("%%isolate g\nwaste = undefined")
    lines = shown(kernel.ok("%gc g"))["text/plain"].split("\n")
    assert lines[0].split() == ["isolate", "before", "after", "freed"]
    name, before, after, freed = re.split(r"\s\s+", lines[1])
    assert (name, before[-2:], after[-2:], freed[:2], freed[-2:]) == ("g", "MB", "KB", "5.", "MB")


def test_gc_collects_all_but_waits_for_none(kernel: Any) -> None:
    kernel.ok("%%isolate g2,loops\n1")
    kernel.ok("%%isolate loops -a -o loop\nfor (;;) {}")
    text = shown(kernel.ok("%gc"))["text/plain"]
    assert "\ng2 " in text
    assert "Busy, so not collected: loops" in text
    kernel.ok("%terminate loops")
    kernel.ok("%%python\nloop.wait(10)")


@pytest.mark.parametrize("magic", ["%dispose", "%reset", "%terminate", "%interrupt", "%gc", "%limits"])
@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("stays nobody", ["TARGETS 'nobody'", "'nobody'"]),
        ("stays 9lives", ["TARGETS", "'9lives'"]),
        ("stays w[2:1]", ["TARGETS", "w[2:1]"]),
        ("stays nothing*", ["TARGETS 'nothing*'"]),
        ("stays --colour red", ["--colour"]),
        ("stays 'unclosed", ["unclosed"]),
    ],
)
def test_what_is_wrong_changes_nothing(kernel: Any, magic: str, rest: str, words: list[str]) -> None:
    kernel.ok("%%isolate stays\nvar x = 1")
    run = kernel.fails(f"{magic} {rest}")
    for word in (magic, *words):
        assert word in run.error["evalue"]
    assert kernel.ok("%%isolate stays\nx").result == "1"


@pytest.mark.parametrize("magic", ["%dispose", "%terminate"])
def test_they_must_be_told(kernel: Any, magic: str) -> None:
    assert "TARGETS" in kernel.fails(magic).error["evalue"]


@pytest.mark.parametrize("context", ["nowhere", "9lives"])
def test_a_context_must_be_there_to_be_reset(kernel: Any, context: str) -> None:
    kernel.ok("%%isolate stays\nvar x = 1")
    run = kernel.fails(f"%reset stays --context {context}")
    assert "--context" in run.error["evalue"]
    assert f"'{context}'" in run.error["evalue"]
    assert kernel.ok("%%isolate stays\nx").result == "1"


@pytest.mark.parametrize("magic", ["%dispose", "%reset", "%terminate", "%interrupt", "%gc", "%limits"])
def test_names_are_completed(kernel: Any, magic: str) -> None:
    kernel.ok("%%isolate listed --context one\n1")
    reply = kernel.client.complete(f"{magic} main lis", reply=True, timeout=10)["content"]
    assert reply["matches"] == ["listed"]
    if magic == "%reset":
        reply = kernel.client.complete("%reset listed --context o", reply=True, timeout=10)["content"]
        assert reply["matches"] == ["one"]


@pytest.mark.parametrize("context", ["main", "second"])
def test_the_memory_of_a_context_that_was_made_anew_is_free(kernel: Any, context: str) -> None:
    kernel.ok("%%isolate heavy\n1")
    kernel.ok("%%module weights\nexport const all = []")
    code = f"%%isolate heavy --context {context}\n"
    kernel.ok(f"{code}import {{all}} from 'weights'\nall.push(new Uint8Array(20 << 20)); var big = all")
    kernel.ok(f"{code}Promise.resolve(big).then((array) => setInterval(() => array.length, 1000)), 1")
    kernel.ok(f"%reset heavy --context {context}")
    kernel.ok(f"{code}1")
    kernel.ok("%gc heavy")
    assert rows_of(kernel.ok("%isolates"))["heavy"][5] == "0 KB"
    kernel.ok(f"{code}Promise.reject(new Error('told'))\n1")
    assert kernel.fails(f"{code}throw new Error('still explained')").error["evalue"] == "still explained"


COUNT = """%%python
import gc
from isolates.kernel.session import Session
gc.collect()
print(sum(type(one) is Session for one in gc.get_objects()))"""


def test_nothing_is_kept_of_an_isolate_that_is_gone(own_kernel: Any) -> None:
    own_kernel.ok("1")
    before = own_kernel.ok(COUNT).stdout
    own_kernel.ok("%%isolate disposed\nawait import('data:text/javascript,'); setTimeout(() => 1, 1e9); 1")
    own_kernel.ok("%%isolate disposed --context c\nPromise.reject(1); 1")
    own_kernel.fails("%%isolate dead --memory 16\nconst all = []; for (;;) all.push([1, 2])")
    own_kernel.ok("%dispose disposed,dead")
    assert own_kernel.ok(COUNT).stdout == before


def test_a_cell_is_told_why_its_isolate_has_ended_before_it_could_run(kernel: Any) -> None:
    kernel.ok("%%isolate heir --memory 16\nsetTimeout(() => { for (const a = [];;) a.push([1]) }); 1")
    # If the cell comes before the timer, it is told while it waits.
    error = kernel.fails("%%isolate heir\nawait new Promise(() => {})").error
    assert (error["ename"], "memory limit" in error["evalue"]) == ("IsolateDiedError", True)
    assert "is gone (memory limit)" in kernel.ok("%%isolate heir\n1").stderr
