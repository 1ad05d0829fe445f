"""What a cell will do, before it does anything."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from isolates.magics.cell import Place
from isolates.magics.listing import LSMAGIC, QUICKREF, table
from isolates.magics.magic import Registry
from isolates.magics.shared import SHARED
from isolates.magics.targets import Targets

REGISTRY = Registry([*SHARED, LSMAGIC, QUICKREF])


def test_options_are_read() -> None:
    plan = REGISTRY.plan("%%isolate --timeout=2 $a.b-c --context c --memory 64 --no-await\n1")
    assert plan.cell is not None
    assert plan.cell.options is not None
    given = {
        "targets": Targets("$a.b-c"),
        "context": "c",
        "memory": 64.0,
        "timeout": 2.0,
        "await_promises": False,
    }
    assert given.items() <= vars(plan.cell.options).items()


def test_it_says_where_the_javascript_runs() -> None:
    cell = REGISTRY.plan("%%isolate a --context c\nx").javascript(Place())
    assert (cell.source, cell.line_offset, cell.isolate, cell.context) == ("x", 1, "a", "c")
    cell = REGISTRY.plan("%await on\nx").javascript(Place())
    assert (cell.source, cell.line_offset, cell.isolate, cell.context) == ("x", 1, "main", "main")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x", ("b", "d")),
        ("%put y --isolate z\nx", ("b", "d")),
        ("%%isolate a\nx", ("a", "main")),
        ("%%isolate b\nx", ("b", "main")),
        ("%%isolate --timeout 2\nx", ("b", "d")),
        ("%%isolate --context c\nx", ("b", "c")),
        ("%%module m\nx", ("b", "d")),
        ("%%module m --context c\nx", ("b", "c")),
        ("%%module m --isolate a\nx", ("a", "main")),
        ("%isolate\nx", ("b", "d")),
        ("%isolate a\nx", ("a", "main")),
        ("%isolate a --context c\nx", ("a", "c")),
        ("%isolate --context c\nx", ("b", "c")),
        ("%context c\nx", ("b", "c")),
        ("%isolate a\n%context c\nx", ("a", "c")),
        ("%context c\n%isolate a\nx", ("a", "main")),
    ],
)
def test_what_a_cell_leaves_out_is_the_current_place(text: str, place: tuple[str, str]) -> None:
    cell = REGISTRY.plan(text).javascript(Place("b", "d"))
    assert (cell.isolate, cell.context) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("%%isolatas a", ["%%isolatas", "%%isolate"]),
        ("%module a", ["%module", "a whole cell", "%%module?"]),
        ("%isolate 5", ["%isolate", "NAME", "'5'"]),
        ("%isolate a b", ["%isolate", "b"]),
        ("%isolate a --context 'b c'", ["%isolate", "--context", "'b c'"]),
        ("%isolate a --memory 4", ["%isolate", "--memory", "'4'"]),
        ("%isolate a --timeout 4", ["%isolate", "--timeout"]),
        ("%context 5", ["%context", "NAME", "'5'"]),
        ("%context a b", ["%context", "b"]),
        ("%%await on", ["%%await", "a line", "%await?"]),
        ("%%", ["%%isolate", "%lsmagic"]),
        ("% 5", ["%5", "%lsmagic"]),
        ("%nothing-like-it", ["%nothing"]),
        ("%%isolate a b", ["%%isolate", "b"]),
        ("%%isolate ''", ["%%isolate", "NAME", "''"]),
        ("%%isolate a --mem 5", ["no option --mem", "is --memory meant"]),
        ("%%isolate --nope 3", ["%%isolate", "no option --nope"]),
        ("%%isolate --tiemout=5 a", ["no option --tiemout (--tiemout=5): is --timeout meant"]),
        ("%%isolate --nope=3", ["%%isolate: there is no option --nope (--nope=3)"]),
        ("%%isolate -x", ["%%isolate: there is no option -x"]),
        ("%%isolate -x5", ["%%isolate: there is no option -x (-x5)"]),
        ("%%isolate -timeout 5", ["no option -t (-timeout): is --timeout meant"]),
        ("%gc -x", ["%gc: there is no option -x"]),
        ("%dispose -x", ["%dispose: there is no option -x"]),
        ("%isolates x", ["%isolates: 'x' is one too many"]),
        ("%%time a b", ["%%time: 'b' is one too many"]),
        ("%%isolate 'a", ["%%isolate", "'a", "quotation"]),
        ("%await maybe", ["%await", "on|off", "'maybe'"]),
        ("%interrupt 5", ["%interrupt", "TARGETS", "'5'"]),
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


@pytest.mark.parametrize(("line", "code"), [("-- --n", "--n"), ("-x", "-x"), ("-o -n 3 -- -x", "-x")])
def test_what_begins_as_an_option_can_be_code(line: str, code: str) -> None:
    (step,) = REGISTRY.plan(f"%timeit {line}").lines
    assert step.options is not None
    assert (step.options.code, step.options.gives_result) == (code, "-o" in line)


def test_help_begins_with_the_kind_that_was_asked_for() -> None:
    for text, name in (("%isolate?", "%isolate"), ("%%isolate?", "%%isolate"), ("?%%isolate", "%%isolate")):
        (step,) = REGISTRY.plan(text).lines
        assert REGISTRY.help(step.magic.name, step.magic.kind).startswith(f"usage: {name} ")


def test_help_says_all_that_can_be_said() -> None:
    for magic in REGISTRY:
        text = REGISTRY.help(magic.name)
        assert f"usage: {magic}" in text
        assert magic.parser.summary.endswith(".")
        for action in magic.parser._actions:
            assert action.help, (magic, action.dest)
        assert max(map(len, text.split("\n"))) <= 110


def test_the_list_has_each_magic_in_one_line() -> None:
    lines = table(REGISTRY).splitlines()
    assert [line.split()[0] for line in lines] == [str(magic) for magic in REGISTRY]
    assert all(len(line) <= 100 for line in lines)
