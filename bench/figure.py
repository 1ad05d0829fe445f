"""What a benchmark file declares: the sides to measure, and the rows of the table that come out of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Medians = Mapping[str, Mapping[str, float]]  # side -> key -> median over the rounds


@dataclass(frozen=True)
class Goal:
    """A bound on our figure itself, or, with `versus_peer`, on how many times as good as the peer it is."""

    bound: float
    kind: str = "at most"
    versus_peer: bool = False

    def is_met(self, ours: float, ratio: float) -> bool:
        figure = ratio if self.versus_peer else ours
        return figure <= self.bound if self.kind == "at most" else figure >= self.bound


def times(bound: float) -> Goal:
    return Goal(bound, "at least", versus_peer=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, "at most")


def at_least(bound: float) -> Goal:
    return Goal(bound, "at least")


@dataclass(frozen=True)
class Row:
    """One line of the table: the figure `key`, ours beside one peer's."""

    key: str
    title: str
    unit: str
    peer: str
    goal: Goal | None = None
    higher_is_better: bool = False

    def ratio(self, ours: float, peer: float) -> float:
        """How many times as good as the peer we are."""
        better, worse = (ours, peer) if self.higher_is_better else (peer, ours)
        return better / worse if worse else math.nan


@dataclass(frozen=True)
class Figure:
    """One benchmark. `sides` names, for each side, what its worker runs (see worker.py)."""

    sides: Mapping[str, list[str]]
    rows: list[Row]
    options: Mapping[str, Any] = field(default_factory=dict)
    rounds: int = 9
    fresh: bool = False  # each round in a process of its own
