"""A tree of calls as arrays of numbers, for the page."""

from __future__ import annotations

import heapq
from array import array

from isolates.magics.calls import Call, CallTree, Place, functions

MOST_CALLS = 50_000
DEEPEST = 1000


class FlatCalls:
    """`parents` and `numbers` (of places) have a number for each call, in the order of a walk. `costs` has
    two: its own and in all. `functions` has three for each function: its place, its own cost, and in all.

    What is small is left out of more than `MOST_CALLS` calls, and what is deeper than `DEEPEST`: see `notes`.
    """

    def __init__(self, tree: CallTree) -> None:
        self.places: dict[Place, int] = {}
        self.parents = array("i")
        self.numbers = array("i")
        self.costs = array("d")
        self.notes: list[str] = []
        self._add_all(tree.root, *_least(tree.root))
        self.functions = array("d")
        for one in functions(tree):
            self.functions.extend((self._number(one.place), one.own, one.total))

    def _add_all(self, root: Call, least: float, room: int) -> None:
        """Those that cost more than `least`, and as many as there is room for of those that cost as much."""
        left = [(call, -1, 1) for call in _in_order(root)]
        is_too_deep = is_too_many = False
        while left:
            call, parent, depth = left.pop()
            if depth > DEEPEST:
                is_too_deep = True
                continue
            if call.total < least or (call.total == least and not room):
                is_too_many = True
                continue
            room -= call.total == least
            number = len(self.parents)
            self.parents.append(parent)
            self.numbers.append(self._number(call.place))
            self.costs.extend((call.own, call.total))
            left += [(child, number, depth + 1) for child in _in_order(call)]
        if is_too_many:
            self.notes.append(f"the smallest of more than {MOST_CALLS:,} calls are not drawn")
        if is_too_deep:
            self.notes.append(f"calls deeper than {DEEPEST:,} are not drawn")

    def _number(self, place: Place) -> int:
        return self.places.setdefault(place, len(self.places))


def _in_order(parent: Call) -> list[Call]:
    """For a stack: what comes first is last."""
    return sorted(parent.children.values(), key=lambda one: (-one.total, one.place), reverse=True)


def _least(root: Call) -> tuple[float, int]:
    """What the last one costs that there is room for, and for how many of that cost there is.

    No call costs more than the one that it is in.
    """
    totals: list[float] = []
    left = [*root.children.values()]
    while left:
        call = left.pop()
        totals.append(call.total)
        left += call.children.values()
    if len(totals) <= MOST_CALLS:
        return -1.0, 0
    largest = heapq.nlargest(MOST_CALLS, totals)
    return largest[-1], largest.count(largest[-1])
