"""Quicksort by several isolates in one piece of memory, as isolated-vm's README suggests.

All isolates see the same SharedArrayBuffer. One call partitions a range around a pivot; the two halves are
then calls of their own, for whichever isolate is idle. Small ranges are left to JavaScript's own sort.

    python examples/parallel_quicksort.py [how many numbers]
"""

from __future__ import annotations

import os
import queue
import random
import sys
import time
from array import array
from concurrent.futures import Future

import isolates

# Sorts numbers[start..end) if the range is small. If not, moves what is smaller than a pivot to its left and
# returns where the right half begins.
STEP = """
globalThis.step = (start, end, small) => {
  if (end - start <= small) {
    numbers.subarray(start, end).sort();
    return -1;
  }
  const middle = (start + end) >> 1;
  const pivot = [numbers[start], numbers[middle], numbers[end - 1]].sort((a, b) => a - b)[1];
  let left = start - 1, right = end;
  for (;;) {
    do left++; while (numbers[left] < pivot);
    do right--; while (numbers[right] > pivot);
    if (left >= right) return right + 1;
    [numbers[left], numbers[right]] = [numbers[right], numbers[left]];
  }
}
"""


class Sorter:
    """An isolate with a view of the memory."""

    def __init__(self, memory: isolates.SharedArrayBuffer) -> None:
        self.isolate = isolates.Isolate(memory_limit=256)
        context = self.isolate.create_context_sync()
        context.eval_closure_sync("globalThis.numbers = new Float64Array($0)", [memory])
        context.eval_sync(STEP)
        self.step = context.eval_sync("step", reference=True)


def quicksort(memory: isolates.SharedArrayBuffer, sorters: list[Sorter]) -> None:
    """Hands out ranges until none is left."""
    length = len(memory) // 8
    small = max(1000, length // (8 * len(sorters)))
    ranges = [(0, length)]
    idle = list(sorters)
    working: dict[Future[int], tuple[Sorter, int, int]] = {}
    ended: queue.SimpleQueue[Future[int]] = queue.SimpleQueue()
    while ranges or working:
        while ranges and idle:
            sorter, (start, end) = idle.pop(), ranges.pop()
            call = sorter.step.apply(None, [start, end, small])  # runs on a thread of the pool
            working[call] = (sorter, start, end)
            call.add_done_callback(ended.put)
        call = ended.get()
        sorter, start, end = working.pop(call)
        idle.append(sorter)
        middle = call.result()
        if middle >= 0:  # both halves are still to be sorted
            ranges += [(start, middle), (middle, end)]


def sort_with(count: int, values: array[float]) -> float:
    """Sorts a copy of the values with `count` isolates; the seconds that it took."""
    memory = isolates.SharedArrayBuffer(len(values) * values.itemsize)
    memoryview(memory)[:] = memoryview(values).cast("B")
    sorters = [Sorter(memory) for _ in range(count)]
    began = time.perf_counter()
    quicksort(memory, sorters)
    took = time.perf_counter() - began
    for sorter in sorters:
        sorter.isolate.dispose()
    check(memory, values)
    return took


def check(memory: isolates.SharedArrayBuffer, values: array[float]) -> None:
    try:
        import numpy as np
    except ImportError:
        assert list(memoryview(memory).cast("d")) == sorted(values)
    else:
        assert np.array_equal(np.frombuffer(memoryview(memory)), np.sort(np.frombuffer(values)))


def main() -> None:
    length = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    values = array("d", (random.random() for _ in range(length)))
    print(f"{length:,} numbers")
    alone = sort_with(1, values)
    print(f"1 isolate: {alone * 1000:.0f} ms")
    count = max(2, os.cpu_count() or 2)
    together = sort_with(count, values)
    print(f"{count} isolates: {together * 1000:.0f} ms, {alone / together:.1f} times as fast")


if __name__ == "__main__":
    main()
