"""What goes wrong in an isolate is remembered: `manager.get(name).errors`."""

from __future__ import annotations

import ast
import time
from typing import Any

DEADLINE_S = 30.0
READ = """%%python
[(e.kind, e.cell, e.context, e.name, e.message, e.generation) for e in manager.get({!r}).errors]"""

Entry = tuple[str, str, str, str, str, int]


def errors_of(kernel: Any, name: str, count: int) -> list[Entry]:
    """When there are so many."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        found: list[Entry] = ast.literal_eval(kernel.ok(READ.format(name)).result)
        if len(found) >= count:
            return found
    raise AssertionError(found)


def name_of(run: Any) -> str:
    return f"In [{run.reply['execution_count']}]"


def test_cells_promises_and_timers_leave_their_errors(kernel: Any) -> None:
    thrown = name_of(kernel.fails("%%isolate log --context c\nnull.x"))
    wrong = name_of(kernel.fails("%%isolate log\nlet a = = 1"))
    value = name_of(kernel.fails("%%isolate log\nthrow 'text'"))
    promise = name_of(kernel.ok("%%isolate log\nPromise.reject(new RangeError('late')); 0"))
    timer = name_of(kernel.ok("%%isolate log\nvoid setTimeout(() => { throw new Error('timer') }, 1)"))
    slow = name_of(kernel.fails("%%isolate log --timeout 0.05\nfor (;;);"))
    errors = sorted(errors_of(kernel, "log", 6), key=lambda error: error[1])
    expected = [
        ("cell", thrown, "c", "TypeError", "Cannot read properties of null (reading 'x')", 1),
        ("cell", wrong, "main", "SyntaxError", "Unexpected token '='", 1),
        ("cell", value, "main", "Uncaught", "'text'", 1),
        ("promise", promise, "main", "RangeError", "late", 1),
        ("callback", timer, "main", "Error", "timer", 1),
    ]
    assert errors[:5] == expected
    assert errors[5][:4] == ("cell", slow, "main", "ScriptTimeoutError")


def test_interrupts_and_wrong_options_are_none(kernel: Any) -> None:
    kernel.ok("%%isolate calm\n1")
    job = kernel.ok("%%isolate calm -a -o ends\nfor (;;);")
    assert job is not None
    kernel.ok("%interrupt calm")
    kernel.ok("%%python\nends.wait(10)")
    kernel.fails("%%isolate calm --memory 64\n1")
    assert errors_of(kernel, "calm", 0) == []


def test_the_end_of_an_isolate_is_seen_in_the_one_that_follows(kernel: Any) -> None:
    code = "const all = []; for (;;) all.push(new Array(1000).fill(1))"
    cell = name_of(kernel.fails(f"%%isolate small --memory 16\n{code}"))
    kernel.ok("%%isolate small\n1")
    kernel.fails("%%isolate small\nmissing")
    *ends, last = errors_of(kernel, "small", 3)
    assert sorted(error[:4] for error in ends) == [
        ("cell", cell, "main", "MemoryLimitError"),
        ("end", "", "", "Gone"),
    ]
    assert [error[5] for error in ends] == [1, 1]
    assert last[3:] == ("ReferenceError", "missing is not defined", 2)
    kernel.ok("%dispose small")
    kernel.ok("%%isolate small\n1")
    assert errors_of(kernel, "small", 0) == []
