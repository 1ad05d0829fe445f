"""Samples: who gets them, what they say, and that there are none when nobody looks."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import pytest

import isolates
from isolates.widgets import sampler as sampler_module
from isolates.widgets.history import MOST_SAMPLES, History, Point
from isolates.widgets.roster import Roster
from isolates.widgets.sampler import Sampler
from tests.widgets.conftest import DEADLINE_S, Isolates, ticking, wait_until

pytestmark = pytest.mark.usefixtures("nothing_ticks_afterwards")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many isolates each sample was of."""
    counts: list[int] = []
    real = isolates.sample

    def sample(those: Any) -> Any:
        counts.append(len(those))
        return real(those)

    monkeypatch.setattr(isolates, "sample", sample)
    return counts


class Watcher:
    """Counts samples, and waits for some."""

    def __init__(self, sampler: Sampler, period_s: float) -> None:
        self.count = 0
        self._changed = threading.Condition()
        self.watch = sampler.watch(self._hear, period_s)

    def _hear(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, DEADLINE_S)


def test_nothing_is_sampled_when_nobody_watches(named: Isolates, counted: list[int]) -> None:
    named.make("a")
    sampler = Sampler.of(named.manager)
    assert (counted, ticking(), sampler.latest) == ([], [], None)
    watcher = Watcher(sampler, 0.1)
    watcher.wait_for(2)
    watcher.watch.stop()
    watcher.watch.stop()
    wait_until(lambda: not ticking(), "it goes on")
    assert counted == [1] * watcher.count


def test_all_share_one_sampler_and_its_samples(named: Isolates, counted: list[int]) -> None:
    named.make("a")
    sampler = Sampler.of(named.manager)
    assert Sampler.of(named.manager) is sampler
    watchers = [Watcher(sampler, 0.1) for _ in range(3)]
    slow = Watcher(sampler, 30)
    for watcher in watchers:
        watcher.wait_for(5)
    assert slow.count == 1
    for watcher in (*watchers[1:], slow):
        watcher.watch.stop()
    most = max(watcher.count for watcher in watchers)
    assert len(counted) <= most + 1
    watchers[0].wait_for(most + 2)
    watchers[0].watch.stop()


def test_who_comes_later_need_not_wait_for_the_next_sample(named: Isolates) -> None:
    sampler = Sampler.of(named.manager)
    slow = Watcher(sampler, 30)
    slow.wait_for(1)
    late = Watcher(sampler, 30)
    late.wait_for(1)
    slow.watch.stop()
    late.watch.stop()


def test_a_watch_that_fails_takes_nothing_from_the_others(named: Isolates, caplog: Any) -> None:
    sampler = Sampler.of(named.manager)

    def fail() -> None:
        raise ValueError("a widget's own mistake")

    failing = sampler.watch(fail, 0.1)
    watcher = Watcher(sampler, 0.1)
    watcher.wait_for(3)
    failing.stop()
    watcher.watch.stop()
    assert "a widget's own mistake" in caplog.text


def test_the_figures_are_those_of_the_isolates(named: Isolates) -> None:
    context = named.make("a", 32)
    context.eval_sync("globalThis.kept = [new Array(1e5).fill(1), new ArrayBuffer(3 << 20)]; 0")
    isolate = named.entry("a").isolate
    told = isolate.get_heap_statistics_sync()
    (row,) = Sampler.of(named.manager).moment().rows
    assert (row.state, row.is_stale, row.sample.age_s) == ("idle", False, 0.0)
    assert row.point.used == told["used_heap_size"]
    assert row.point.total == told["total_heap_size"]
    assert row.point.external == told["externally_allocated_size"] >= 3 << 20
    assert row.held == row.high_water == row.point.used + row.point.external
    assert row.point.limit == 32 << 20
    assert row.sample.wall_time_ns == isolate.wall_time_ns
    assert row.sample.cpu_time_ns == isolate.cpu_time_ns
    assert row.sample.reference_count == isolate.reference_count
    assert math.isnan(row.point.cpu_percent)
    assert math.isnan(row.growth_per_s)


def test_nobody_waits_for_a_busy_isolate(named: Isolates) -> None:
    named.make("idle")
    named.make("busy").eval_sync("globalThis.kept = []; 0")
    named.spin("busy", "for (;;) kept.push(new Array(1000).fill(1)), kept.length %= 1000")
    sampler = Sampler.of(named.manager)
    watcher = Watcher(sampler, 0.1)
    watcher.wait_for(1)
    waits = []
    for _ in range(20):
        begun = time.monotonic()
        with sampler._lock:
            sampler._sample()
        waits.append(time.monotonic() - begun)
    assert sorted(waits)[10] < 0.1  # the longest say how busy the machine is
    watcher.wait_for(8)
    assert sampler.latest is not None
    idle, busy = sampler.latest.rows
    assert (idle.state, busy.state) == ("idle", "running")
    assert busy.point.cpu_percent > 20
    assert busy.point.used > idle.point.used
    watcher.watch.stop()


