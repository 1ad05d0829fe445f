"""Texts that are converted in portions are those that are converted at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolates.kernel.files import texts
from isolates.kernel.files.texts import decode, encode, string_bytes

ENCODINGS = ["utf8", "latin1", "ascii", "utf16le", "hex", "base64", "base64url"]
# Beginnings and ends of characters above all.
BYTES = st.lists(
    st.sampled_from([0, 0x41, 0xC3, 0xBC, 0xF0, 0x9F, 0x98, 0x80, 0xD8, 0xDC, 0xFF]), max_size=40
)


@given(BYTES, st.sampled_from(ENCODINGS))
def test_decoding(data: list[int], encoding: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        at_once = decode(bytes(data), encoding)
        patch.setattr(texts, "_PORTION", 6)
        in_portions = decode(bytes(data), encoding)
    # Halves of a pair that two portions have are two characters of Python's, and one of JavaScript's.
    units = [text.encode("utf-16-le", "surrogatepass") for text in (at_once, in_portions)]
    assert units[0] == units[1]


@given(st.text(st.characters(exclude_categories=()), max_size=40), st.sampled_from(ENCODINGS))
def test_encoding(text: str, encoding: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        at_once = encode(text, encoding)
        patch.setattr(texts, "_PORTION", 6)
        assert encode(text, encoding) == at_once


@given(st.binary(max_size=40), st.sampled_from(["hex", "base64", "base64url", "latin1"]))
def test_there_and_back(data: bytes, encoding: str) -> None:
    assert encode(decode(data, encoding), encoding) == data


@pytest.mark.parametrize(
    ("text", "encoding", "data"),
    [
        ("4142zz43", "hex", b"AB"),
        ("414", "hex", b"A"),
        (" QU J\nD", "base64", b"ABC"),
        ("QUI=QUI=", "base64", b"AB"),
        ("-_8=", "base64", b"\xfb\xff"),
        ("Q", "base64", b""),
        ("\u0141\ud83d\ude00", "latin1", b"\x41\x3d\x00"),
        ("\ud800", "utf8", "\ufffd".encode()),
    ],
)
def test_what_is_no_such_text_is_taken_as_buffers_take_it(text: str, encoding: str, data: bytes) -> None:
    assert encode(text, encoding) == data


@given(st.text(max_size=40), st.sampled_from([1, 100, 1000]))
def test_a_string_takes_no_more_than_is_thought(text: str, times: int) -> None:
    text *= times
    is_narrow = all(char <= "\xff" for char in text)
    assert string_bytes(text) >= len(text if is_narrow else text.encode("utf-16-le"))
