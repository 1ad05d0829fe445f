"""The programs in examples/ run and say what they should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
DEADLINE_S = 60.0

# The file, its arguments, and what it must print.
PROGRAMS = [
    ("module_loader.py", [], r"^hello from main.js\n3 by 4 is 12\nlate: 25\ntrue\n$"),
    ("numpy_and_four_isolates.py", [], r"4 isolates, 1,000,000 numbers.*837,799.*524.*the array is not"),
    ("parallel_quicksort.py", ["200000"], r"200,000 numbers\n1 isolate: \d+ ms\n\d+ isolates: \d+ ms"),
    (
        "snapshot_warmed_worker.py",
        [],
        r"library 1\d\d KB.*evaluated +\d+\.\d\d ms.*warmed snapshot +\d+\.\d\d ms",
    ),
]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="installed without its examples")
@pytest.mark.parametrize(("name", "arguments", "printed"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
@pytest.mark.timeout(DEADLINE_S + 10)
def test_an_example_runs(name: str, arguments: list[str], printed: str) -> None:
    if "numpy" in name:
        pytest.importorskip("numpy")
    child = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert re.search(printed, child.stdout, re.DOTALL), child.stdout
