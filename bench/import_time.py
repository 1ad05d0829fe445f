"""What `import isolates` adds to the start of a process that has imported ipykernel."""

from __future__ import annotations

import importlib
from time import perf_counter

from figure import Figure, Row, at_most
from worker import python


def _import_ms(name):
    start = perf_counter()
    importlib.import_module(name)
    return (perf_counter() - start) * 1e3


def isolates():
    _import_ms("ipykernel.kernelapp")
    took = _import_ms("isolates")
    return lambda options: {"import": took}


def ipykernel():
    took = _import_ms("ipykernel.kernelapp")
    return lambda options: {"import": took}


FIGURE = Figure(
    sides={"isolates": python("import_time", "isolates"), "ipykernel": python("import_time", "ipykernel")},
    rows=[Row("import", "import isolates, after ipykernel", "ms", "ipykernel", at_most(100))],
    fresh=True,
)