def test_isolates_come_and_go_while_they_are_watched(
    named: Isolates, monkeypatch: pytest.MonkeyPatch
) -> None:
    named.make("a")
    sampler = Sampler.of(named.manager)

    def look() -> dict[str, bool]:
        """Which there are, and whether they live."""
        return {row.key: row.state != "gone" for row in sampler.moment().rows}

    assert look() == {"a#1": True}
    named.make("b")
    assert look() == {"a#1": True, "b#1": True}
    named.manager.reset("b")
    assert look() == {"a#1": True, "b#2": True}
    assert sampler.history("b#1") is not None
    named.entry("a").isolate.dispose()
    assert look() == {"a#1": False, "b#2": True}
    named.manager.dispose("a")
    assert look() == {"b#2": True}
    # The manager counts from 1 again; for a page it is another isolate.
    named.make("a")
    assert look() == {"b#2": True, "a#2": True}
    monkeypatch.setattr(sampler_module, "_KEEP_GONE_S", 0.0)
    look()
    assert sampler.history("b#1") is None
    assert sampler.history("a#1") is None
    assert sampler.history("a#2") is not None


def test_a_mapping_may_change() -> None:
    with isolates.Isolate(memory_limit=16) as first, isolates.Isolate() as second:
        mapping: dict[str, Any] = {"a": first}
        sampler = Sampler.of(mapping)
        assert Sampler.of({"a": first}) is not sampler
        (row,) = sampler.moment().rows
        assert (row.key, row.entry.memory_mb, row.entry.isolate) == ("a#1", 16, first)
        mapping |= {"b": first, "a": second}
        assert [row.key for row in sampler.moment().rows] == ["a#2", "b#1"]
        mapping["none"] = None  # as if it were not there
        assert [row.key for row in sampler.moment().rows] == ["a#2", "b#1"]
        mapping.clear()
        moment = sampler.moment()
        assert moment.rows == []
        assert math.isnan(moment.total.used)


@pytest.mark.parametrize("source", [None, 3, "a", ["a"], {"a": 1}, {1: None}])
def test_what_has_no_isolates_is_refused(source: Any) -> None:
    with pytest.raises(TypeError, match="is no IsolateManager and no mapping of names to isolates"):
        Sampler.of(source)


def test_the_sums_are_of_those_that_live_and_times_of_all(named: Isolates) -> None:
    for name in ("a", "b", "c"):
        named.make(name, 32)
    named.entry("c").isolate.dispose()
    moment = Sampler.of(named.manager).moment()
    living = moment.rows[:2]
    assert moment.total.used == sum(row.point.used for row in living)
    assert moment.total.limit == 64 << 20
    assert moment.total.cpu_s == pytest.approx(sum(row.point.cpu_s for row in moment.rows))
    assert math.isnan(moment.rows[2].point.used)
    assert moment.rows[2].point.wall_s > 0


def test_what_was_seen_long_ago_is_compared_with_nothing(named: Isolates) -> None:
    named.make("a")
    sampler = Sampler.of(named.manager)
    for _ in range(2):
        watcher = Watcher(sampler, 0.1)
        watcher.wait_for(1)
        assert sampler.latest is not None
        assert math.isnan(sampler.latest.rows[0].point.cpu_percent)
        watcher.wait_for(3)
        assert not math.isnan(sampler.latest.rows[0].point.cpu_percent)
        watcher.watch.stop()
        wait_until(lambda: not ticking(), "it goes on")


def test_a_roster_stops_and_ends_what_it_has(named: Isolates) -> None:
    context = named.make("a")
    roster = Roster(named.manager)
    call = context.eval("for (;;) {}")
    wait_until(lambda: isolates.sample([named.entry("a").isolate])[0].state == "running", "it does not run")
    entry = roster.find("a#1")
    assert entry is named.entry("a")
    roster.interrupt(entry)
    assert isinstance(call.exception(DEADLINE_S), isolates.TerminatedError)
    named.manager.reset("a")
    roster.dispose(entry)  # it is gone; the new one of its name is not meant
    assert named.manager.names() == ["a"]
    assert roster.find("a#1") is None
    roster.dispose(named.entry("a"))
    assert named.manager.names() == []


def test_very_many_names_one_after_the_other_leave_nothing() -> None:
    with isolates.Isolate() as one:
        mapping = {"a": one}
        roster = Roster(mapping)
        keys = [*roster.entries()]
        for number in range(1, 5000):
            mapping.clear()
            mapping[f"{number}" if number % 100 else "a"] = one
            keys += roster.entries()
        assert len(set(keys)) == len(keys)  # none was used again
        assert len(roster._numbers) < 2000
        assert len(roster._keys) == 1
        # Keys are sent with each frame.
        mapping |= {"n" * 10**6: one, "n" * 10**6 + "n": one}
        assert max(map(len, roster.entries())) < 100
        assert len(roster.entries()) == 3


def test_a_history_keeps_the_newest_points() -> None:
    history = History()
    count = 3 * MOST_SAMPLES
    for number in range(count):
        history.add(Point(number, 1, 2, 3, math.nan, 5, 6, 7))
    points = history.points()
    assert len(history) == len(points) == MOST_SAMPLES
    assert [point.time_s for point in points] == list(range(count - MOST_SAMPLES, count))
    assert len(history.tobytes()) == MOST_SAMPLES * 8 * 8
    assert history.copy().points()[-1][:4] == (count - 1, 1, 2, 3)
    assert len(history._numbers) < 2 * MOST_SAMPLES * 8
    history.clear()
    assert history.tobytes() == b""
