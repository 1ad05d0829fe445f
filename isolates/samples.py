"""What many isolates do and how large they are, at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from isolates import _native


class Sample(NamedTuple):
    """One isolate at one time. Sizes are bytes, as in `Isolate.get_heap_statistics`."""

    #: "running": JavaScript runs, or another operation. "queued": calls are there, and no core is free for
    #: them. "waiting": its code has called something outside that has not returned, or a call waits for a
    #: promise. "disposed": by whatever cause; then the figures are the last ones. Else "idle".
    state: Literal["idle", "queued", "running", "waiting", "disposed"]
    #: How many seconds old the seven figures of the heap are that follow; 0.0: they were taken now.
    age_s: float
    used_heap_size: int
    total_heap_size: int
    heap_size_limit: int
    externally_allocated_size: int
    malloced_memory: int
    total_physical_size: int
    number_of_native_contexts: int
    #: What the isolate was made with, in bytes.
    memory_limit: int
    wall_time_ns: int
    cpu_time_ns: int
    reference_count: int


def sample(isolates: Iterable[_native.Isolate]) -> list[Sample]:
    """A Sample of each isolate, in their order, without waiting for any of them; microseconds each.

    The heap of an isolate is looked at now if nothing runs there, or if what runs waits for something
    outside. What runs is asked to tell at its next safe point instead, so that the next sample has it; the
    end of a run and each garbage collection tell too. `Sample.age_s` says how old the figures are: a native
    loop that comes to no safe point (one regular expression, one sort) leaves them as they were. Times are
    those of `Isolate.wall_time_ns` and `cpu_time_ns`, always as of now.

    Never raises for an isolate that is disposed or has died. Raises TypeError for what is no Isolate. Any
    thread. Not in isolated-vm.
    """
    return list(map(Sample._make, _native._sample(isolates)))
