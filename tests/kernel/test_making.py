"""Isolates that magics make: told by all in the same way, and not there after a failure."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "code",
    [
        "%%isolate new1\n1",
        "%%module other\nexport const x = 1",
        "%%time new1\n1",
        "%timeit --isolate new1 -r 1 -n 1 1",
        "%put x=1 --isolate new1",
        "%copy source new1.x",
        "%require shapes --isolate new1",
        "%isolate new1",
        "%fork main new1",
    ],
)
def test_all_that_make_one_say_it_once(kernel: Any, code: str) -> None:
    kernel.ok("%reset main")
    kernel.ok("var source = 1")
    kernel.ok("%%module shapes\nexport const corners = 4")
    if code.startswith("%%module"):
        code = code.replace("other", "other --isolate new1")
    first, second = kernel.ok(code), kernel.ok("%isolate new1")
    assert first.stdout.startswith("New isolate new1: ")
    assert first.stdout.count("New isolate") == 1
    assert second.stdout == "The current isolate is 'new1', its context 'main'.\n"
    kernel.ok("%isolate main")
    kernel.ok("%dispose new1")


def test_several_are_told_in_a_line(kernel: Any) -> None:
    run = kernel.ok("%put x=1 --isolate several[0:2]")
    assert run.stdout.startswith("New isolates several0, several1: 128 MB each\nx to several0, several1: ")
    assert "New" not in kernel.ok("%put x=1 --isolate several[0:2]").stdout


def test_one_in_the_place_of_another_is_told(kernel: Any) -> None:
    kernel.ok("%%isolate gone\n1")
    kernel.ok("%%python\nmanager.get('gone').isolate.dispose()")
    run = kernel.ok("%put x=1 --isolate gone")
    assert "'gone' is a new one" in run.stderr
    assert "New" not in run.stdout


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("%%isolate failed --in thing\n1", "--in thing: thing is of type object"),
        ("%%isolate failed --in things -a\n1", "--in things: things.a is of type object"),
        ("%%isolate failed,failed2 --in one,thing\n1", "--in thing"),
        ("%put x=thing --isolate failed", "x is of type object"),
        ("%put x=things --isolate failed", "x.a is of type object"),
        ("%copy weak failed.weak", "weak: #<WeakMap> could not be cloned. It stays"),
        ("%require throws --isolate failed", "thrown inside"),
        ("%%isolate failed --memory 16 --snapshot never\n1", "'never'"),
        ("%%isolate failed --snapshot hostile\n1", "The snapshot hostile"),
    ],
)
def test_what_fails_leaves_none(kernel: Any, code: str, word: str) -> None:
    kernel.ok("%%python\nthing = object(); things = {'a': thing}; one = 1")
    kernel.ok("var weak = new WeakMap()")
    kernel.run("%%module throws\nthrow new Error('thrown inside')")
    kernel.ok("%%isolate setup\nArray.prototype.push = undefined; Function.prototype.call = undefined")
    kernel.ok("%isolate setup")
    kernel.ok("%snapshot hostile")
    kernel.ok("%isolate main")
    run = kernel.fails(code)
    assert word in run.error["evalue"]
    assert kernel.ok("%python [name for name in manager if 'failed' in name]").result == "[]"
    kernel.ok("%dispose setup")


def test_code_that_fails_leaves_what_it_has_left(kernel: Any) -> None:
    kernel.fails("%%isolate thrown\nvar before = 5; throw new Error('x')")
    assert kernel.ok("%%isolate thrown\nbefore").result == "5"


@pytest.mark.parametrize("line", ["%%isolate limited --memory 64\n1", "%isolate limited --memory 64"])
def test_a_limit_that_differs_is_refused_by_the_magic(kernel: Any, line: str) -> None:
    kernel.ok("%%isolate limited --memory 16\n1")
    told = kernel.fails(line).error["evalue"]
    assert told.startswith(f"{line.split()[0]}: --memory 64: the isolate 'limited' already has")


@pytest.mark.parametrize("magic", ["%get", "%modules"])
def test_what_makes_none_does_not_say_so(kernel: Any, magic: str) -> None:
    (payload,) = kernel.ok(f"{magic}?").reply["payload"]
    assert "made on first use" not in payload["data"]["text/plain"]
    kernel.fails(f"{magic} x --isolate never")
    assert kernel.ok("%python 'never' in manager").result == "False"
