"""Source lines with a caret."""

from __future__ import annotations

import pytest

from isolates.places import excerpt


@pytest.mark.parametrize(
    ("line", "code", "blanks"),
    [
        ("let x = nope", "nope", " " * 8),
        ("\tlet x = nope", "nope", "\t" + " " * 8),
        ("'日本' + nope", "nope", " \u3000\u3000 " + " " * 3),
        ("'\U0001f600' + nope", "nope", " " + "  " + " " * 4),
        ("'e\u0301é' + nope", "nope", " " * 7),
        ("'\ud800' + nope", "nope", " " * 6),
    ],
)
def test_the_caret_stands_below_its_column(line: str, code: str, blanks: str) -> None:
    units = len(line[: line.index(code)].encode("utf-16-le", "surrogatepass")) // 2
    assert excerpt(line, units + 1) == (line, blanks)


def test_a_column_behind_the_end_is_no_error() -> None:
    assert excerpt("日", 40) == ("日", "\u3000")
