"""Flamegraph without a page: which profiles it takes, what it sends, and its picture."""

from __future__ import annotations

import base64
import json
import math
import re
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates.widgets import Flamegraph, flat_calls
from isolates.widgets.flat_calls import DEEPEST
from tests.widgets.page import Page

HOSTILE = "<img src=x onerror=alert(1)>"
TITLE = "test"


def node(
    number: int, name: str, children: tuple[int, ...] = (), url: str = "a.js", line: int = 0
) -> dict[str, Any]:
    frame = {"functionName": name, "scriptId": "1", "url": url, "lineNumber": line, "columnNumber": 4}
    return {"id": number, "callFrame": frame, "children": list(children)}


def cpu_profile(*nodes: dict[str, Any], samples: list[int], delta_us: int = 1000) -> dict[str, Any]:
    return {
        "nodes": list(nodes),
        "samples": samples,
        "timeDeltas": [0, *[delta_us] * (len(samples) - 1)][: len(samples)],
        "startTime": 0,
        "endTime": delta_us * len(samples),
    }


SMALL = cpu_profile(
    node(1, "(root)", (2, 3), url=""),
    node(2, "main", (4,)),
    node(3, "(idle)", url=""),
    node(4, HOSTILE, line=7),
    samples=[2, 4, 4, 4, 3],
)


def first_frame(widget: Flamegraph) -> tuple[dict[str, Any], list[bytes]]:
    """What a page gets that looks at it."""
    page = Page(widget)
    page.look()
    page.leave()
    (frame,) = page.frames()
    return frame


def calls_of(widget: Flamegraph) -> list[tuple[int, str, float, float]]:
    content, (parents, numbers, costs, _) = first_frame(widget)
    names = [name for name, *_ in content["places"]]
    figures = array("d", costs)
    places = array("i", numbers)
    return [
        (parent, names[places[at]], round(figures[2 * at], 6), round(figures[2 * at + 1], 6))
        for at, parent in enumerate(array("i", parents))
    ]


def test_the_page_gets_the_tree_and_the_functions() -> None:
    widget = Flamegraph(SMALL)
    assert calls_of(widget) == [(-1, "main", 0.001, 0.004), (0, HOSTILE, 0.003, 0.003)]
    content, (*_, functions) = first_frame(widget)
    assert content["head"] == "4.00 ms of work in 5 samples; 1.00 ms without work"
    assert (content["unit"], content["suffix"], content["notes"]) == ("s", ".cpuprofile", [])
    assert [where for _, where, _ in content["places"]] == ["a.js:1:5", "a.js:8:5"]
    assert array("d", functions).tolist() == pytest.approx([1, 0.003, 0.003, 0, 0.001, 0.004])


@pytest.mark.parametrize("make", [json.dumps, lambda profile: json.dumps(profile).encode()])
def test_a_profile_may_be_a_text(make: Any) -> None:
    assert calls_of(Flamegraph(make(SMALL))) == calls_of(Flamegraph(SMALL))


@pytest.mark.parametrize("kind", [str, Path])
def test_a_profile_may_be_a_file(kind: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.cpuprofile"
    path.write_text(json.dumps(SMALL))
    assert calls_of(Flamegraph(kind(path))) == calls_of(Flamegraph(SMALL))
    with pytest.raises(FileNotFoundError):
        Flamegraph(tmp_path / "none")


def test_the_profiles_of_an_isolate_are_drawn() -> None:
    code = "function spin() { let n = 0; for (let i = 0; i < 3e6; i++) n += Math.sqrt(i); return n }; spin()"
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        isolate.start_cpu_profiler(TITLE, sampling_interval_us=200)
        context.eval_sync(code, filename="spin.js")
        profile = isolate.stop_cpu_profiler_sync(TITLE)
        isolate.start_heap_sampling_sync(sampling_interval=512)
        context.eval_sync(
            "function keep() { return Array.from({length: 5000}, () => ({})) }; globalThis.kept = keep(); 0"
        )
        heap = isolate.stop_heap_sampling_sync()
    assert "spin" in [name for _, name, *_ in calls_of(Flamegraph(profile))]
    allocated = Flamegraph(heap)
    content, _ = first_frame(allocated)
    assert (content["unit"], content["suffix"]) == ("bytes", ".heapprofile")
    assert re.fullmatch(r"[\d.]+ [KM]B allocated, as samples tell", content["head"])
    total = sum(size for parent, *_, size in calls_of(allocated) if parent == -1)
    assert total == sum_of_sizes(heap["head"])
    assert "keep" in allocated.text()


def sum_of_sizes(head: Mapping[str, Any]) -> int:
    return int(head["selfSize"]) + sum(map(sum_of_sizes, head["children"]))


def test_its_text_is_a_table_that_stays_the_same() -> None:
    assert Flamegraph(SMALL).text() == Flamegraph(SMALL).text()
    assert Flamegraph(SMALL).text().splitlines() == [
        "4.00 ms of work in 5 samples; 1.00 ms without work",
        "   self      %    total       %  function                      where",
        f"3.00 ms  75.0%  3.00 ms   75.0%  {HOSTILE}  a.js:8:5",
        "1.00 ms  25.0%  4.00 ms  100.0%  main                          a.js:1:5",
    ]


def test_its_picture_shows_names_as_texts() -> None:
    html = Flamegraph(SMALL).picture()
    assert HOSTILE not in html
    (data,) = re.findall(
        r'<img alt="[^"<>]*" width="100%" height="36" src="data:image/svg\+xml;base64,([^"]*)">', html
    )
    svg = base64.b64decode(data).decode()
    assert HOSTILE not in svg
    assert "&lt;img" in svg


def test_what_was_too_short_to_be_seen_says_so() -> None:
    widget = Flamegraph(cpu_profile(node(1, "(root)", url=""), samples=[]))
    assert widget.text() == "The profile has no calls: what ran was too short to be seen"
    assert calls_of(widget) == []
    assert "<img" not in widget.picture()


def test_the_page_can_save_the_profile() -> None:
    widget = Flamegraph(SMALL)
    page = Page(widget)
    number = page.act("profile")
    assert re.fullmatch(r"profile-\w+\.cpuprofile", page.answer(number)["file"])
    assert json.loads(page.file(number)) == SMALL


def test_the_smallest_of_many_calls_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_calls, "MOST_CALLS", 2000)
    count = 3000
    nodes = [node(number, f"f{number}", line=number) for number in range(2, count + 2)]
    profile = cpu_profile(
        node(1, "(root)", tuple(range(2, count + 2)), url=""),
        *nodes,
        samples=[*range(2, count + 2), *range(2, 1002)],
    )
    widget = Flamegraph(profile)
    calls = calls_of(widget)
    content, _ = first_frame(widget)
    assert content["notes"] == ["the smallest of more than 2,000 calls are not drawn"]
    assert {name for _, name, *_ in calls} >= {f"f{number}" for number in range(2, 1002)}
    assert len(calls) == 2000


