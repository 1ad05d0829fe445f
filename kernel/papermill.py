"""Parameters for notebooks of this kernel: `papermill in.ipynb out.ipynb -p n 5`.

Papermill knows no JavaScript, and looks into installed packages for engines, but not for translators. So
setup.cfg declares this module as an engine, which is papermill's own under another name; what counts is that
it is imported.
"""

from __future__ import annotations

import json
import math
from typing import Any

from papermill.engines import NBClientEngine
from papermill.translators import Translator, papermill_translators

__all__ = ["JavaScriptTranslator", "NBClientEngine"]

_LARGEST_SAFE_INTEGER = 2**53 - 1


class JavaScriptTranslator(Translator):  # type: ignore[misc]  # Papermill has no types.
    """The cell of parameters is declarations, which replace those of a cell before, of whatever kind."""

    @classmethod
    def translate_none(cls, val: None) -> str:
        return "null"

    @classmethod
    def translate_str(cls, val: str) -> str:
        return json.dumps(val)

    @classmethod
    def translate_int(cls, val: int) -> str:
        return str(val) if abs(val) <= _LARGEST_SAFE_INTEGER else f"{val}n"

    @classmethod
    def translate_float(cls, val: float) -> str:
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return "NaN" if math.isnan(val) else repr(val)

    @classmethod
    def translate_list(cls, val: list[Any]) -> str:
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def translate_dict(cls, val: dict[Any, Any]) -> str:
        # A computed name is never a setter of prototypes.
        entries = (f"[{cls.translate_str(str(key))}]: {cls.translate(item)}" for key, item in val.items())
        return f"{{{', '.join(entries)}}}"

    @classmethod
    def translate_escaped_str(cls, str_val: object) -> str:
        return cls.translate_str(str(str_val))

    @classmethod
    def comment(cls, cmt_str: str) -> str:
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name: str, str_val: str) -> str:
        return f"let {name} = {str_val};"


papermill_translators.register("javascript", JavaScriptTranslator)
