"""%modules and %require in a Python notebook."""

from __future__ import annotations

from typing import Any


def test_modules_are_loaded_and_listed(notebook: Any) -> None:
    notebook.ok("%%module triple\nexport const three = 3")
    assert notebook.ok("%require triple as t --isolate a").stdout.startswith("t: cell, In [")
    assert notebook.ok("%%isolate a\nt.three").result == "3"
    (message,) = notebook.ok("%modules --isolate a").messages
    assert "triple" in message["content"]["data"]["text/html"]
    notebook.fails("%%module falling --isolate a\nthrow new RangeError('inside')")
    notebook.fails("%require falling --isolate a")
    (message,) = notebook.ok("%modules --isolate a").messages
    assert "failed: RangeError: inside" in message["content"]["data"]["text/plain"]


def test_what_is_wrong_does_nothing(notebook: Any) -> None:
    for line, word in [
        ("%require nothing-there", "NAME 'nothing-there'"),
        ("%modules --isolate never", "'never'"),
    ]:
        run = notebook.run(line)
        assert run.reply["ename"] == "UsageError"
        assert word in run.stderr
