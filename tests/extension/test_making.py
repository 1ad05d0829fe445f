"""Isolates that magics make in a Python notebook."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "code",
    [
        "%put x=1 --isolate new1",
        "%copy a.source new1.x",
        "%require shapes --isolate new1",
        "%isolate new1",
        "%%module other --isolate new1\nexport const x = 1",
    ],
)
def test_all_that_make_one_say_it_once(notebook: Any, code: str) -> None:
    notebook.ok("%%isolate a\nvar source = 1")
    notebook.ok("%%module shapes\nexport const corners = 4")
    run = notebook.ok(code)
    assert run.stdout.startswith("New isolate new1: 128 MB\n")
    assert notebook.ok("%isolate new1").stdout == "The current isolate is 'new1', its context 'main'.\n"
    notebook.ok("%isolate main\n%dispose new1")


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("%%isolate failed --in thing\n1", "--in thing: thing is of type object"),
        ("%put x=thing --isolate failed", "x is of type object"),
        ("%copy a.weak failed.weak", "weak: #<WeakMap> could not be cloned. It stays"),
    ],
)
def test_what_fails_leaves_none(notebook: Any, code: str, word: str) -> None:
    notebook.ok("thing = object()")
    notebook.ok("%%isolate a\nvar weak = new WeakMap()")
    assert word in notebook.fails(code).error["evalue"]
    assert notebook.ok("'failed' in manager").result == "False"


def test_a_limit_that_differs_is_refused_by_the_magic(notebook: Any) -> None:
    for line in ("%%isolate a --memory 64\n1", "%isolate a --memory 64"):
        assert f"{line.split()[0]}: --memory 64: the isolate 'a' already has" in notebook.run(line).stderr
