"""The current isolate and context: where cells run that say nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def back_to_main(shared_kernel: Any) -> Iterator[None]:
    yield
    shared_kernel.ok("%isolate main")


def completed(kernel: Any, text: str) -> list[str]:
    matches: list[str] = kernel.client.complete(text, reply=True, timeout=10)["content"]["matches"]
    return matches


def test_plain_cells_run_in_the_current_isolate(kernel: Any) -> None:
    kernel.ok("var where = 'main'")
    assert kernel.ok("%isolate").stdout == "The current isolate is 'main', its context 'main'.\n"
    run = kernel.ok("%isolate fresh\nvar where = 'fresh'")
    assert run.stdout == "New isolate fresh: 128 MB\nThe current isolate is 'fresh', its context 'main'.\n"
    assert (kernel.ok("where").result, run.stderr) == ("'fresh'", "")
    assert kernel.ok("%%isolate main\nwhere").result == "'main'"
    assert kernel.ok("where").result == "'fresh'"
    assert kernel.ok("%isolate fresh").stdout == "The current isolate is 'fresh', its context 'main'.\n"
    kernel.ok("%isolate main")
    assert kernel.ok("where").result == "'main'"


def test_a_context_of_the_current_isolate(kernel: Any) -> None:
    kernel.ok("%isolate a\nvar where = 'main'")
    made = kernel.ok("%context tests\nvar where = 'tests'")
    assert made.stdout == "The current isolate is 'a', its context 'tests' (new).\n"
    assert kernel.ok("where").result == "'tests'"
    assert kernel.ok("%%isolate a\nwhere").result == "'main'"
    assert kernel.ok("%context").stdout == "The current isolate is 'a', its context 'tests'.\n"
    kernel.ok("%isolate a")
    assert kernel.ok("where").result == "'main'"
    kernel.ok("%isolate a --context tests")
    assert kernel.ok("where").result == "'tests'"


def test_a_cell_that_names_no_isolate_means_the_current_one(kernel: Any) -> None:
    kernel.ok("%isolate a --context tests\nvar where = 'tests'")
    assert kernel.ok("%%isolate\nwhere").result == "'tests'"
    assert kernel.ok("%%isolate --timeout 5\nwhere").result == "'tests'"
    assert kernel.ok("%%isolate --context other\ntypeof where").result == "'undefined'"
    kernel.ok("%%isolate -a -o job\nwhere")
    assert kernel.ok("%python job.result(10)").result == "'tests'"


def test_magics_and_questions_go_there_too(kernel: Any) -> None:
    kernel.ok("%python given = 7")
    kernel.ok("%isolate there --context c\n%put given\nvar onlyThere = given + 1")
    kernel.ok("%get onlyThere")
    assert kernel.ok("%python onlyThere").result == "8"
    run = kernel.ok("1", user_expressions={"x": "onlyThere"})
    assert run.reply["user_expressions"]["x"]["data"]["text/plain"] == "8"
    assert "onlyThere" in completed(kernel, "onlyTh")
    assert kernel.client.inspect("onlyThere", 3, reply=True, timeout=10)["content"]["found"]
    kernel.fails("%get onlyThere --isolate there")
    kernel.ok("%%module shapes\nexport const corners = 4")
    assert kernel.ok("(await import('shapes')).corners").result == "4"
    kernel.ok("%isolate main")
    assert "onlyThere" not in completed(kernel, "onlyTh")
    code = "%isolate there --context c\nonlyTh"
    assert "onlyThere" in completed(kernel, code)


def test_exit_is_a_variable_where_plain_cells_run(kernel: Any) -> None:
    kernel.ok("%isolate leaving\nvar quit = 5")
    assert kernel.ok("quit").result == "5"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%isolate 9lives", ["%isolate", "NAME", "'9lives'"]),
        ("%isolate never seen", ["%isolate", "seen"]),
        ("%isolate never --context 'a b'", ["--context", "'a b'"]),
        ("%isolate never --memory lots", ["--memory", "'lots'"]),
        ("%isolate main --memory 16", ["--memory 16", "'main'"]),
        ("%context 9lives", ["%context", "NAME", "'9lives'"]),
        ("%context never seen", ["%context", "seen"]),
    ],
)
def test_what_is_wrong_moves_nothing(kernel: Any, line: str, words: list[str]) -> None:
    kernel.ok("%isolate before --context c")
    run = kernel.fails(f"{line}\nvar made = 1")
    for word in words:
        assert word in run.error["evalue"]
    assert kernel.ok("%isolate").stdout == "The current isolate is 'before', its context 'c'.\n"
    assert kernel.ok("%python 'never' in manager").result == "False"


def test_the_current_isolate_can_die(kernel: Any) -> None:
    kernel.ok("%isolate mortal --memory 16\nvar there = 1")
    kernel.fails("const all = []; for (;;) all.push(new Array(1000).fill(1))")
    run = kernel.ok("typeof there")
    assert (run.result, "'mortal' is a new one" in run.stderr) == ("'undefined'", True)


@pytest.mark.parametrize(
    ("line", "matches"),
    [
        ("%isolate li", ["listed"]),
        ("%isolate listed --context ", ["main", "one"]),
        ("%context ", ["main", "two"]),
        ("%put x --context ", ["main", "two"]),
        ("%put x --isolate listed --context ", ["main", "one"]),
        ("%%module m --context ", ["main", "two"]),
        ("%isolate listed --m", ["--memory"]),
    ],
)
def test_names_are_completed(kernel: Any, line: str, matches: list[str]) -> None:
    kernel.ok("%isolate listed --context one")
    kernel.ok("%isolate other --context two")
    assert completed(kernel, line) == matches
