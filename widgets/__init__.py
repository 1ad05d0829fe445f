"""Widgets: see what the isolates do, and stop those that do too much.

They are live where there is a kernel, and leave a picture and a table in the saved notebook. Each is imported
when it is first asked for: the kernel has their magics from its start, and ipywidgets takes a while to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isolates.widgets.dashboard import Dashboard
    from isolates.widgets.flamegraph import Flamegraph
    from isolates.widgets.heap_diff import HeapDiff
    from isolates.widgets.heap_moment import HeapMoment
    from isolates.widgets.isolate_view import IsolateView
    from isolates.widgets.job_view import JobView

_MODULES: dict[str, str] = {
    "Dashboard": "dashboard",
    "Flamegraph": "flamegraph",
    "HeapDiff": "heap_diff",
    "HeapMoment": "heap_moment",
    "IsolateView": "isolate_view",
    "JobView": "job_view",
}
"""Where each widget is; each is imported for type checkers too (typing.TYPE_CHECKING), and in __all__."""

__all__ = [
    "Dashboard",
    "Flamegraph",
    "HeapDiff",
    "HeapMoment",
    "IsolateView",
    "JobView",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
