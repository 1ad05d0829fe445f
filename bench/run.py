"""Measures every figure and prints one table. A missed goal is no failure; a side that breaks is.

python bench/run.py [--quick] [--only NAME]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figure import Figure, Medians, Row
from worker import BrokenError, MissingError, Worker

FIGURES = [
    "eval",
    "eval_async",
    "apply",
    "copies",
    "transfer",
    "references",
    "new_isolate",
    "snapshot",
    "cores",
    "sum",
    "isolates_idle",
    "import_time",
    "kernel",
    "many",
    "widgets",
    "page",
    "heap_diff",
]
HEADER = ("figure", "unit", "isolates", "peer", "", "times as good", "goal", "met")


def main() -> int:
    options = parse_options()
    table: list[tuple[str, ...]] = [HEADER]
    notes: list[str] = []
    broke = False
    for name in [options.only] if options.only else FIGURES:
        print(f"measuring {name} ...", file=sys.stderr)
        figure: Figure = importlib.import_module(name).FIGURE
        medians, problems = measure(figure, options.quick)
        table += [describe(row, medians) for row in figure.rows]
        notes += [note(name, side, problem) for side, problem in problems.items()]
        broke |= "isolates" in problems or any(isinstance(p, BrokenError) for p in problems.values())
    print_table(table)
    print(*dict.fromkeys(notes), sep="\n", end="\n" if notes else "")
    return 1 if broke else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure isolates beside its peers.")
    parser.add_argument("--quick", action="store_true", help="few and short rounds: a first look")
    parser.add_argument("--only", metavar="NAME", choices=FIGURES, help=f"one of {', '.join(FIGURES)}")
    return parser.parse_args()


def measure(figure: Figure, quick: bool) -> tuple[Medians, dict[str, Exception]]:
    """Rounds of all sides in turn, so that a noisy machine hits each; the first round only warms up."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    problems: dict[str, Exception] = {}
    workers: dict[str, Worker] = {}
    options = {"seconds": 0.1 if quick else 0.4, **figure.options}
    rounds = 2 if quick else figure.rounds
    try:
        for turn in range(rounds + 1):
            for side, what in figure.sides.items():
                if side in problems:
                    continue
                try:
                    worker = workers.get(side) or workers.setdefault(side, Worker(what))
                    answer = worker.round(options)
                except (MissingError, BrokenError) as problem:
                    problems[side] = problem
                    continue
                if figure.fresh:
                    workers.pop(side).close()
                if turn:
                    for key, value in answer.items():
                        values[side][key].append(value)
    finally:
        for worker in workers.values():
            worker.close()
    done = {side: keys for side, keys in values.items() if side not in problems}
    return {side: {key: median(v) for key, v in keys.items()} for side, keys in done.items()}, problems


def describe(row: Row, medians: Medians) -> tuple[str, ...]:
    ours = medians.get("isolates", {}).get(row.key)
    peer = medians.get(row.peer, {}).get(row.key)
    ratio = row.ratio(ours, peer) if ours is not None and peer is not None else None
    goal = met = "-"
    if row.goal:
        goal = f"{row.goal.kind} {row.goal.bound:.3g} " + ("times" if row.goal.versus_peer else row.unit)
        decided = ours is not None and (ratio is not None or not row.goal.versus_peer)
        met = ("yes" if row.goal.is_met(ours or 0, ratio or 0) else "NO") if decided else "-"
    return row.title, row.unit, number(ours), number(peer), row.peer, number(ratio), goal.strip(), met


def note(figure: str, side: str, problem: Exception) -> str:
    return str(problem) if isinstance(problem, MissingError) else f"{figure} on {side} broke: {problem}"


def number(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"


def print_table(table: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    table.insert(1, tuple("-" * width for width in widths))
    for row in table:
        cells = [
            cell.rjust(width) if column in (2, 3, 5) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())
