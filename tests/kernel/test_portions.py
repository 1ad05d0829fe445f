"""What a page sees of a cell that prints too much for Jupyter's server: its start, its end and its result."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from isolates.kernel import portions
from isolates.kernel.portions import LARGEST, TAIL, Portions

channels = pytest.importorskip("jupyter_server.services.kernels.connection.channels")


NOTICE = "<the server's notice>"


class Server:
    """The limit of Jupyter's own server, with the options that it has by default."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        clock = SimpleNamespace(time=lambda: self.now)
        monkeypatch.setattr(channels, "IOLoop", SimpleNamespace(current=lambda: clock))
        monkeypatch.setattr(portions, "time", SimpleNamespace(monotonic=lambda: self.now))
        real = channels.ZMQChannelsWebsocketConnection
        options = ("limit_rate", "iopub_msg_rate_limit", "iopub_data_rate_limit", "rate_limit_window")
        self.connection = SimpleNamespace(
            **{name: real.class_traits()[name].default_value for name in options},
            _iopub_window_byte_queue=[],
            _iopub_window_msg_count=0,
            _iopub_window_byte_count=0,
            _iopub_msgs_exceeded=False,
            _iopub_data_exceeded=False,
            get_part=lambda name, value, parts: value,
            write_stderr=lambda text, parent: self.shown.append(NOTICE),
            log=SimpleNamespace(warning=lambda text: None),
        )
        self.limits = real._limit_rate
        self.shown: list[str] = []

    def send(self, kind: str, content: dict[str, Any]) -> None:
        header = json.dumps({"msg_type": kind}).ljust(500).encode()
        message = {"header": {"msg_type": kind}, "parent_header": {}, "content": content}
        parts = [header, b"{}", b"{}", json.dumps(content, ensure_ascii=False).encode()]
        if not self.limits(self.connection, "iopub", message, parts):
            self.shown.append(content.get("text", kind))


def run_cell(server: Server, portions: Portions, lines: list[str], rate: float) -> list[str]:
    """A cell prints so many characters a second, as kernel/output.py would send it. What all messages are."""
    sent: list[str] = []
    queued: list[str] = []
    size, due = 0, server.now + 0.05

    def flush(*, may_wait: bool) -> int:
        texts, rest = portions.take("".join(queued), may_wait=may_wait)
        queued[:] = [rest]
        sent.extend(texts)
        for text in texts:
            server.send("stream", {"name": "stdout", "text": text})
        return len(rest)

    for line in lines:
        queued.append(line)
        size += len(line)
        server.now += len(line) / rate
        if server.now >= due or size > LARGEST + TAIL:
            size, due = flush(may_wait=True), server.now + 0.25
    flush(may_wait=False)
    server.send("execute_result", {})
    server.send("status", {"execution_state": "idle"})
    portions.idle()
    return sent


LINES = {
    "ASCII": [f"{i}".ljust(99, ".") + "\n" for i in range(50_000)],
    "short lines": [f"{i % 10}\n" for i in range(1_200_000)],
    "not ASCII": [f"{i} {'é漢' * 20}\n" for i in range(50_000)],
    "coloured": [f"\x1b[33m{i}\x1b[39m\n" for i in range(200_000)],
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("rate", [3e5, 1.5e6, 5e6, 2e7])
def test_the_start_the_end_and_the_result_come_through(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], rate: float
) -> None:
    server, portions = Server(monkeypatch), Portions()
    for _ in range(2):  # the second cell has all of the limit again
        server.shown.clear()
        text = "".join(lines)
        sent = run_cell(server, portions, lines, rate)
        assert "".join(sent) == text
        assert max(len(one) for one in sent) <= LARGEST
        *shown, result, _ = server.shown
        assert result == "execute_result"
        assert text.startswith(shown[0])
        assert text.endswith(shown[-1])
        if NOTICE not in shown:
            assert "".join(shown) == text
            continue
        assert len("".join(shown[: shown.index(NOTICE)]).encode()) > 1_000_000
        assert all(one.endswith("\n") for one in sent)
        assert len(shown[-1]) > 1000


def test_what_is_small_never_waits() -> None:
    portions = Portions()
    for _ in range(50):
        assert portions.take("one line\n", may_wait=True) == (["one line\n"], "")


def test_one_line_without_an_end_is_sent_whole() -> None:
    texts, rest = Portions().take("x" * 5_000_000, may_wait=False)
    assert "".join(texts) == "x" * 5_000_000
    assert rest == ""
