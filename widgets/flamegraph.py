"""Flamegraph: where time went, or what was allocated by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isolates.magics.calls import Unit
from isolates.magics.flame import colour, flame_graph
from isolates.magics.profile import functions_table
from isolates.widgets.download import file_name, send_text
from isolates.widgets.flat_calls import FlatCalls
from isolates.widgets.live import STATIC, Buffers, LiveWidget, Request
from isolates.widgets.picture import image
from isolates.widgets.profile_reading import ProfileLike, read_profile


class Flamegraph(LiveWidget):
    """A profile of V8 as a flame graph, with search, zoom and a table of functions.

    `profile` is what `Isolate.stop_cpu_profiler` gives (time), or `Isolate.stop_heap_sampling` (the bytes
    that are kept, by who has allocated them); or its JSON, as text or bytes; or the path of a .cpuprofile or
    .heapprofile, as Node.js and Chrome's DevTools write them.

    Not drawn: time without work, and the smallest of more than 50,000 calls. Raises TypeError, ValueError if
    it is no profile or a broken one, and OSError if the file can't be read.
    """

    _esm = STATIC / "flamegraph.js"
    _css = STATIC / "flamegraph.css"

    def __init__(self, profile: ProfileLike) -> None:
        self._profile = read_profile(profile)
        self._tree = self._profile.tree
        super().__init__()

    def actions(self) -> Mapping[str, Callable[[Request], object]]:
        return {"profile": self._give_profile}

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        if not whole:
            return None
        flat = FlatCalls(self._tree)
        content = {
            "head": self._head(),
            "unit": self._tree.unit.value,
            "notes": flat.notes,
            "places": [[place.name, place.where, colour(place)] for place in flat.places],
            "suffix": self._profile.suffix,
        }
        numbers = (flat.parents, flat.numbers, flat.costs, flat.functions)
        return content, [one.tobytes() for one in numbers]

    def text(self) -> str:
        head = self._head()
        return f"{head}\n{functions_table(self._tree).text}" if self._tree.root.total else head

    def picture(self) -> str:
        head = f"<p>{self._head()}</p>"
        if not self._tree.root.total:
            return head
        graph = flame_graph(self._tree, has_titles=False)
        shown = image(graph.svg, "Flame graph: the table below has its numbers", height_px=graph.height_px)
        notes = "".join(f"<p>{note}</p>" for note in graph.notes)
        return f"{head}{shown}{notes}{functions_table(self._tree).html}"

    def _head(self) -> str:
        tree = self._tree
        whole = tree.unit.text(tree.root.total)
        if not tree.root.total:
            return "The profile has no calls: what ran was too short to be seen"
        if tree.unit is Unit.BYTES:
            return f"{whole} allocated, as samples tell"
        idle = f"; {tree.unit.text(tree.idle_s)} without work" if tree.idle_s else ""
        return f"{whole} of work in {tree.samples:,} samples{idle}"

    def _give_profile(self, request: Request) -> None:
        name = file_name("profile", self._profile.suffix)
        send_text(request, name, self._profile.text(), f"saved {name}")
