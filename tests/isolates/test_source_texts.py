"""What is kept of texts of modules."""

from __future__ import annotations

from isolates.source_texts import SourceTexts


def test_the_newest_are_kept_and_no_long_ones() -> None:
    texts = SourceTexts()
    for number in range(20):
        texts.add(f"/{number}", "x" * 4_000_000)
    assert list(texts) == [f"/{number}" for number in range(12, 20)]
    texts.add("/19", "short")
    texts.add("/long", "x" * 9_000_000)
    texts.add("/18", "x" * 9_000_000)  # it has become too long
    assert (texts["/19"], texts.get("/long"), texts.get("/18")) == ("short", None, None)
    assert sum(map(len, texts.values())) == 6 * 4_000_000 + 5
