"""Errors are remembered in a Python notebook too."""

from __future__ import annotations

import ast
from typing import Any

READ = "[(e.kind, e.name, e.message, e.context) for e in manager.get({!r}).errors]"


def test_errors_of_an_isolate_are_remembered(notebook: Any) -> None:
    notebook.fails("%%isolate failing\nnull.x")
    notebook.ok("%%isolate failing --context c\nPromise.reject(new RangeError('late')); 0")
    assert ast.literal_eval(notebook.ok(READ.format("failing")).result) == [
        ("cell", "TypeError", "Cannot read properties of null (reading 'x')", "main"),
        ("promise", "RangeError", "late", "c"),
    ]
