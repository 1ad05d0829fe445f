"""CPU profiles as trees and flame graphs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from isolates.magics.calls import call_tree, functions
from isolates.magics.flame import flame_graph
from isolates.magics.profile import shown


def profile(*nodes: tuple[int, str, list[int]], samples: list[int], step_us: int = 1000) -> dict[str, Any]:
    """Nodes by id, name and children; each sample lasts `step_us`. Names in parentheses are V8's."""
    return {
        "nodes": [
            {
                "id": number,
                "callFrame": {
                    "functionName": name,
                    "url": "" if name.startswith("(") else "In [1]",
                    "lineNumber": -1 if name.startswith("(") else len(name),
                    "columnNumber": -1 if name.startswith("(") else 4,
                },
                "children": children,
            }
            for number, name, children in nodes
        ],
        "samples": samples,
        "timeDeltas": [0, *[step_us] * (len(samples) - 1)],
        "startTime": 0,
        "endTime": step_us * len(samples),
    }


RECURSIVE = profile(
    (1, "(root)", [2, 3, 6]),
    (2, "(idle)", []),
    (3, "outer", [4]),
    (4, "again", [5]),
    (5, "again", []),
    (6, "(garbage collector)", []),
    samples=[2, 3, 4, 5, 5, 6, 2],
)


def test_times_add_up() -> None:
    tree = call_tree(RECURSIVE)
    assert tree.idle_s == pytest.approx(0.002)
    assert tree.root.total == pytest.approx(0.005)
    times = {one.place.name: (one.own, one.total) for one in functions(tree)}
    assert times == {
        "again": (pytest.approx(0.003), pytest.approx(0.003)),
        "outer": (pytest.approx(0.001), pytest.approx(0.004)),
        "(garbage collector)": (pytest.approx(0.001), pytest.approx(0.001)),
    }
    assert functions(tree)[0].place.name == "again"


def test_the_same_function_below_the_same_call_is_one() -> None:
    tree = call_tree(
        profile((1, "(root)", [2]), (2, "f", [3, 4]), (3, "g", []), (4, "g", []), samples=[3, 4, 4])
    )
    (f,) = tree.root.children.values()
    assert [call.own for call in f.children.values()] == [pytest.approx(0.003)]


def test_an_image_is_xml_whatever_functions_are_called() -> None:
    evil = "</title><script>alert(1)</script>\"'&\x00\u202e\ud800]]>"
    nodes = profile((1, "(root)", [2]), (2, evil, []), samples=[2, 2])
    graph = flame_graph(call_tree(nodes))
    root = ET.fromstring(graph.svg)
    titles = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 1
    assert "</title><script>alert(1)</script>\"'&" in titles[0]
    assert "<script" not in shown(nodes, 1000)["text/html"]
    assert all(sign.isprintable() or sign == "\n" for sign in shown(nodes, 1000)["text/plain"])
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "rect", "text"}


def test_an_image_is_the_same_each_time() -> None:
    assert flame_graph(call_tree(RECURSIVE)) == flame_graph(call_tree(RECURSIVE))


def test_large_profiles_are_cut_and_it_is_said() -> None:
    deep = [(number, f"f{number % 7}", [number + 1]) for number in range(2, 200)]
    graph = flame_graph(call_tree(profile((1, "(root)", [2]), *deep, (200, "end", []), samples=[200] * 5)))
    assert graph.svg.count("<rect") == 80
    assert graph.notes == ["calls deeper than 80 are not drawn"]
    wide = [(number, f"f{number}", []) for number in range(2, 5000)]
    samples = [2] * 100 + list(range(3, 5000))
    nodes = profile((1, "(root)", list(range(2, 5000))), *wide, samples=samples)
    graph = flame_graph(call_tree(nodes))
    assert graph.svg.count("<rect") == 1
    assert graph.notes == ["calls with less than 0.1% of the time are not drawn"]
    assert "... and 4,978 more functions" in shown(nodes, 1000)["text/plain"]


def test_nothing_to_see_is_said() -> None:
    bundle = shown(profile((1, "(root)", [2]), (2, "(idle)", []), samples=[2]), 500)
    assert bundle == {"text/plain": bundle["text/plain"]}
    assert "too short" in bundle["text/plain"]
