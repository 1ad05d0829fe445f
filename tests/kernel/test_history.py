"""History: tail, range and search."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def ask(own_kernel: Any) -> Any:
    def ask(**request: Any) -> list[list[Any]]:
        entries: list[list[Any]] = own_kernel.reply(own_kernel.client.history(**request), "history_reply")[
            "history"
        ]
        return entries

    for code in ["'first'", "let second = 2", "'first'", "%%isolate a\n'fourth'"]:
        own_kernel.ok(code)
    return ask


def test_tail(ask: Any) -> None:
    found = ask(hist_access_type="tail", n=2)
    assert [entry[1:] for entry in found] == [[3, "'first'"], [4, "%%isolate a\n'fourth'"]]
    assert len(ask(hist_access_type="tail", n=100)) >= 4


def test_range_names_the_session(ask: Any) -> None:
    session = ask(hist_access_type="tail", n=1)[0][0]
    for named in (session, 0):
        found = ask(hist_access_type="range", session=named, start=2, stop=4)
        assert found == [[session, 2, "let second = 2"], [session, 3, "'first'"]]
    assert [entry[1] for entry in ask(hist_access_type="range", session=0, start=3)] == [3, 4]
    assert [entry[1] for entry in ask(hist_access_type="range", session=0)] == [1, 2, 3, 4]
    assert ask(hist_access_type="range", session=session + 1000) == []


def test_range_of_the_session_before(start_kernel: Any) -> None:
    codes = []
    for code in ["'older session'", "'newer session'"]:
        kernel = start_kernel()
        kernel.ok(code)
        request = kernel.client.history(hist_access_type="range", session=-1, start=1)
        codes.append([entry[2] for entry in kernel.reply(request, "history_reply")["history"]])
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=False)
    assert codes[1] == ["'older session'"]


def test_outputs_of_this_session(ask: Any) -> None:
    for request in (
        {"hist_access_type": "range", "session": 0, "start": 1},
        {"hist_access_type": "tail", "n": 4},
    ):
        found = ask(output=True, **request)
        assert [entry[2] for entry in found] == [
            ["'first'", "'first'"],
            ["let second = 2", None],
            ["'first'", "'first'"],
            ["%%isolate a\n'fourth'", "'fourth'"],
        ]


def test_search(ask: Any) -> None:
    found = ask(hist_access_type="search", pattern="*second*", n=1)
    assert [entry[2] for entry in found] == ["let second = 2"]
    assert len(ask(hist_access_type="search", pattern="'first'", unique=True)) == 1
    assert len(ask(hist_access_type="search", pattern="'first'", n=2)) == 2
    assert ask(hist_access_type="search", pattern="nothing like it") == []
