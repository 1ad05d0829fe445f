"""What the pages in docs say is checked as far as a program can."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

TESTS = Path(__file__).parent
PARITY = TESTS.parent / "docs" / "parity.md"


def rows() -> list[list[str]]:
    """Item, status and tests of each row, without heads and rules."""
    lines = [line for line in PARITY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in found if row[1:2] != ["Status"]]


def named_tests() -> set[tuple[str, str]]:
    return {(path, name) for row in rows() for path, name in re.findall(r"([\w/.]+\.py)::(\w+)", row[-1])}


def functions_of(path: str) -> set[str]:
    file = TESTS / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_test_that_the_parity_table_names_exists() -> None:
    named = named_tests()
    assert len(named) > 80
    functions = {path: functions_of(path) for path, _ in named}
    assert [f"{path}::{name}" for path, name in sorted(named) if name not in functions[path]] == []


def test_each_row_of_the_parity_table_has_a_status_and_what_shows_it() -> None:
    wrong = []
    for row in rows():
        _, status, shown_by = row if len(row) == 3 else ("", "", "")
        is_told = (
            (status == "done" and "::" in shown_by)
            or (status.startswith("partly: ") and "::" in shown_by)
            or re.match(r"open \(issue \d\)", status)
        )
        if not is_told:
            wrong.append(row)
    assert wrong == []


def test_the_page_of_the_magics_is_made_from_their_help() -> None:
    script = PARITY.with_name("magics.py")
    spec = importlib.util.spec_from_file_location("isolates_docs_magics", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = script.with_suffix(".md").read_text(encoding="utf-8")
    assert text == module.page(), "the help of a magic has changed: make docs (python docs/magics.py)"
