"""Tables as text and as HTML."""

from __future__ import annotations

import pytest

from isolates.magics.tables import Table, growth_text, size_text, time_text


def test_numbers_are_aligned_right_and_texts_left() -> None:
    table = Table(["name", "size", "note"], [["a", "5 KB", "x"], ["long one", "~12 KB", ""]], ["that is all"])
    assert table.text == (
        "name        size  note\n"
        "a           5 KB  x\n"
        "long one  ~12 KB\n"
        "that is all"
    )  # fmt: skip


def test_html_is_escaped() -> None:
    html = Table(["<a>"], [["<b>"]], ["<c>"]).html
    assert ">&lt;a&gt;</th>" in html
    assert ">&lt;b&gt;</td>" in html
    assert html.endswith("<p>&lt;c&gt;</p>")


def test_a_number_and_its_unit_stay_on_one_line_of_a_page() -> None:
    html = Table(["name", "size"], [["a b", "1.2 MB"]]).html
    assert '<td style="text-align: left">a b</td>' in html
    assert '<td style="text-align: right; white-space: nowrap">1.2 MB</td>' in html


def test_a_table_may_be_empty() -> None:
    assert Table(["one", "two"], []).bundle() == {
        "text/plain": "one  two",
        "text/html": '<table class="tex2jax_ignore mathjax_ignore"><thead><tr>'
        '<th scope="col" style="text-align: left">one</th>'
        '<th scope="col" style="text-align: left">two</th></tr></thead>'
        "<tbody></tbody></table>",
    }


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 KB"), (1536, "2 KB"), (1023999, "1000 KB"), (1024000, "1.0 MB"), (-5 << 20, "-5.0 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (99.94, "99.9 s"),
        (100, "1 min 40 s"),
        (7260, "2 h 1 min"),
    ],
)
def test_times(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_no_size_is_minus_nothing() -> None:
    assert [size_text(size) for size in (-300, -1024, 300)] == ["0 KB", "-1 KB", "0 KB"]


@pytest.mark.parametrize(
    ("size", "text"), [(5 << 20, "+5.0 MB"), (-4096, "-4 KB"), (300, "0 KB"), (-300, "0 KB"), (0, "0 KB")]
)
def test_growth_has_a_sign_if_there_is_some(size: int, text: str) -> None:
    assert growth_text(size) == text
