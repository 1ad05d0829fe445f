"""The dashboard without a page: frames, the static picture, who looks."""

from __future__ import annotations

import base64
import html
import math
import re
import statistics
import threading
import time
from typing import Any
from xml.etree import ElementTree

import pytest

import isolates
from isolates.magics.tables import size_text
from isolates.widgets import Dashboard
from tests.widgets.conftest import Isolates, ticking, wait_until
from tests.widgets.page import Page, floats

pytestmark = pytest.mark.usefixtures("nothing_ticks_afterwards")

FIELDS = (
    *("used", "total", "limit", "external", "wall_ns", "cpu_ns", "references", "age_s"),
    *("cpu_percent", "growth_per_s", "high_water", "contexts"),
)
SERIES = 8
HOSTILE = "<img src=x onerror=alert(1)>\"'&"
UNSEEN = "\ud800 \u202e\n"


def figures(frame: tuple[dict[str, Any], list[bytes]]) -> dict[str, dict[str, float]]:
    """The figures of each row, by its name."""
    rows = floats(frame[1][0], len(FIELDS))
    told = frame[0]["rows"]
    return {
        row["name"]: dict(zip(FIELDS, numbers, strict=True)) for row, numbers in zip(told, rows, strict=True)
    }


def cells(dashboard: Dashboard) -> list[list[str]]:
    """The texts of the static table, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", dashboard.picture())
    return [[html.unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def test_a_frame_has_the_figures_of_the_api(named: Isolates) -> None:
    context = named.make("a", 32)
    context.eval_sync("globalThis.kept = new ArrayBuffer(2 << 20); 0")
    named.make("b")
    named.manager.open(named.entry("b"), "tests").result(10)
    isolate = named.entry("a").isolate
    told = isolate.get_heap_statistics_sync()
    page = Page(dashboard := Dashboard(named.manager))
    page.look()
    content, buffers = page.frame()
    assert [row["name"] for row in content["rows"]] == ["a", "b"]
    assert (content["whole"], content["period_s"]) == (True, 1.0)
    assert abs(content["time_s"] - time.time()) < 30
    row = content["rows"][0]
    assert row == {
        **{"key": "a#1", "name": "a", "state": "idle", "stale": False},
        **{"contexts": ["main"], "runs": "", "end": ""},
    }
    assert content["rows"][1]["contexts"] == ["main", "tests"]
    shown = figures((content, buffers))["a"]
    assert shown["used"] == told["used_heap_size"]
    assert shown["total"] == told["total_heap_size"]
    assert shown["external"] == told["externally_allocated_size"] == 2 << 20
    assert shown["contexts"] == told["number_of_native_contexts"]
    assert shown["limit"] == 32 << 20
    assert shown["wall_ns"] == isolate.wall_time_ns
    assert shown["cpu_ns"] == isolate.cpu_time_ns
    assert shown["references"] == isolate.reference_count
    assert shown["age_s"] == 0
    assert math.isnan(shown["cpu_percent"])
    (sums,) = floats(buffers[1], SERIES)
    both = figures((content, buffers)).values()
    assert sums[0] == content["time_s"]
    assert sums[1] == sum(one["used"] for one in both)
    assert sums[4] == sum(one["limit"] for one in both)
    dashboard.close()


def test_later_frames_bring_what_is_new_alone(named: Isolates) -> None:
    named.make("a")
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.look()
    content, buffers = page.frame(lambda frame: frame["frame"] >= 3)
    assert not content["whole"]
    assert len(buffers) == 1
    assert content["frame"] == len(page.frames())
    times = [frame["time_s"] for frame, _ in page.frames()]
    assert times == sorted(times)
    # A page that has been loaded again has nothing.
    again = Page(dashboard, "another view")
    again.look()
    content, buffers = again.frame(lambda frame: frame["whole"])
    assert len(floats(buffers[1], SERIES)) >= 3
    dashboard.close()


def test_one_frame_is_under_way(named: Isolates) -> None:
    named.make("a")
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.draws = False
    page.look()
    first, _ = page.frame()
    wait_until(lambda: len(dashboard._sampler.total_history()) >= 4, "nothing is sampled")
    assert len(page.frames()) == 1
    page.draws = True
    page.say(do="drawn", frame=first["frame"])
    second, _ = page.frame(lambda frame: frame["frame"] == 2)
    assert second["time_s"] >= dashboard._sampler.total_history().points()[3].time_s
    dashboard.close()


@pytest.mark.parametrize("ends", ["leave", "close"])
def test_nothing_goes_on_when_nobody_looks(named: Isolates, ends: str) -> None:
    named.make("a")
    dashboard = Dashboard(named.manager, period_s=0.1)
    assert ticking() == []
    page = Page(dashboard)
    page.look()
    page.frame(lambda frame: frame["frame"] >= 2)
    assert len(ticking()) == 1
    dashboard.close() if ends == "close" else page.leave()
    wait_until(lambda: not ticking(), "it goes on")
    assert not dashboard.is_looked_at
    if ends == "leave":  # and begins again
        page.look(has=len(page.frames()))
        page.next_frame()
        page.leave()


def test_two_dashboards_share_what_is_sampled(named: Isolates) -> None:
    named.make("a")
    one, other = Dashboard(named.manager, period_s=0.1), Dashboard(named.manager, period_s=0.1)
    assert one._sampler is other._sampler
    pages = [Page(one), Page(other)]
    for page in pages:
        page.look()
        page.frame(lambda frame: frame["frame"] >= 3)
    assert len(ticking()) == 1
    times = [{frame["time_s"] for frame, _ in page.frames()} for page in pages]
    assert times[0] & times[1]
    one.close()
    pages[1].next_frame()
    other.close()


def test_isolates_come_and_go_while_somebody_looks(named: Isolates) -> None:
    named.make("a")
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.look()

    def wait_for(*keys: str) -> dict[str, Any]:
        frame = page.frame(lambda frame: [row["key"] for row in frame["rows"]] == list(keys))
        assert len(floats(frame[1][0], len(FIELDS))) == len(keys)
        return frame[0]

    wait_for("a#1")
    named.make("b")
    wait_for("a#1", "b#1")
    named.manager.reset("a")
    wait_for("a#2", "b#1")
    named.manager.dispose("a")
    wait_for("b#1")
    named.manager.close()
    wait_for()
    dashboard.close()


def test_an_isolate_that_has_died_is_there_and_says_why(named: Isolates) -> None:
    context = named.make("small", 16)
    with pytest.raises(isolates.IsolatesError):
        context.eval_sync("const all = []; for (;;) all.push(new Array(1000).fill(1))")
    wait_until(lambda: named.entry("small").end.reason, "nobody says why")
    page = Page(dashboard := Dashboard(named.manager))
    page.look()
    frame = page.frame()
    (row,) = frame[0]["rows"]
    assert (row["state"], row["end"], row["runs"]) == ("gone", "memory limit", "")
    shown = figures(frame)["small"]
    known = {name for name, value in shown.items() if not math.isnan(value)}
    assert known == {"wall_ns", "cpu_ns", "age_s"}
    assert frame[0]["diagnosis"] == [
        {"key": "small#1", "level": "error", "text": "small is gone: memory limit"}
    ]
    assert cells(dashboard)[1][:4] == ["small", "main", "gone (memory limit)", ""]
    dashboard.close()


def test_a_busy_isolate_is_shown_as_it_is(named: Isolates) -> None:
    named.make("a")
    with named.entry("a").at_work("In [7]", "main"):
        named.spin("a")
        page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
        begun = time.monotonic()
        page.look()
        page.frame()
        assert time.monotonic() - begun < 5  # nobody waits for it
        frame = page.frame(lambda frame: frame["frame"] >= 5 and not frame["rows"][0]["stale"])
        (row,) = frame[0]["rows"]
        assert row["state"] == "running"
        assert re.fullmatch(r"In \[7\] for \d+(\.\d)? m?s", row["runs"])
        assert figures(frame)["a"]["cpu_percent"] > 10
        dashboard.close()


def test_a_mapping_of_isolates_needs_no_manager() -> None:
    with isolates.Isolate(memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        page = Page(dashboard := Dashboard({"mine": isolate}))
        page.look()
        frame = page.frame()
        (row,) = frame[0]["rows"]
        assert (row["key"], row["contexts"], row["runs"]) == ("mine#1", [], "")
        assert figures(frame)["mine"]["limit"] == 16 << 20
        assert dashboard.text() == "isolate  contexts  limit\nmine               16 MB"
        context.release()
        dashboard.close()


def test_the_text_says_the_same_each_time(named: Isolates) -> None:
    dashboard = Dashboard(named.manager)
    assert dashboard.text() == "no isolates"
    assert dashboard.picture() == "<p>no isolates</p>"
    context = named.make("a", 32)
    named.make("long-name")
    text = dashboard.text()
    assert text == "isolate    contexts  limit\na          main      32 MB\nlong-name  main      64 MB"
    context.eval_sync("globalThis.kept = new Array(1e5).fill(1); 0")
    assert dashboard.text() == text
    dashboard.close()


def test_the_static_table_has_the_figures_and_their_sums(named: Isolates) -> None:
    for name in ("a", "b"):
        named.make(name, 32)
    isolate = named.entry("a").isolate
    used = isolate.get_heap_statistics_sync()["used_heap_size"]
    dashboard = Dashboard(named.manager)
    head, first, second, total = cells(dashboard)
    assert first[:4] == ["a", "main", "idle", size_text(used)]
    row = dict(zip(head, total, strict=True))
    assert (row["isolate"], row["limit"], row["external"]) == ("total", "64.0 MB", "0 KB")
    assert row["references"] == str(sum(named.entry(name).isolate.reference_count for name in "ab"))
    assert len(first) == len(second) == len(head)
    dashboard.close()


def test_the_static_picture_is_a_chart_or_has_a_bar_for_each(named: Isolates) -> None:
    named.make("a")
    named.make("b", 32)
    dashboard = Dashboard(named.manager)

    def texts() -> list[str]:
        found = re.findall(r'<img alt="[^"<]+" src="data:image/svg\+xml;base64,([^"]+)"', dashboard.picture())
        (root,) = (ElementTree.fromstring(base64.b64decode(data)) for data in found)
        return [element.text or "" for element in root.iter() if element.tag.endswith("text")]

    bars = texts()
    assert bars[::2] == ["a", "b"]
    assert all(re.fullmatch(r"\d+ KB of (64|32)\.0 MB", text) for text in bars[1::2])
    total = dashboard._sampler._total
    (point,) = total.points()
    total.clear()
    total.add(point._replace(time_s=point.time_s - 60))
    words = [text.split()[0] for text in texts() if text[:1].isalpha()]
    assert words[-4:] == ["used", "total", "external", "limit"]
    dashboard.close()


def test_names_are_hostile() -> None:
    with isolates.Isolate() as isolate:
        dashboard = Dashboard({HOSTILE: isolate})
        shown = dashboard.picture()
        assert HOSTILE not in shown
        assert "<img src=x" not in shown
        assert html.escape(HOSTILE) in shown
        page = Page(dashboard)
        page.look()
        assert page.frame()[0]["rows"][0]["name"] == HOSTILE  # the page shows texts only
        dashboard.close()


def test_names_that_can_not_be_seen() -> None:
    with isolates.Isolate() as isolate:
        dashboard = Dashboard({UNSEEN: isolate, "\udfff \u202e\n": isolate})
        assert dashboard.text().encode().decode().count("\n") == 2
        assert not set(UNSEEN[2:]) & set(dashboard.picture())
        page = Page(dashboard)
        page.look()
        keys = [row["key"] for row in page.frame()[0]["rows"]]
        assert len(set(keys)) == 2
        assert [key.encode().decode() for key in keys] == keys
        assert page.answer(page.act("history", key=keys[1]))["state"] == "done"
        dashboard.close()


def test_the_history_of_one_isolate(named: Isolates) -> None:
    named.make("a")
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.look()
    page.frame(lambda frame: frame["frame"] >= 3)
    asked = page.act("history", key="a#1")
    assert page.answer(asked)["state"] == "done"
    points = floats(page.file(asked), SERIES)
    assert len(points) >= 3
    assert [point[4] for point in points] == [64 << 20] * len(points)
    asked = page.act("history", key="b#1")
    assert page.answer(asked)["text"] == "nothing is known of that isolate any more"
    dashboard.close()


@pytest.mark.parametrize(
    "content",
    [
        *(None, 3, "look", [], {}, {"do": "look"}, {"do": 1}, {"do": "look", "view": 3, "has": 0}),
        *({"do": "act", "id": 1}, {"do": "act", "id": "1", "action": "gc"}, {"do": "drawn", "frame": None}),
        *({"do": "leave", "view": "nobody"}, {"do": "drawn", "frame": 99}),
    ],
)
def test_a_page_may_say_anything(named: Isolates, content: Any) -> None:
    named.make("a")
    page = Page(dashboard := Dashboard(named.manager))
    dashboard._hear(dashboard, content, [])
    assert page.messages == []
    assert not dashboard.is_looked_at
    page.look()
    assert page.frame()
    dashboard.close()


def test_a_flood_of_views_is_not_remembered(named: Isolates) -> None:
    named.make("a")
    dashboard = Dashboard(named.manager)
    page = Page(dashboard)
    page.look()
    for number in range(1000):
        page.say(do="look", view=f"flood {number}", has=1)
    assert len(dashboard._views) == 100
    dashboard.close()
    page.look()  # it was on its way
    assert not dashboard.is_looked_at


@pytest.mark.parametrize(
    ("period", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (61, ValueError),
        (math.nan, ValueError),
        ("1", TypeError),
        (None, TypeError),
    ],
)
def test_a_wrong_period_is_refused(named: Isolates, period: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Dashboard(named.manager, period_s=period)


def test_three_hundred_isolates(named: Isolates) -> None:
    for number in range(300):
        named.manager.isolate(f"w{number}", 16)
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.look()
    frame = page.frame()
    assert len(figures(frame)) == 300
    page.next_frame()
    assert len(cells(dashboard)) == 302
    dashboard.close()


def test_a_look_at_a_hundred_isolates_costs_less_than_a_percent_of_a_core(named: Isolates) -> None:
    for number in range(100):
        named.make(f"w{number}", 16)
    dashboard = Dashboard(named.manager)
    page = Page(dashboard)
    sampler = dashboard._sampler
    costs = []
    for _ in range(30):
        begun = time.thread_time()
        with sampler._lock:
            sampler.latest = sampler._sample()
        made = dashboard.frame(False)
        costs.append(time.thread_time() - begun)
        assert made is not None
    assert statistics.median(costs) < 0.01
    assert page.messages == []
    dashboard.close()


def test_the_end_of_the_isolates_ends_no_widget(named: Isolates) -> None:
    """As when a kernel is shut down while somebody looks."""
    named.make("a")
    named.spin("a")
    page = Page(dashboard := Dashboard(named.manager, period_s=0.1))
    page.look()
    page.frame()
    closing = threading.Thread(target=named.manager.close)
    closing.start()
    closing.join(10)
    page.frame(lambda frame: frame["rows"] == [])
    dashboard.close()
