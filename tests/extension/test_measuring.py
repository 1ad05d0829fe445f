"""The magics that measure, in a Python notebook, beside IPython's own of the same names."""

from __future__ import annotations

import json
import re
from pathlib import Path
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


def test_the_result_of_timeit(notebook: Any) -> None:
    run = notebook.ok("times = %timeit -n 10 -r 2 -o --isolate a [1, 2].join()\ntimes")
    assert run.result == f"<TimeitResult: {run.stdout.splitlines()[0]}>"
    notebook.ok("%timeit -n 10 -r 2 --out other --isolate a 1")
    assert notebook.ok("other.loops, other.repeat, other.best <= other.worst").result == "(10, 2, True)"
    # IPython's own, with the same names.
    own = notebook.ok("own = %timeit -n 10 -r 2 -o 1 + 1\nown.loops, own.repeat, own.best <= own.worst")
    assert own.result == "(10, 2, True)"


def test_profiles_of_isolates(notebook: Any, tmp_path: Path) -> None:
    file = tmp_path / "cell.cpuprofile"
    run = notebook.ok(
        f"%%profile a --file {file}\nconst until = Date.now() + 50; while (Date.now() < until); 'done'"
    )
    (data,) = (m["content"]["data"] for m in run.messages if m["msg_type"] == "display_data")
    assert "of work in" in data["text/plain"]
    assert "<svg" in data["text/html"]
    assert run.result == "'done'"
    assert json.loads(file.read_text())["samples"]
    assert notebook.run("%%profile a --interval 1\n1").reply["ename"] == "UsageError"
    run = notebook.run("%%profile a --file /proc/x\nvar ran = 1")
    assert "%%profile: --file '/proc/x.cpuprofile': " in run.stderr
    assert notebook.ok("%%isolate a\ntypeof ran").result == "'undefined'"


def test_heaps_of_isolates(notebook: Any) -> None:
    run = notebook.ok("%%heap a\nvar held = new ArrayBuffer(2 << 20); 'held'")
    (data,) = (m["content"]["data"] for m in run.messages if m["msg_type"] == "display_data")
    assert "ArrayBuffer" in data["text/plain"]
    assert run.result == "'held'"
    assert notebook.run("%%heap a --file /proc/nowhere/x\n1").reply["ename"] == "UsageError"


def test_traces_of_isolates(notebook: Any) -> None:
    run = notebook.ok("%%trace a\nconst twice = (n) => 2 * n; twice(21)")
    assert run.stdout.splitlines()[0] == "\u2192 twice(21)"
    assert run.result == "42"
    run = notebook.ok("%%trace a\nfunction *gen() { yield 'one' }\n[...gen()]")
    assert run.stdout.splitlines()[:2] == ["\u2192 gen()", '\u21e0 gen yields "one"']
    assert notebook.run("%%trace a --calls 0\n1").reply["ename"] == "UsageError"


def test_the_current_isolate_is_one_before_its_first_use(own_notebook: Any) -> None:
    own_notebook.ok("%load_ext isolates")
    run = own_notebook.ok("%%time main\n6 * 7")
    assert "JavaScript" in run.stdout
    assert run.result == "42"
