"""The magics that measure, in a Python notebook, beside IPython's own of the same names."""

from __future__ import annotations

import re
from typing import Any


def test_ipythons_own_work(notebook: Any) -> None:
    run = notebook.ok("%%time\nx = 6 * 7\nx")
    assert "Wall time" in run.stdout
    assert run.result == "42"
    assert "per loop" in notebook.ok("%timeit -n 10 -r 2 sum([1, 2])").stdout
    assert "per loop" in notebook.ok("%%timeit -n 10 -r 2 values = [1]\nsum(values)").stdout
    assert notebook.ok("%time sum([1, 2])").result == "3"


def test_time_of_isolates(notebook: Any) -> None:
    run = notebook.ok("%%time a\n6 * 7")
    assert re.match(r"wall .*, JavaScript .*, CPU .*, heap ", run.stdout)
    assert run.result == "42"
    assert "JavaScript" in notebook.ok("%%time --context main\n1").stdout


def test_timeit_of_isolates(notebook: Any) -> None:
    for cell in ("%timeit -n 10 --isolate a [1, 2].join()", "%%timeit --isolate a -n 10 let x = 1\nx + 1"):
        assert re.search(r"7 runs, 10 loops each", notebook.ok(cell).stdout)
    run = notebook.fails("%timeit --isolate a missing()")
    assert "missing is not defined" in run.error["evalue"]
    run = notebook.run("%timeit --isolate a -n 0 1")
    assert "'0' is no whole number" in run.reply["evalue"]
