"""Text that was made for a terminal."""

from __future__ import annotations

import pytest

from isolates.widgets.plain_text import plain_text

TEXTS = {
    "colours": ("\x1b[1;31mred\x1b[0m and \x1b[38;5;12mblue", "red and blue"),
    "movements": ("a\x1b[2Kb\x1b[1;1Hc\x1b(Bd", "abcd"),
    "a title and a link": ("\x1b]0;title\x07a\x1b]8;;https://x\x1b\\b\x1b]8;;\x1b\\", "ab"),
    "an open escape": ("a\x1b[3", "a"),
    "an escape of the other kind": ("\x9b31mred", "red"),
    "a bar that is drawn again": ("1 %\r50 %\r100 %\ndone\r\nnext", "100 %\ndone\nnext"),
    "signs without a shape": ("a\x00b\x08c\x7f\u202ed", "a\ufffdb\ufffdc\ufffd\ufffdd"),
    "half a sign": ("a\ud83d", "a\ufffd"),
    "markup": ("<b>&amp;</b>\t'\"", "<b>&amp;</b>\t'\""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("given", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_what_is_left_is_text(given: str, expected: str) -> None:
    assert plain_text(given) == expected


def test_of_text_that_is_cut_the_first_line_is_left_out() -> None:
    assert plain_text("31mtorn\nwhole\n", is_cut=True) == "whole\n"
    assert plain_text("one long line", is_cut=True) == "one long line"


def test_many_open_escapes_take_no_time() -> None:
    """4 KB of the worst: a pattern that goes back would take minutes."""
    for worst in ("\x1b[" * 2048, "\x1b]" * 2048, "\x1b[0;" * 1024, "\x1b" * 4096, "\r" * 4096):
        assert len(plain_text(worst)) <= 4096
