"""How an object is held, as text: the names by which user code comes to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

EDGE_KINDS = {"weak": 1, "shortcut": 2}
"""As heap_compare.js numbers them; all others are 0."""

_SLOT = " \u203a "
_NO_STEPS = {"global_object", "script_context_table", "global_proxy_object"}


class Step(NamedTuple):
    """An edge, and the object that it leads to."""

    edge: str
    label: str
    type: str
    name: str


def path_text(steps: Sequence[Step], *, is_whole: bool = True) -> str:
    """`cache[3].name`, from steps that end at the object.

    What only V8 can follow comes after a sign of its own: `f \u203a context \u203a count` is a variable that
    the function f has kept.
    """
    text = "" if is_whole else "\u2026"
    for step in steps:
        text += _text(step, is_first=not text)
    return text.removeprefix(_SLOT)


def _text(step: Step, is_first: bool) -> str:
    match step.edge:
        case "property" if step.label.isidentifier() or step.label.replace("$", "_").isidentifier():
            return step.label if is_first else f".{step.label}"
        case "property":
            return f"[{json.dumps(step.label, ensure_ascii=False)}]"
        case "element" if step.type == "synthetic":
            return f"{_SLOT}{step.name}"
        case "element":
            return f"[{step.label}]" if not is_first else f"{step.name}[{step.label}]"
        case "context":
            return step.label if is_first else f"{_SLOT}{step.label}"
        case "internal" if step.label.isdigit():
            return "" if is_first else f"[{step.label}]"
        case "internal" if step.label not in _NO_STEPS:
            return f"(V8){_SLOT}{step.label}" if is_first else f"{_SLOT}{step.label}"
    return ""
