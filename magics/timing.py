"""%%time: what a cell has taken."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from isolates import Isolate
from isolates.magics.cell import Body, Evaluate
from isolates.magics.magic import Host, Magic
from isolates.magics.measuring import add_where, cells_of, run_cells
from isolates.magics.parser import MagicParser
from isolates.magics.tables import Table, duration_text, growth_text, size_text


class Reading(NamedTuple):
    """What one isolate has used for the cell; the heap includes buffers beside it."""

    wall_s: float
    javascript_s: float
    cpu_s: float
    heap_before: int
    heap: int

    @property
    def row(self) -> list[str]:
        times = [duration_text(seconds) for seconds in (self.wall_s, self.javascript_s, self.cpu_s)]
        return [*times, growth_text(self.heap - self.heap_before), size_text(self.heap)]


class Watch:
    """Reads the clocks of the isolates of a cell. Nothing in them waits for it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.readings: dict[str, Reading] = {}

    async def run(self, name: str, isolate: Isolate, evaluate: Evaluate) -> object:
        heap = self._host.known_bytes(isolate)
        cpu, javascript, wall = isolate.cpu_time_ns, isolate.wall_time_ns, time.perf_counter_ns()
        try:
            return await evaluate()
        finally:
            self.readings[name] = Reading(
                (time.perf_counter_ns() - wall) / 1e9,
                (isolate.wall_time_ns - javascript) / 1e9,
                (isolate.cpu_time_ns - cpu) / 1e9,
                heap,
                self._host.known_bytes(isolate),
            )


def _make() -> Magic:
    parser = MagicParser(
        "%%time",
        "Run the cell once, and say what it has taken.\n\n"
        "wall is the time from its start to its end, with all waiting; JavaScript is the part of it in "
        "which the isolate ran, CPU what its thread has used of a core. heap is how much more the isolate "
        "holds and how much it holds now, with buffers and what is not collected yet: a collection "
        "meanwhile makes it less. What other cells and timers do in the same isolate meanwhile counts; to "
        "show the value does not. Several isolates run at the same time and share the cores.",
        "%%time\n%%time a,b\n%%time w[0:4] --timeout 10",
    )
    add_where(parser)
    return Magic("time", "cell", parser, _run)


async def _run(host: Host, options: argparse.Namespace, body: Body) -> object:
    watch = Watch(host)
    cells = cells_of(host, "%%time", options, body)
    cells = [cell._replace(around=partial(watch.run, cell.isolate)) for cell in cells]
    try:
        return await run_cells(host, cells)
    finally:
        _tell(host, {cell.isolate: watch.readings.get(cell.isolate) for cell in cells})


def _tell(host: Host, readings: Mapping[str, Reading | None]) -> None:
    if len(readings) > 1:
        rows = [[name, *(reading.row if reading else [""] * 5)] for name, reading in readings.items()]
        heads = ["isolate", "wall", "JavaScript", "CPU", "heap growth", "heap"]
        host.display(Table(heads, rows).bundle())
        return
    for reading in filter(None, readings.values()):
        wall, javascript, cpu, growth, heap = reading.row
        host.write(f"wall {wall}, JavaScript {javascript}, CPU {cpu}, heap {growth} (now {heap})\n")


TIME = _make()
