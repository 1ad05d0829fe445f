"""What samples of one isolate say over time."""

from __future__ import annotations

import math

import pytest

from isolates import Isolate, Sample
from isolates.magics.named_isolate import NamedIsolate
from isolates.widgets.track import GROWING_PER_S, Row, Track

MB = 1 << 20


class Clock:
    """Samples of one isolate, one each second."""

    def __init__(self, isolate: Isolate) -> None:
        self.entry: NamedIsolate[None] = NamedIsolate("a", isolate, 128, 1)
        self.track = Track(self.entry, "a#1")
        self.now_s = 100.0
        self.cpu_s = 0.0

    def look(
        self, used: float, cpu: float = 0.0, state: str = "idle", age_s: float = 0.0, is_stale: bool = False
    ) -> Row:
        """A second later, in which it has used `cpu` of a core."""
        self.now_s += 1
        self.cpu_s += cpu
        cpu_ns = round(self.cpu_s * 1e9)
        sizes = (round(used), 2 * round(used), 0, 0, 0, 0, 1)
        sample = Sample._make((state, age_s, *sizes, 128 * MB, 2 * cpu_ns, cpu_ns, 3))
        return self.track.add(sample, self.now_s, 1e9 + self.now_s, is_stale)


@pytest.fixture
def clock(isolate: Isolate) -> Clock:
    return Clock(isolate)


@pytest.fixture
def isolate() -> Isolate:
    return Isolate()


def test_growth_is_that_of_the_last_ten_seconds(clock: Clock) -> None:
    assert math.isnan(clock.look(MB).growth_per_s)
    assert clock.look(3 * MB).growth_per_s == 2 * MB
    for _ in range(20):
        row = clock.look(3 * MB)
    assert row.growth_per_s == 0
    for second in range(1, 21):
        row = clock.look((3 + 2 * second) * MB)
    assert row.growth_per_s == 2 * MB
    assert row.grows_s == pytest.approx(20, abs=10)
    row = clock.look(MB)  # a collection
    assert row.growth_per_s < 0
    assert row.grows_s == 0
    assert row.high_water == 43 * MB


def test_slow_growth_is_none(clock: Clock) -> None:
    for second in range(30):
        row = clock.look(MB + second * GROWING_PER_S / 2)
    assert row.grows_s == 0


def test_the_share_of_a_core(clock: Clock) -> None:
    assert math.isnan(clock.look(MB, cpu=0.5).point.cpu_percent)
    assert clock.look(MB, cpu=0.25).point.cpu_percent == pytest.approx(25)
    for _ in range(12):
        row = clock.look(MB, cpu=0.99, state="running")
    assert row.point.cpu_percent == pytest.approx(99)
    assert row.busy_s == 11
    assert clock.look(MB).busy_s == 0


def test_old_figures_say_nothing_new(clock: Clock) -> None:
    clock.look(MB)
    growing = clock.look(2 * MB).growth_per_s
    for age in range(1, 30):
        row = clock.look(2 * MB, state="running", age_s=age, is_stale=True)
        if age == 5:
            assert row.growth_per_s == growing
    assert row.is_stale
    assert math.isnan(row.growth_per_s)
    assert row.grows_s == 0


def test_an_isolate_that_is_gone_holds_nothing(clock: Clock) -> None:
    clock.look(MB, cpu=0.1)
    row = clock.look(9 * MB, cpu=0.1, state="disposed", age_s=1, is_stale=True)
    assert (row.state, row.is_stale, row.point.cpu_s, row.high_water) == ("gone", False, 0.2, MB)
    assert all(map(math.isnan, (row.held, row.point.limit, row.point.cpu_percent, row.growth_per_s)))
    assert len(clock.track.history) == 1
    clock.look(9 * MB, state="disposed")
    assert clock.track.gone_s(clock.now_s) == 1


def test_a_cell_that_awaits_python_is_waiting(clock: Clock) -> None:
    with clock.entry.at_work("In [1]", "main"):
        assert clock.look(MB).state == "waiting"
    assert clock.look(MB).state == "idle"
    assert clock.look(MB, state="waiting").state == "waiting"
