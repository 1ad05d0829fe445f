"""Values and errors of cells as Python's objects, which IPython shows as this project's kernel does."""

from __future__ import annotations

import re
from typing import Any

from isolates.kernel.display import Bundle
from isolates.kernel.report import ErrorReport


class CellValue:
    """How the value of a cell of JavaScript looks. `%get` and `--out` bring the value itself."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def __repr__(self) -> str:
        return self._bundle.text

    def _repr_mimebundle_(self, **options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._bundle.data, self._bundle.metadata


_COLOUR = re.compile(r"\x1b\[\d*m")


def with_report(error: BaseException, report: ErrorReport, has_colours: bool = True) -> BaseException:
    """The error, for which IPython shows the report in place of a traceback through this package."""
    lines = report.traceback if has_colours else [_COLOUR.sub("", line) for line in report.traceback]
    error._render_traceback_ = lambda: list(lines)  # type: ignore[attr-defined]  # IPython looks for it
    return error.with_traceback(None)
