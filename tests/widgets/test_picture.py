"""Pictures of charts."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

from isolates.widgets.picture import Line, chart, image

RED, BLUE = "#ff0000", "#0000ff"


def text_of(value: float) -> str:
    return f"{value:g}<"


def paths(svg: str) -> dict[str, str]:
    """The last path of each colour: its line."""
    root = ElementTree.fromstring(svg)
    return {path.attrib["stroke"]: path.attrib["d"] for path in root.iter() if path.tag.endswith("path")}


def heights(path: str) -> list[float]:
    return [float(y) for y in re.findall(r"[ML]\S+ (\S+?)(?=[ML]|$)", path)]


def drawn(values: Sequence[float], **options: bool) -> list[float]:
    base = Line("base", [1.0] * len(values), BLUE)
    return heights(paths(chart(range(len(values)), [base, Line("it", values, RED, **options)], text_of))[RED])


def test_larger_values_are_higher() -> None:
    low, middle, high = drawn([0, 1, 2])
    assert low > middle > high
    assert low - middle == middle - high


def test_what_is_unknown_is_a_gap() -> None:
    svg = chart([0, 1, 2, 3], [Line("it", [1, math.nan, 1, 2], RED)], text_of)
    assert len(heights(paths(svg)[RED])) == 3
    assert paths(svg)[RED].count("M") == 2


def test_a_line_that_is_far_above_does_not_make_the_others_flat() -> None:
    assert drawn([100, 100], may_leave=True) == []
    assert len(drawn([2, 2], may_leave=True)) == 2


def test_long_histories_are_thinned_and_keep_their_last_point() -> None:
    assert len(drawn(list(range(1000)))) < 300
    assert drawn(list(range(1000)))[-1] == min(drawn(list(range(1000))))


def test_too_little_makes_no_picture() -> None:
    assert chart([], [Line("it", [], RED)], text_of) == ""
    assert chart([1], [Line("it", [1], RED)], text_of) == ""


def test_nothing_but_zeros_and_gaps_makes_one() -> None:
    assert drawn([0, 0]) == [196.0, 196.0]
    ElementTree.fromstring(chart([0, 0], [Line("it", [math.nan, math.nan], RED)], text_of))


def test_texts_are_escaped() -> None:
    svg = chart([0, 1], [Line("<script>&", [1, 2], RED)], text_of)
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]
    assert "<script>& 2<" in texts
    html = image(svg, 'a "label" <b>')
    assert 'alt="a &quot;label&quot; &lt;b&gt;"' in html
    assert base64.b64decode(html.split("base64,")[1].split('"')[0]).decode() == svg
