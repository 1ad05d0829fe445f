"""examples/inspector_server.py, as a debugger meets it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

SERVER = Path(__file__).parent.parent / "examples" / "inspector_server.py"
DEADLINE_S = 20

pytestmark = [
    pytest.mark.skipif(not SERVER.is_file(), reason="installed without its examples"),
    pytest.mark.timeout(60, method="thread"),
]


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(SERVER), "--port", "0", "--interval", "0.05"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def url_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    found = re.fullmatch(r"Debugger listening on (ws://127\.0\.0\.1:\d+/\w+)\n", server.stdout.readline())
    assert found
    return found[1]


def end(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGINT)
    assert server.wait(DEADLINE_S) == 0


def get_json(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=DEADLINE_S) as answer:
        return json.load(answer)


@contextlib.asynccontextmanager
async def connected(target: str | HTTPRequest) -> AsyncIterator[WebSocketClientConnection]:
    socket = await websocket_connect(target)
    try:
        yield socket
    finally:
        socket.close()
        while (
            socket.protocol is not None
            and await asyncio.wait_for(socket.read_message(), DEADLINE_S) is not None
        ):
            pass


class Client:
    """The frontend's end of the WebSocket."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        self._last_id = 0

    async def wait(self, wanted: int | str) -> dict[str, Any]:
        while True:
            text = await asyncio.wait_for(self._socket.read_message(), DEADLINE_S)
            assert text is not None, "the server has closed the connection"
            message: dict[str, Any] = json.loads(text)
            if wanted in (message.get("id"), message.get("method")):
                return message

    async def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._last_id += 1
        await self._socket.write_message(
            json.dumps({"id": self._last_id, "method": method, "params": parameters})
        )
        result: dict[str, Any] = (await self.wait(self._last_id))["result"]
        return result


def test_a_debugger_pauses_evaluates_and_resumes(server: subprocess.Popen[str]) -> None:
    url = url_of(server)

    async def debug() -> None:
        async with connected(url) as socket:
            client = Client(socket)
            await client.ask("Runtime.enable")
            await client.ask("Debugger.enable")
            paused = (await client.wait("Debugger.paused"))["params"]["callFrames"]
            assert [frame["functionName"] for frame in paused] == ["tick", ""]
            frame = {"callFrameId": paused[0]["callFrameId"]}
            value = await client.ask("Debugger.evaluateOnCallFrame", expression="n === start", **frame)
            assert value["result"]["value"] is True
            await client.ask("Debugger.evaluateOnCallFrame", expression="n = 8", **frame)
            await client.ask("Debugger.stepOver")
            await client.wait("Debugger.paused")
            await client.ask("Debugger.resume")
            logged = (await client.wait("Runtime.consoleAPICalled"))["params"]["args"]
            assert logged[0]["value"].endswith("takes 3 steps")  # 8, 4, 2, 1

    asyncio.run(debug())
    end(server)


def test_ctrl_c_ends_it_while_paused(server: subprocess.Popen[str]) -> None:
    url = url_of(server)

    async def debug() -> None:
        async with connected(url) as socket:
            client = Client(socket)
            await client.ask("Debugger.enable")
            await client.wait("Debugger.paused")
            server.send_signal(signal.SIGINT)
            while await asyncio.wait_for(socket.read_message(), DEADLINE_S) is not None:
                pass

    asyncio.run(debug())
    assert server.wait(DEADLINE_S) == 0


def test_two_debuggers_come_and_go(server: subprocess.Popen[str]) -> None:
    url = url_of(server)

    async def debug() -> None:
        async with connected(url) as second_socket:
            second = Client(second_socket)
            async with connected(url) as first_socket:
                first = Client(first_socket)
                await first.ask("Debugger.enable")
                await first.wait("Debugger.paused")
                await second.ask("Debugger.enable")  # in the middle of the pause
            result = await second.ask("Runtime.evaluate", expression="typeof tick")
            assert result["result"]["value"] == "function"
            await second.ask("Debugger.resume")
            await second.wait("Debugger.paused")  # in the next call

    asyncio.run(debug())
    end(server)


def test_what_devtools_asks_first(server: subprocess.Popen[str]) -> None:
    url = url_of(server)
    web = "http://" + url.removeprefix("ws://").partition("/")[0]
    assert get_json(f"{web}/json/version")["Protocol-Version"] == "1.3"
    (target,) = get_json(f"{web}/json/list")
    assert target == get_json(f"{web}/json")[0]
    assert target["webSocketDebuggerUrl"] == url
    assert target["devtoolsFrontendUrl"].endswith("ws=" + url.removeprefix("ws://"))
    end(server)


def test_web_pages_are_refused(server: subprocess.Popen[str]) -> None:
    url = url_of(server)
    web = "http://" + url.removeprefix("ws://").partition("/")[0]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get_json(f"{web}/json/list", Host="evil.example")

    async def connect(origin: str) -> None:
        async with connected(HTTPRequest(url, headers={"Origin": origin})):
            pass

    asyncio.run(connect("devtools://devtools"))
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(connect("http://evil.example"))
    end(server)
