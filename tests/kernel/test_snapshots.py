"""%snapshot, %%isolate --snapshot and %fork."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.kernel.test_overview import rows_of


def number(run: Any) -> int:
    return int(run.reply["execution_count"])


def test_an_isolate_begins_with_what_cells_have_set_up(own_kernel: Any) -> None:
    kernel = own_kernel
    kernel.ok("const base = 10; let counter = 0; class Point { constructor(x) { this.x = x } }")
    kernel.ok("var table = new Map([['a', base]])\nfunction add(n) { counter += n; return counter + base }")
    kernel.fails("throw new Error('not this one')")
    run = kernel.ok("%snapshot tools --warm-up 'add(1)'")
    assert re.fullmatch(r"Snapshot tools: \d+ KB, from In \[1\], In \[2\], warmed up\n", run.stdout)
    run = kernel.ok(
        "%%isolate b --snapshot tools --memory 64\n[add(5), counter, table.get('a'), new Point(3).x]"
    )
    assert run.stdout == "New isolate b: 64 MB, from the snapshot tools\n"
    assert run.result == "[ 15, 5, 10, 3 ]"
    # Each context begins so, and what the prelude gives is there.
    run = kernel.ok("%%isolate b --context c\nsetTimeout(() => console.log(counter)); new Point(1)")
    assert run.result == "Point { x: 1 }"
    assert kernel.ok("%%isolate b --snapshot tools\ncounter").result == "5"


def test_declarations_of_a_snapshot_are_replaced(kernel: Any) -> None:
    first = number(kernel.ok("let n = 1; const m = 2; class C {}\n[1].length"))
    second = number(kernel.ok("const n = 3; class C { two() { return 2 } }"))
    kernel.ok(f"%snapshot twice --from {first} {second}")
    for n, code in enumerate(
        ["let n = 5; n", "const m = 6; m", "class C { five() { return 5 } }; new C().five()"]
    ):
        kernel.ok(f"%%isolate replaced{n} --snapshot twice\n{code}")
        assert kernel.ok(f"%%isolate replaced{n}\n{code}").result in "565"
    assert kernel.ok("%%isolate read --snapshot twice\n[n, m, new C().two()]").result == "[ 3, 2, 2 ]"


def test_cells_are_chosen_by_number(kernel: Any) -> None:
    kernel.ok("%%isolate other\nvar one = 1")
    first = number(kernel.ok("var two = one_ => 2"))
    kernel.ok("var three = 3")
    kernel.ok("var four = 4")
    warm = number(kernel.ok("two()"))
    run = kernel.ok(f"%snapshot some --from {first - 1}-{first},{first + 2} --warm {warm}")
    assert f"from In [{first - 1}], In [{first}], In [{first + 2}], warmed up" in run.stdout
    run = kernel.ok("%%isolate chosen --snapshot some\n[one, two(), typeof three, four]")
    assert run.result == "[ 1, 2, 'undefined', 4 ]"
    assert rows_of(kernel.ok("%snapshot"))["some"][3] == "chosen"


def test_a_snapshot_of_an_isolate_that_began_with_one_has_both(kernel: Any) -> None:
    first = number(kernel.ok("var lower = 1"))
    kernel.ok(f"%snapshot lower --from {first}")
    second = number(kernel.ok("%%isolate upper --snapshot lower\nvar higher = lower + 1"))
    kernel.ok("%isolate upper")
    run = kernel.ok("%snapshot both\n%isolate main")
    assert f"from In [{first}], In [{second}]\n" in run.stdout
    assert kernel.ok("%%isolate both --snapshot both\n[lower, higher]").result == "[ 1, 2 ]"


def test_a_new_isolate_of_the_name_is_made_from_it_too(kernel: Any) -> None:
    cell = number(kernel.ok("var kept = 1"))
    kernel.ok(f"%snapshot lasting --from {cell}")
    kernel.ok("%%isolate lasting --snapshot lasting\nkept += 1")
    assert kernel.ok("%reset lasting").stdout == "New and empty: lasting (from the snapshot lasting)\n"
    assert kernel.ok("%%isolate lasting\nkept").result == "1"
    kernel.ok("%reset lasting --context main")
    assert kernel.ok("%%isolate lasting\nkept").result == "1"
    kernel.ok(f"%snapshot lasting --from {cell}")
    run = kernel.fails("%%isolate lasting --snapshot lasting\n1")
    assert "from an older one of that name" in run.error["evalue"]


def test_a_snapshot_that_breaks_javascript_is_told(kernel: Any) -> None:
    cell = number(kernel.ok("%%isolate breaking\nglobalThis.Reflect = undefined; 1"))
    kernel.ok(f"%snapshot broken --from {cell}")
    run = kernel.fails("%%isolate unusable --snapshot broken\n1")
    assert run.error["ename"] == "UsageError"
    assert "The snapshot broken, from which the isolate 'unusable' was made" in run.error["evalue"]
    assert "'apply'" in run.error["evalue"]
    assert kernel.ok("%%isolate unusable\n1").stdout == "New isolate unusable: 128 MB\n"
    kernel.ok("%dispose unusable")
    assert kernel.ok("%%isolate unusable\n1").result == "1"


def test_errors_of_a_snapshots_cells_point_at_them(kernel: Any) -> None:
    cell = number(kernel.ok("1\ndisplay('x')"))
    run = kernel.fails(f"%snapshot never --from {cell}")
    assert run.error["ename"] == "ReferenceError"
    assert "display is not defined. A snapshot's cells run in a new isolate" in run.error["evalue"]
    assert f"In [{cell}]:2:1" in run.traceback
    for code, word in [
        ("await 1", "no await or import"),
        ("var formats = [new Intl.NumberFormat()]", "Intl"),
        ("import assert from 'assert'", "no await or import"),
        ("var timer = setTimeout(() => {})", "no timers"),
    ]:
        cell = number(kernel.ok(code))
        assert word in kernel.fails(f"%snapshot never --from {cell}").error["evalue"]
    assert "never" not in rows_of(kernel.ok("%snapshot"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%snapshot 5", ["NAME", "'5'"]),
        ("%snapshot never --from", ["--from"]),
        ("%snapshot never --from x", ["--from", "'x'"]),
        ("%snapshot never --from 7-5", ["--from", "'7-5'"]),
        ("%snapshot never --from 0", ["--from", "'0'"]),
        ("%snapshot never --from 1-100000", ["--from", "'1-100000'"]),
        ("%snapshot never --from 99999", ["%snapshot: --from", "In [99999]"]),
        ("%snapshot never --warm 99999", ["%snapshot: --warm", "In [99999]"]),
        ("%snapshot never --warm 1 --warm-up 2", ["--warm", "--warm-up"]),
        ("%snapshot never --warm-up 'nope('", []),
        ("%snapshot never --warm-up 'throw new Error(1)'", []),
        ("%snapshot never --warm-up 'for(;;);' --timeout 0.2", []),
        ("%snapshot never --timeout soon", ["--timeout", "'soon'"]),
        ("%snapshot never --memory 1", ["--memory", "'1'"]),
        ("%snapshot --timeout 1", ["%snapshot: --timeout", "NAME"]),
        ("%snapshot --warm-up 1", ["%snapshot: --warm-up", "NAME"]),
        ("%snapshot never more", ["more"]),
        ("%snapshot never --form 1", ["--form", "--from"]),
        ("%%isolate never --snapshot nothing\n1", ["%%isolate: --snapshot 'nothing'"]),
        ("%%isolate never --snapshot 5\n1", ["--snapshot", "'5'"]),
        ("%%isolate stays --snapshot there\n1", ["--snapshot there", "without one"]),
        ("%%isolate main --snapshot there\n1", ["--snapshot there", "main"]),
        ("%fork stays", ["B"]),
        ("%fork nobody never", ["%fork: A 'nobody'"]),
        ("%fork stays stays", ["%fork: B 'stays'"]),
        ("%fork stays 5", ["B", "'5'"]),
        ("%fork 5 never", ["A", "'5'"]),
        ("%fork stays never --fast", ["--fast"]),
        ("%fork stays never --timeout 0", ["--timeout", "'0'"]),
    ],
)
def test_what_is_wrong_makes_nothing(kernel: Any, line: str, words: list[str]) -> None:
    kernel.ok("%%isolate stays\nvar x = 1")
    there = number(kernel.ok("var fine = 1"))
    kernel.ok(f"%snapshot there --from {there}")
    run = kernel.fails(line)
    for word in words:
        assert word in run.error["evalue"]
    assert "never" not in rows_of(kernel.ok("%snapshot"))
    assert kernel.ok("%python 'never' in manager, 'stays' in manager").result == "(False, True)"
    assert kernel.ok("%%isolate stays\nx").result == "1"


def test_there_must_be_cells(kernel: Any) -> None:
    kernel.ok("%isolate untouched --context c")
    assert "no cell has succeeded" in kernel.fails("%snapshot never").error["evalue"]
    kernel.ok("%isolate main")


def test_a_module_is_none(kernel: Any) -> None:
    cell = number(kernel.ok("%%isolate m --module\nvar x = 1"))
    run = kernel.fails(f"%snapshot never --from {cell}")
    assert f"In [{cell}] is a module" in run.error["evalue"]


def test_making_one_can_be_interrupted(kernel: Any) -> None:
    cell = number(kernel.ok("var i = 1; if (typeof console.table !== 'function') for (;;) {}"))
    kernel.ok("1")
    request = kernel.start(f"%python print('go')\n%snapshot never --from {cell} --warm-up 'for (;;) {{}}'")
    kernel.wait_for_text(request, "go")
    kernel.interrupt()
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    assert "never" not in rows_of(kernel.ok("%snapshot"))


def test_a_fork_runs_the_cells_again(kernel: Any) -> None:
    kernel.ok("%%isolate a --memory 32\nlet n = 1; console.log('side effect')")
    kernel.fails("%%isolate a\nn = 50; throw new Error('no')")
    kernel.ok("%%isolate a --context c\nvar inC = 'c'")
    kernel.ok("%%python\ngiven = 5")
    kernel.ok("%%isolate a --in given\nn += given; await 0; const fs = 1")
    run = kernel.ok("%fork a b")
    assert run.stdout == "New isolate b: 32 MB, by running 3 cells of a again\nside effect\n"
    assert kernel.ok("%%isolate b\nn").result == "6"
    assert kernel.ok("%%isolate b --context c\ninC").result == "'c'"
    assert kernel.ok("%%isolate a\nn").result == "55"
    # A fork can be forked.
    assert "by running 5 cells of b again" in kernel.ok("%fork b c").stdout
    assert kernel.ok("%%isolate c\nn").result == "6"


def test_a_fork_begins_with_the_snapshot(kernel: Any) -> None:
    cell = number(kernel.ok("var big = new Array(1000).fill(1)"))
    kernel.ok(f"%snapshot big --from {cell}")
    kernel.ok("%isolate main")
    kernel.ok("%%isolate d --snapshot big\nbig.length")
    kernel.ok("%reset d")
    assert kernel.ok("%fork d e").stdout == "New isolate e: 128 MB, from d's snapshot big\n"
    assert kernel.ok("%%isolate e\nbig.length").result == "1000"
    run = kernel.ok("%fork e f")
    assert run.stdout == "New isolate f: 128 MB, from e's snapshot big and by running 1 cell of e again\n"
    kernel.ok("%isolate bare\n%isolate main")
    assert kernel.ok("%fork bare g").stdout == "New isolate g: 128 MB, empty, as no cell has run in bare\n"


def test_a_fork_names_what_was_put_and_is_missing(kernel: Any) -> None:
    kernel.ok("%%python\ngiven = 1\nmanager['fed']['late'] = 5")
    kernel.ok("%put x=1 --isolate fed")
    kernel.ok("%put y=1 --isolate fed --context tests")
    kernel.ok("%copy fed.x fed.z")
    kernel.ok("%%isolate fed --in given\nvar sum = given + 1")
    run = kernel.ok("%fork fed hungry")
    assert run.stdout == (
        "New isolate hungry: 128 MB, by running 1 cell of fed again, without what was put there: "
        "late, x, :tests.y, z\n"
    )
    assert kernel.ok("%%isolate hungry\n[sum, typeof x, typeof z]").result == (
        "[ 2, 'undefined', 'undefined' ]"
    )


def test_a_fork_that_fails_leaves_nothing(kernel: Any) -> None:
    cell = number(kernel.ok("%put brought=1 --isolate h\n%isolate h\nbrought + 1"))
    kernel.ok("%isolate main")
    run = kernel.fails("%fork h i")
    assert run.error["evalue"] == "brought is not defined"
    assert f"In [{cell}]" in run.traceback
    assert "there is no isolate i" in run.stderr
    assert kernel.ok("%python 'i' in manager").result == "False"


def test_cells_of_a_fork_may_get_a_timeout(kernel: Any) -> None:
    kernel.ok("%%python\nagain = False")
    kernel.ok("%%isolate slow --in again\nif (again) for (;;) {}")
    kernel.ok("%%python\nagain = True")
    run = kernel.fails("%fork slow quick --timeout 0.3")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert "--timeout 0.3" in run.error["evalue"]
    assert kernel.ok("%python 'quick' in manager").result == "False"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%%isolate x --snapshot lis", ["listed"]),
        ("%snapshot lis", ["listed"]),
        ("%snapshot listed --w", ["--warm", "--warm-up"]),
        ("%fork mai", ["main"]),
    ],
)
def test_names_are_completed(kernel: Any, line: str, found: list[str]) -> None:
    cell = number(kernel.ok("1"))
    kernel.ok(f"%snapshot listed --from {cell}")
    reply = kernel.client.complete(line, reply=True, timeout=10)["content"]
    assert reply["matches"] == found
