"""Isolates as the user of a magic names them."""

from __future__ import annotations

import argparse

import pytest
from IPython.core.error import UsageError

from isolates.magics.targets import Targets, targets

WRONG = (
    *(
        [
            ",",
            "a,",
            "a,,b",
            "1a",
            "a;b",
            "a[",
            "a]",
            "a[]",
            "a[:]",
            "a[1:]",
            "a[3:1]",
            "a[0:2:0]",
            "a[-1]",
            "[0:2]",
            "a[0:1001]",
            "a[0:9999999999]",
        ]
    ),
    *(["a[0:2]x", "a[0:2]*", "a[__import__('os')]", "a[0]()", "é[0:2]"]),
    "",
    "a b",
)
LIVING = ["main", "w10", "w2", "a", "b"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a", ["a"]),
        ("new", ["new"]),
        ("b,a,b", ["b", "a"]),
        ("w[0:3]", ["w0", "w1", "w2"]),
        ("w[:2]", ["w0", "w1"]),
        ("w[1:6:2]", ["w1", "w3", "w5"]),
        ("w[7]", ["w7"]),
        ("w*", ["w2", "w10"]),
        ("?", ["a", "b"]),
        ("*", ["a", "b", "main", "w2", "w10"]),
        ("all", ["a", "b", "w2", "w10"]),
        ("main,all", ["main", "a", "b", "w2", "w10"]),
        ("w[1:3],a,w*", ["w1", "w2", "a", "w10"]),
        ("$a.b-c", ["$a.b-c"]),
    ],
)
def test_what_is_meant(text: str, names: list[str]) -> None:
    assert targets(text).names(LIVING) == names


@pytest.mark.parametrize(
    "text",
    WRONG,
)
def test_what_is_no_target_is_named(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as told:
        targets(text)
    assert repr(text) in str(told.value)


@pytest.mark.parametrize(("text", "piece"), [("x*", "x*"), ("a,x*", "x*"), ("all", "all")])
def test_a_glob_that_means_nothing_is_named(text: str, piece: str) -> None:
    with pytest.raises(UsageError, match="no isolate that lives is meant; there is main"):
        targets(text).names(["main"])
    with pytest.raises(UsageError) as told:
        targets(text).names([])
    assert repr(piece) in str(told.value)


@pytest.mark.parametrize(
    ("text", "name"), [("a", "a"), ("b,a", "b"), ("w[3:5]", "w3"), ("w*", None), ("all", None), ("?,a", None)]
)
def test_one_of_them_is_known_without_looking(text: str, name: str | None) -> None:
    assert Targets(text).example == name
