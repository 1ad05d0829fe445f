"""What a cell will do, before it does anything."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from isolates.magics.listing import LSMAGIC, QUICKREF, table
from isolates.magics.magic import Registry
from isolates.magics.shared import SHARED

REGISTRY = Registry([*SHARED, LSMAGIC, QUICKREF])


def test_options_are_read() -> None:
    plan = REGISTRY.plan("%%isolate --timeout=2 $a.b-c --context c --memory 64 --no-await\n1")
    assert plan.cell is not None
    assert plan.cell.options is not None
    assert vars(plan.cell.options) == {
        "isolate": "$a.b-c",
        "context": "c",
        "memory": 64.0,
        "timeout": 2.0,
        "await_promises": False,
    }


def test_it_says_where_the_javascript_runs() -> None:
    cell = REGISTRY.plan("%%isolate a --context c\nx").javascript
    assert (cell.source, cell.line_offset, cell.isolate, cell.context) == ("x", 1, "a", "c")
    cell = REGISTRY.plan("%await on\nx").javascript
    assert (cell.source, cell.line_offset, cell.isolate, cell.context) == ("x", 1, "main", "main")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("%%isolates a", ["%%isolates", "%%isolate"]),
        ("%isolate a", ["%isolate", "a whole cell", "%%isolate?"]),
        ("%%await on", ["%%await", "a line", "%await?"]),
        ("%%", ["%%isolate", "%lsmagic"]),
        ("% 5", ["%5", "%lsmagic"]),
        ("%nothing-like-it", ["%nothing"]),
        ("%%isolate a b", ["%%isolate", "b"]),
        ("%%isolate ''", ["%%isolate", "NAME", "''"]),
        ("%%isolate a --mem 5", ["--mem"]),
        ("%%isolate 'a", ["%%isolate", "'a", "quotation"]),
        ("%await maybe", ["%await", "on|off", "'maybe'"]),
        ("%interrupt 5", ["%interrupt", "NAME", "'5'"]),
        ("%%module", ["%%module", "NAME"]),
        ("%%module m --context", ["%%module", "--context"]),
        ("%lsmagic x", ["%lsmagic", "x"]),
        ("%await on\n%await\n1", ["%await", "on|off"]),
    ],
)
def test_what_is_wrong_is_named(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        REGISTRY.plan(text)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "text", ["%%isolate?", "%isolate?", "%%isolate --help", "%%isolate -h", "%%isolate ?"]
)
def test_help_is_asked_for(text: str) -> None:
    plan = REGISTRY.plan(text)
    (step,) = plan.lines or (plan.cell,)
    assert step is not None
    assert step.options is None
    assert step.magic.name == "isolate"


def test_help_says_all_that_can_be_said() -> None:
    for magic in REGISTRY:
        text = REGISTRY.help(magic.name)
        assert text.startswith(f"usage: {magic}")
        assert magic.parser.summary.endswith(".")
        for action in magic.parser._actions:
            assert action.help, (magic, action.dest)
        assert max(map(len, text.split("\n"))) <= 110


def test_the_list_has_each_magic_in_one_line() -> None:
    lines = table(REGISTRY).splitlines()
    assert [line.split()[0] for line in lines] == [str(magic) for magic in REGISTRY]
    assert all(len(line) <= 100 for line in lines)
