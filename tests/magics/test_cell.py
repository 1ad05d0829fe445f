"""A cell's first lines."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from isolates.magics.cell import Cell, parse_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("1", Cell("1")),
        ("", Cell("")),
        ("\n\n1", Cell("\n\n1")),
        ("#!not a marker", Cell("#!not a marker")),
        ("# NBVAL_SKIP\n1", Cell("1", 1)),
        ("// NBVAL_IGNORE_OUTPUT\n#NBVAL_RAISES_EXCEPTION\n\n1", Cell("\n1", 2)),
        ("let x\n# NBVAL_SKIP", Cell("let x\n# NBVAL_SKIP")),
        ("%%isolate a\n1\n2", Cell("1\n2", 1, "a")),
        ("\n%%isolate a\n1", Cell("1", 2, "a")),
        ("# NBVAL_SKIP\n%%isolate a\n# NBVAL_SKIP\n1", Cell("1", 3, "a")),
        ("%%isolate a", Cell("", 1, "a")),
        ("%%isolate a --context c --memory 64 --timeout 1.5\n", Cell("", 1, "a", "c", 64.0, 1.5)),
        ("%%isolate --timeout=2 $a.b-c\r\n1", Cell("1", 1, "$a.b-c", timeout_s=2.0)),
        ("x %% 5", Cell("x %% 5")),
    ],
)
def test_it_is_taken_apart(text: str, cell: Cell) -> None:
    assert parse_cell(text) == cell


@pytest.mark.parametrize("text", ["%%isolates a", "%isolate a", "%%", "% 5", "%%isolate a b", "%%isolate ''"])
def test_what_is_no_magic_of_ours_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_cell(text)
