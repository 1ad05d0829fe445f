"""The errors that are remembered of isolates of one name."""

from __future__ import annotations

from isolates.magics.error_log import ErrorLog


def test_the_last_errors_are_kept() -> None:
    log = ErrorLog()
    for number in range(60):
        log.add("cell", f"In [{number}]", "main", "TypeError", "no", 1)
    assert (len(log), log.count) == (50, 60)
    assert [error.cell for error in log][0::49] == ["In [10]", "In [59]"]


def test_texts_are_cut() -> None:
    log = ErrorLog()
    log.add("promise", "In [1]", "main", "N" * 1_000_000, "m" * 1_000_000, 1)
    (error,) = log
    assert (len(error.name), len(error.message)) == (100, 1000)
    assert (error.name[-1], error.message[-1]) == ("…", "…")
