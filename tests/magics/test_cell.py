"""A cell's first lines."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from isolates.magics.cell import Body, split_cell


@pytest.mark.parametrize(
    ("text", "magics", "body"),
    [
        ("1", [], Body("1")),
        ("", [], Body("")),
        ("\n\n1", [], Body("\n\n1")),
        ("#!not a marker", [], Body("#!not a marker")),
        ("# NBVAL_SKIP\n1", [], Body("1", 1)),
        ("// NBVAL_IGNORE_OUTPUT\n#NBVAL_RAISES_EXCEPTION\n\n1", [], Body("\n1", 2)),
        ("let x\n# NBVAL_SKIP", [], Body("let x\n# NBVAL_SKIP")),
        ("x %% 5", [], Body("x %% 5")),
        ("1\n%put x", [], Body("1\n%put x")),
        ("%%isolate a\n1\n2", ["%%isolate|a"], Body("1\n2", 1)),
        ("\n%%isolate a\n1", ["%%isolate|a"], Body("1", 2)),
        ("%%isolate a\r\n1", ["%%isolate|a"], Body("1", 1)),
        ("# NBVAL_SKIP\n%%isolate a\n# NBVAL_SKIP\n1", ["%%isolate|a"], Body("1", 3)),
        ("%%isolate a", ["%%isolate|a"], Body("", 1)),
        ("%%isolate a\n%put x", ["%%isolate|a"], Body("%put x", 1)),
        ("%await off\n\n%put x=1\n\nx", ["%await|off", "%put|x=1"], Body("\nx", 3)),
        ("%put x = 'a?'", ["%put|x = 'a?'"], Body("", 1)),
        ("%put?", ["%put?"], Body("", 1)),
        ("%%isolate?\n1", ["%isolate?"], Body("1", 1)),
        ("?%%isolate", ["%isolate?"], Body("", 1)),
        ("%isolate??", ["%isolate?"], Body("", 1)),
    ],
)
def test_it_is_taken_apart(text: str, magics: list[str], body: Body) -> None:
    lines, below = split_cell(text)
    assert [f"{line}?" if line.asks_help else f"{line}|{line.rest.strip()}" for line in lines] == magics
    assert below == body


def test_a_magic_of_a_cell_comes_first() -> None:
    with pytest.raises(UsageError, match="%%isolate: %await stands before it"):
        split_cell("%await off\n%%isolate a\n1")
