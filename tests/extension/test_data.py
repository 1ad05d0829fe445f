"""%put, %get and %copy in a Python notebook."""

from __future__ import annotations

import re
from typing import Any

import pytest


def test_values_cross_and_it_is_told(notebook: Any) -> None:
    notebook.ok("import numpy as np\npixels = np.arange(4.0)\n%isolate main")
    run = notebook.ok("%put pixels --isolate a,b")
    assert re.fullmatch(r"New isolate b: 128 MB\npixels to a, b: \d+ bytes in .* \(copied\)\n", run.stdout)
    run = notebook.ok("%copy a.pixels main.p --transfer\n%get p --transfer\np")
    assert [line.rpartition(" ")[2] for line in run.stdout.splitlines()] == ["(transferred)", "(transferred)"]
    assert run.result == "array([0., 1., 2., 3.])"
    assert notebook.ok("manager['a'].eval_sync('pixels.length')").result == "0"


def test_memory_is_shared(notebook: Any) -> None:
    notebook.ok("import isolates\nimport numpy as np\nshared = isolates.SharedArrayBuffer(8)")
    notebook.ok("%put shared --share\n%get shared --share\nnp.frombuffer(shared, 'u1')[1] = 5")
    assert notebook.ok("%%isolate main\nnew Uint8Array(shared)[1]").result == "5"
    notebook.ok(
        "%get shared --copy\nnp.frombuffer(shared, 'u1')[1] = 6\n%put copied=shared\n"
        "np.frombuffer(shared, 'u1')[1] = 7"
    )
    assert (
        notebook.ok("%%isolate main\n[new Uint8Array(shared)[1], new Uint8Array(copied)[1]]").result
        == "[ 5, 6 ]"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%put shared=1 --transfer", ["%put: --transfer"]),
        ("%put shared=1 --isolate never --reference", ["%put: --reference", "'never'"]),
        ("%get nothing --share", ["%get: NAME 'nothing'"]),
        ("%copy nothing never.x", ["%copy: SOURCE 'nothing'"]),
    ],
)
def test_what_is_wrong_moves_nothing(notebook: Any, line: str, words: list[str]) -> None:
    run = notebook.run(line)
    assert run.reply["ename"] == "UsageError"
    for word in words:
        assert word in run.stderr
    assert notebook.ok("'never' in manager").result == "False"
