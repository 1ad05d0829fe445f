"""The cells that an isolate remembers."""

from __future__ import annotations

from isolates.magics.cell import Cell
from isolates.magics.cell_log import CellLog


def names(log: CellLog, context: str | None = None) -> list[str]:
    return [one.name for one in log.cells(context)]


def test_cells_are_kept_in_order_and_by_context() -> None:
    log = CellLog()
    log.add("In [1]", Cell("1", context="c"))
    log.add("In [2]", Cell("2"))
    log.add("In [3]", Cell(" \n"))
    log.add("In [4]", Cell("4", module="named"))
    log.add("In [5]", Cell("5", module=""))
    assert names(log) == ["In [1]", "In [2]", "In [5]"]
    assert names(log, "c") == ["In [1]"]
    log.forget("main")
    assert names(log) == ["In [1]"]
    assert log.is_complete


def test_no_value_of_python_is_kept() -> None:
    log = CellLog()
    log.add("In [1]", Cell("x", inputs=(("x", object()),)))
    (one,) = log.cells()
    assert (one.inputs, one.cell.inputs) == (("x",), ())


def test_what_came_from_outside_is_remembered_unless_a_cell_brings_it_again() -> None:
    log = CellLog()
    for context, name in (("main", "x"), ("c", "x"), ("main", "y"), ("main", "x")):
        log.bring(context, name)
    assert log.brought() == [("main", "x"), ("c", "x"), ("main", "y")]
    log.add("In [1]", Cell("1", inputs=(("x", 1),)))
    assert log.brought() == [("c", "x"), ("main", "y")]
    log.forget("main")
    assert log.brought() == [("c", "x")]


def test_the_oldest_are_forgotten() -> None:
    log = CellLog()
    for number in range(1001):
        log.add(f"In [{number}]", Cell("1"))
    assert names(log)[0] == "In [1]"
    assert not log.is_complete
    log = CellLog()
    for number in range(5):
        log.add(f"In [{number}]", Cell("x" * (1 << 20)))
    assert names(log) == ["In [1]", "In [2]", "In [3]", "In [4]"]
    assert not log.is_complete
