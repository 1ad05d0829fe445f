"""What the diagnosis says, and when it says nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from isolates import Isolate, Sample
from isolates.magics.named_isolate import NamedIsolate, Work
from isolates.widgets.diagnosis import diagnose
from isolates.widgets.history import Point
from isolates.widgets.track import Row

MB = 1 << 20


@pytest.fixture(scope="module")
def isolate() -> Iterator[Isolate]:
    with Isolate() as isolate:
        yield isolate


@pytest.fixture
def row(isolate: Isolate) -> Callable[..., Row]:
    def make(name: str = "a", held_mb: float = 1, state: str = "idle", age_s: float = 0, **more: Any) -> Row:
        entry: NamedIsolate[None] = NamedIsolate(name, isolate, 100, 1)
        sample = Sample._make((state, age_s, *[0] * 7, 100 * MB, 0, 0, 0))
        point = Point(0, held_mb * MB, held_mb * MB, 0, 100 * MB, 0, 0, math.nan)
        row = Row(entry, f"{name}#1", state, sample, point, False, math.nan, held_mb * MB, 0, 0)
        return row._replace(**more)

    return make


def texts(*rows: Row) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in diagnose(rows)]


def test_what_is_well_is_not_told(row: Callable[..., Row]) -> None:
    assert diagnose([]) == []
    assert diagnose([row(), row(state="running"), row(state="waiting"), row(held_mb=70)]) == []
    assert diagnose([row(growth_per_s=9e9, grows_s=9.0), row(state="running", busy_s=9.0)]) == []


def test_the_limit_is_near(row: Callable[..., Row]) -> None:
    assert texts(row(held_mb=80)) == [("warn", "a: 80 % of its limit of 100.0 MB")]
    assert texts(row(held_mb=92)) == [("error", "a: 92 % of its limit of 100.0 MB")]


def test_it_grows(row: Callable[..., Row]) -> None:
    grows = row(held_mb=40, growth_per_s=2.0 * MB, grows_s=30.0)
    assert texts(grows) == [("warn", "a: +2.0 MB/s for 30.0 s; at its limit in 30.0 s")]
    slow = row(growth_per_s=0.1 * MB, grows_s=120.0)
    assert texts(slow) == [("warn", "a: +102 KB/s for 2 min 0 s")]


def test_it_runs_for_long(row: Callable[..., Row]) -> None:
    runs = row(state="running")
    runs.entry.work[Work("In [3]", "main", time.monotonic() - 300)] = None
    assert texts(runs) == [("info", "a has run for 5 min 0 s: In [3]")]
    assert texts(row(state="running", busy_s=45.0)) == [("info", "a has been busy for 45.0 s")]
    waits = runs._replace(state="waiting")
    assert texts(waits) == []


def test_it_does_not_answer(row: Callable[..., Row]) -> None:
    assert texts(row(state="running", age_s=12)) == [("info", "a does not answer: its sizes are 12.0 s old")]


def test_it_is_gone(row: Callable[..., Row]) -> None:
    gone = row(state="gone")
    assert texts(gone) == []
    gone.entry.end.reason = "disposed"
    assert texts(gone) == []
    gone.entry.end.reason = "memory limit"
    assert texts(gone) == [("error", "a is gone: memory limit")]


def test_the_worst_comes_first_and_a_few_are_enough(row: Callable[..., Row]) -> None:
    rows = [row(f"w{number}", held_mb=80) for number in range(20)] + [row("full", held_mb=95)]
    found = diagnose(rows)
    assert len(found) == 6
    assert (found[0].key, found[0].level) == ("full#1", "error")
    assert [finding.key for finding in found[1:5]] == ["w0#1", "w1#1", "w2#1", "w3#1"]
    assert found[5] == ("", "warn", "and 16 more")
