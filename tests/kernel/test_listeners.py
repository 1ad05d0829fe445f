"""The kernel's ports are open before the kernel is, and nothing that comes early is lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from isolates.kernel.listeners import Listeners

CHANNELS = ("shell", "control", "stdin", "iopub")
DEADLINE_S = 20
# The kernel, but for the import of ZeroMQ, and so of ipykernel, which waits for a line.
HELD_KERNEL = """
import runpy, sys

class Gate:
    def find_spec(self, name, path=None, target=None):
        if name == "zmq":
            sys.meta_path.remove(self)
            print("held", flush=True)
            sys.stdin.readline()

sys.meta_path.insert(0, Gate())
runpy.run_module("isolates.kernel", run_name="__main__", alter_sys=True)
"""


def connection_file(folder: Path, **changes: object) -> tuple[str, dict[str, Any]]:
    path, connection = write_connection_file(str(folder / "kernel.json"), key=b"key")
    connection |= changes
    Path(path).write_text(json.dumps({**connection, "key": "key"}), "utf-8")
    return path, connection


def is_open(connection: dict[str, Any], channel: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", connection[f"{channel}_port"])).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_client_that_never_looks_twice_finds_the_kernel(tmp_path: Path) -> None:
    path, _ = connection_file(tmp_path)
    context: zmq.Context[Any] = zmq.Context()
    context.setsockopt(zmq.RECONNECT_IVL, -1)
    context.setsockopt(zmq.LINGER, 0)
    kernel = subprocess.Popen(
        [sys.executable, "-c", HELD_KERNEL, "-f", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    try:
        assert kernel.stdin is not None
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == "held\n"
        client = BlockingKernelClient(connection_file=path, context=context)
        client.load_connection_file()
        client.start_channels(hb=False)
        early = [client.kernel_info(), *(client.execute(code) for code in ("var x = 6", "x * 7"))]
        asked = client.session.msg("kernel_info_request")
        client.control_channel.send(asked)
        kernel.stdin.write("\n")
        kernel.stdin.flush()
        answers = [client.get_shell_msg(timeout=DEADLINE_S) for _ in early]
        assert [answer["parent_header"]["msg_id"] for answer in answers] == early
        assert {answer["content"]["status"] for answer in answers} == {"ok"}
        about = client.get_control_msg(timeout=DEADLINE_S)
        assert about["parent_header"]["msg_id"] == asked["header"]["msg_id"]
        while True:
            message = client.get_iopub_msg(timeout=DEADLINE_S)
            if message["msg_type"] == "execute_result":
                break
        assert message["content"]["data"]["text/plain"] == "42"
        client.stop_channels()
    finally:
        kernel.kill()
        kernel.communicate()
        context.destroy()


def test_the_ports_of_a_connection_file_are_open_until_they_are_closed(tmp_path: Path) -> None:
    path, connection = connection_file(tmp_path)
    listeners = Listeners()
    listeners.open(["--debug", "-f", path])
    try:
        assert [channel for channel in CHANNELS if is_open(connection, channel)] == [*CHANNELS]
    finally:
        listeners.close()
    assert not [channel for channel in CHANNELS if is_open(connection, channel)]


def test_what_was_taken_is_the_callers(tmp_path: Path) -> None:
    path, connection = connection_file(tmp_path)
    listeners = Listeners()
    listeners.open(["-f", path])
    taken = listeners.take("127.0.0.1", connection["shell_port"])
    listeners.close()
    assert taken is not None
    with socket.socket(fileno=taken) as listener:
        assert listener.getsockname() == ("127.0.0.1", connection["shell_port"])
        assert not listener.get_inheritable()
        assert is_open(connection, "shell")
    assert listeners.take("127.0.0.1", connection["shell_port"]) is None


def test_a_port_is_free_for_another_address(tmp_path: Path) -> None:
    """As with `--ip=0.0.0.0`, which a connection file does not know of."""
    path, connection = connection_file(tmp_path)
    listeners = Listeners()
    listeners.open(["-f", path])
    try:
        assert listeners.take("0.0.0.0", connection["iopub_port"]) is None
        socket.create_server(("0.0.0.0", connection["iopub_port"])).close()
    finally:
        listeners.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"transport": "ipc", "ip": "kernel"},
        {"ip": "no.such.host.invalid"},
        {"ip": None},
        {"shell_port": 0, "control_port": 0, "stdin_port": 0, "iopub_port": 0},
        {"shell_port": 10**9},
        {"shell_port": "1"},
    ],
    ids=str,
)
def test_what_is_odd_is_left_to_others(tmp_path: Path, changes: dict[str, object]) -> None:
    path, connection = connection_file(tmp_path, **changes)
    listeners = Listeners()
    listeners.open(["-f", path])
    for channel in CHANNELS:
        port = connection[f"{channel}_port"]
        assert listeners.take(connection["ip"], port) is None


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "{"])
def test_a_file_that_is_none_opens_nothing(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "kernel.json"
    if text is not None:
        path.write_text(text, "utf-8")
    listeners = Listeners()
    listeners.open(["-f", str(path)])
    listeners.open(["-f"])
    listeners.open([])
    listeners.close()


def test_a_port_that_is_taken_stays_whose_it_is(tmp_path: Path) -> None:
    path, connection = connection_file(tmp_path)
    with socket.create_server(("127.0.0.1", connection["shell_port"])):
        listeners = Listeners()
        listeners.open(["-f", path])
        assert listeners.take("127.0.0.1", connection["shell_port"]) is None
        listeners.close()
        assert is_open(connection, "shell")
