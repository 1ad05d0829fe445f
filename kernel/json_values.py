"""JSON that messages can carry: well-formed, and not too deep for those who read it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from isolates.text import well_formed

_DEEPEST = 200  # clients in Python read JSON by recursion
TOO_DEEP = f"JSON nested deeper than {_DEEPEST} levels"


class TooDeepError(ValueError):
    """Nobody could read it."""


def well_formed_json(value: Any) -> Any:
    """The same without lone surrogates. Raises TooDeepError."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for one in level for part in _parts(one)]
    if level:
        raise TooDeepError(TOO_DEEP)
    text = json.dumps(value, ensure_ascii=False)
    whole = well_formed(text)
    return value if whole == text else json.loads(whole)


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
