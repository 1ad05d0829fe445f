"""Memory over time as a picture, in the colours of the live chart (front/plots.js)."""

from __future__ import annotations

from collections.abc import Sequence

from isolates.magics.tables import size_text
from isolates.widgets.history import Point
from isolates.widgets.picture import Line, chart, image


def memory_chart(points: Sequence[Point], label: str) -> str:
    """HTML; "" for fewer than two points."""
    lines = [
        Line("used", [point.used for point in points], "#4c8dd8"),
        Line("total", [point.total for point in points], "#e08a1e"),
        Line("external", [point.external for point in points], "#3aa66f"),
        Line("limit", [point.limit for point in points], "#d0604c", "5 4", may_leave=True),
    ]
    svg = chart([point.time_s for point in points], lines, size_text)
    return image(svg, label) if svg else ""
