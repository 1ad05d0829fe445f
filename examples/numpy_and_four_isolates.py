"""NumPy and four isolates on one array, at the same time, without a copy.

A SharedArrayBuffer is memory that Python and JavaScript both see. Here NumPy fills it, four isolates work on
a quarter each, on threads of their own, and NumPy reads what they wrote.

    python examples/numpy_and_four_isolates.py
"""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

import isolates

QUARTERS = 4
LENGTH = 1_000_000

# Every number becomes the count of steps that the Collatz sequence takes from it to 1.
WORK = """
const [memory, start, end] = [$0, $1, $2];
const numbers = new Uint32Array(memory, start * 4, end - start);   // this isolate's quarter of the memory
for (let at = 0; at < numbers.length; at++) {
  let steps = 0;
  for (let n = numbers[at]; n > 1; steps++) n = n % 2 ? 3 * n + 1 : n / 2;
  numbers[at] = steps;
}
"""


def main() -> None:
    memory = isolates.SharedArrayBuffer(LENGTH * 4)
    numbers = np.frombuffer(memoryview(memory), dtype=np.uint32)  # a view: no copy, here or below
    numbers[:] = np.arange(1, LENGTH + 1)

    workers = [isolates.Isolate(memory_limit=64) for _ in range(QUARTERS)]
    contexts = [worker.create_context_sync() for worker in workers]
    bounds = np.linspace(0, LENGTH, QUARTERS + 1, dtype=int).tolist()

    began = time.perf_counter()
    # Each call is queued at once and runs on the pool; the results are waited for afterwards.
    calls = [
        context.eval_closure(WORK, [memory, start, end])
        for context, (start, end) in zip(contexts, pairwise(bounds), strict=True)
    ]
    for call in calls:
        call.result()
    took = time.perf_counter() - began

    longest = int(numbers.argmax())
    print(f"{QUARTERS} isolates, {LENGTH:,} numbers, {took * 1000:.0f} ms")
    print(f"from {longest + 1:,} it takes the most steps: {numbers[longest]}")
    assert (longest + 1, numbers[longest]) == (837_799, 524)

    for worker in workers:
        worker.dispose()
    print(f"the isolates are gone, the array is not: mean {numbers.mean():.2f} steps")


if __name__ == "__main__":
    main()
