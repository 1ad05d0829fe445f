"""Magics at the head of a cell."""

from __future__ import annotations

from typing import Any

import pytest


def payloads(run: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run.reply["payload"]
    return found


@pytest.mark.parametrize("code", ["%%isolate?", "%isolate?", "?%%isolate", "%%isolate --help"])
def test_help_is_a_page(kernel: Any, code: str) -> None:
    run = kernel.ok(code)
    (page,) = payloads(run)
    assert page["source"] == "page"
    assert "usage: %%isolate" in page["data"]["text/plain"]
    assert (run.result, run.messages) == (None, [])


def test_help_leaves_the_cell_below_to_run(kernel: Any) -> None:
    run = kernel.ok("%await?\n6 * 7")
    assert len(payloads(run)) == 1
    assert run.result == "42"


def test_a_page_is_shown_once(kernel: Any) -> None:
    kernel.ok("%lsmagic?")
    assert payloads(kernel.ok("1")) == []


def test_lsmagic_lists_all_in_a_line_each(kernel: Any) -> None:
    lines = kernel.ok("%lsmagic").stdout.splitlines()
    assert any(line.startswith("%%isolate ") for line in lines)
    assert any(line.startswith("%lsmagic ") for line in lines)


def test_quickref_is_a_page_with_the_help_of_all(kernel: Any) -> None:
    (page,) = payloads(kernel.ok("%quickref"))
    assert "usage: %%isolate" in page["data"]["text/plain"]
    assert "usage: %interrupt" in page["data"]["text/plain"]


def test_an_unknown_magic_names_those_near_it(kernel: Any) -> None:
    run = kernel.fails("%interupt\nvar made = 1")
    assert run.error["ename"] == "UsageError"
    assert "%interrupt." in run.error["evalue"]
    assert kernel.ok("typeof made").result == "'undefined'"


def test_nothing_is_done_when_one_of_the_lines_is_wrong(kernel: Any) -> None:
    run = kernel.fails("%lsmagic\n%await sometimes\nvar made = 1")
    assert run.stdout == ""
    assert kernel.ok("typeof made").result == "'undefined'"


def test_errors_name_the_lines_of_the_cell(kernel: Any) -> None:
    run = kernel.fails("# NBVAL_RAISES_EXCEPTION\n%await on\n\n  throw new Error('here')")
    count = run.reply["execution_count"]
    assert f"In [{count}]:4:9" in run.traceback
    run = kernel.fails("%await on\nlet = = 1")
    assert f"In [{run.reply['execution_count']}]:2:7" in run.traceback
