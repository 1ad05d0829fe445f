"""%snapshot and %fork in a Python notebook."""

from __future__ import annotations

from typing import Any

import pytest


def test_snapshots_and_forks(notebook: Any) -> None:
    cell = notebook.ok("%%isolate first\nconst base = 2; function twice(n) { return base * n }").reply
    number = cell["execution_count"]
    run = notebook.ok(f"%snapshot doubling --from {number} --warm-up 'twice(1)'")
    assert run.stdout.startswith("Snapshot doubling: ")
    assert run.stdout.endswith(f" KB, from In [{number}], warmed up\n")
    assert notebook.ok("%%isolate second --snapshot doubling\ntwice(21)").result == "42"
    run = notebook.ok("%fork second third")
    assert run.stdout == (
        "New isolate third: 128 MB, from second's snapshot doubling and by running 1 cell of second again\n"
    )
    assert notebook.ok("%%isolate third\ntwice(2)").result == "4"
    notebook.ok("%put given=1 --isolate third")
    assert notebook.ok("%fork third fourth").stdout.endswith(", without what was put there: given\n")


def test_cells_of_python_are_none(notebook: Any) -> None:
    number = notebook.ok("1 + 1").reply["execution_count"]
    run = notebook.run(f"%snapshot never --from {number}")
    assert f"In [{number}] is no cell of JavaScript" in run.stderr


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%snapshot never --from x", ["%snapshot", "--from", "'x'"]),
        ("%%isolate never --snapshot nothing\n1", ["%%isolate: --snapshot 'nothing'"]),
        ("%fork nobody never", ["%fork: A 'nobody'"]),
        ("%fork a a", ["%fork: B 'a'"]),
    ],
)
def test_what_is_wrong_makes_nothing(notebook: Any, cell: str, words: list[str]) -> None:
    run = notebook.run(cell)
    assert run.reply["ename"] == "UsageError"
    for word in words:
        assert word in run.stderr
    assert notebook.ok("'never' in manager").result == "False"
