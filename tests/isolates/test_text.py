"""Text on its way out."""

from __future__ import annotations

import time

import pytest

from isolates.text import without_controls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\r\n", "plain\ttext\r\n"),
        ("\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[m", "\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[m"),
        ("\x1b]0;title\x07", "\u241b]0;title\u2407"),
        ("\x1b[2J\x1b[5A\x1bc", "\u241b[2J\u241b[5A\u241bc"),
        ("\x9b2J\x85", "\ufffd2J\ufffd"),
        ("a\x08\x7f\x0b\x0c\x00", "a\u2408\u2421\u240b\u240c\u2400"),
        ("\x1b", "\u241b"),  # the rest of a sequence may come with the next text
        ("\ud800\x1b[2J", "\ufffd\u241b[2J"),
    ],
)
def test_what_a_terminal_obeys_can_be_seen_instead(text: str, shown: str) -> None:
    assert without_controls(text) == shown


@pytest.mark.parametrize("text", ["\x1b" * 3_000_000, "\x1b[" + "1;" * 1_500_000, "\x9b" * 3_000_000])
def test_much_of_it_takes_no_time(text: str) -> None:
    began_s = time.process_time()
    without_controls(text)
    assert time.process_time() - began_s < 2
