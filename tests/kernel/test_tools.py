"""The parsers in an isolate of the kernel's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isolates import JSSyntaxError
from isolates.kernel.tools import Tools


@pytest.fixture
def tools() -> Iterator[Tools]:
    tools = Tools()
    yield tools
    tools.close()


def test_a_cell_is_taken_apart_at_its_places(tools: Tools) -> None:
    first, lines = "import {a, b as c} from 'x';", ["import d, * as e", "  from 'y' with {type: 'json'}"]
    parts = tools.split_cell("\n".join([f"f();\t{first} g('😀')", *lines, "h()"]))
    assert parts["names"] == ["a", "c", "d", "e"]
    blanks = [" " * len(line) for line in (first, *lines)]
    assert parts["rest"].split("\n") == [f"f();\t{blanks[0]} g('😀')", *blanks[1:], "h()"]
    declarations, export = parts["module"].split(";export ")
    assert export == "{a, c, d, e};"
    assert [line.rstrip() for line in declarations.split("\n")[:3]] == [f"    \t{first}", *lines]
    assert parts["places"]["c"] == {"line": 1, "column": 21}


def test_imports_inside_of_functions_are_left_to_v8(tools: Tools) -> None:
    assert tools.split_cell("{ import x from 'y' }")["count"] == 0
    assert tools.split_cell("await import('y'); import.meta")["count"] == 0


def test_an_export_is_told_by_its_place(tools: Tools) -> None:
    assert tools.split_cell("1;\n  export default 1") == {"export": {"line": 2, "column": 2}}


def test_sloppy_code_can_be_taken_apart(tools: Tools) -> None:
    assert tools.split_cell("with ({}) 010; import x from 'y'")["names"] == ["x"]


@pytest.mark.parametrize("source", ["import {", "let x = ;", "((((" * 100_000, "[" * 1_000_000])
def test_what_can_not_be_parsed_is_a_syntax_error(tools: Tools, source: str) -> None:
    with pytest.raises(JSSyntaxError):
        tools.split_cell(source)
    assert tools.split_cell("import 'x'")["count"] == 1


def test_names_of_commonjs(tools: Tools) -> None:
    found = tools.lex_exports("exports.a = 1; module.exports.b = 2; Object.assign(exports, require('x'))")
    assert found["exports"] == ["a", "b"]
    assert tools.lex_exports("module.exports = require('./x')")["reexports"] == ["./x"]
    assert tools.lex_exports("export const a = 1")["isModule"] is True
    assert tools.lex_exports("let x = ;").get("isModule", False) is False


def test_it_is_made_again_when_it_has_died(tools: Tools) -> None:
    tools.split_cell("1")
    isolate, _ = tools._ready()
    isolate.dispose()
    assert tools.lex_exports("exports.a = 1")["exports"] == ["a"]


def test_what_v8_says_of_a_script(tools: Tools) -> None:
    assert tools.syntax_error("1 + 1") is None
    error = tools.syntax_error("1 +")
    assert error is not None
    assert error.line == 1


def test_nothing_is_made_after_the_end(tools: Tools) -> None:
    tools.close()
    with pytest.raises(RuntimeError):
        tools.split_cell("1")