def test_calls_may_be_deeper_than_pythons_own() -> None:
    depth = 5000
    nodes = [
        node(number, f"f{number}", (number + 1,) if number < depth else ()) for number in range(2, depth + 1)
    ]
    widget = Flamegraph(cpu_profile(node(1, "(root)", (2,), url=""), *nodes, samples=[depth] * 3))
    assert len(calls_of(widget)) == DEEPEST
    assert first_frame(widget)[0]["notes"] == [f"calls deeper than {DEEPEST:,} are not drawn"]


def changed(**parts: Any) -> dict[str, Any]:
    return {**SMALL, **parts}


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ({}, "it has neither nodes (of time) nor a head (of memory)"),
        ({"nodes": []}, "it has neither"),
        (changed(nodes=[7]), "nodes[0] has no id of its own"),
        (changed(nodes=[node(1, "a"), node(1, "b")]), "nodes[1] has no id of its own"),
        (changed(nodes=[{"id": 1}]), "nodes[0] has no callFrame"),
        (
            changed(nodes=[node(1, "a", (2,)), node(2, "b", (1,))]),
            "nodes[1] has the child 1, which can't be its own",
        ),
        (changed(nodes=[node(1, "a", (2,)), node(2, "b", (2,))]), "nodes[1] has the child 2"),
        (changed(nodes=[node(1, "a", (9,))]), "nodes[0] has the child 9"),
        (changed(nodes=[{**node(1, "a"), "children": 5}]), "the children of nodes[0] are no list"),
        (changed(samples=[1, 77]), "its samples are no list of ids of nodes"),
        (changed(samples=None), "its samples are no list of ids of nodes"),
        (changed(timeDeltas=[1]), "its timeDeltas are no list of 5 numbers"),
        (changed(timeDeltas=[1, 2, 3, 4, math.nan]), "its timeDeltas are no list of 5 numbers"),
        (changed(endTime="now"), "its endTime is no number"),
        (changed(startTime=10**400), "its startTime is no number"),
        ({"head": {}}, "a node has no selfSize"),
        ({"head": {"selfSize": -1}}, "a node has no selfSize"),
        ({"head": {"selfSize": 1, **node(1, "a"), "children": [3]}}, "a node has no selfSize"),
    ],
)
def test_a_broken_profile_is_refused_in_words(profile: Any, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"profile is no profile of V8, or a broken one: {why}")):
        Flamegraph(profile)


@pytest.mark.parametrize("text", ["{", b"\xff\xfe", '{"a": ' + "[" * 100_000])
def test_what_is_no_json_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="profile is no JSON"):
        Flamegraph(text)


def test_what_is_no_profile_at_all_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"profile must be what Isolate\.stop_cpu_profiler .* gives, .* not int"
    ):
        Flamegraph(5)  # type: ignore[arg-type]  # that is the point
    with isolates.Isolate() as isolate:
        isolate.start_cpu_profiler("a")
        future: Any = isolate.stop_cpu_profiler("a")
        with pytest.raises(TypeError, match="not Future; await it, or ask its result"):
            Flamegraph(future)


def test_the_clock_may_run_backwards() -> None:
    """V8's samples are not always in order."""
    widget = Flamegraph(changed(timeDeltas=[0, 1000, -400, 1000, 1000]))
    assert all(own >= 0 for *_, own, _ in calls_of(widget))
