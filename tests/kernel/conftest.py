"""A real kernel in a process of its own, and every message that comes from it validated."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_kernel_test.msgspec_v5 import reply_msgs_using_status, schema_fragments, validate_message

from tests.kernel.file_folder import files, files_kernel, place  # noqa: F401 - fixtures
from tests.kernel.notebook_folder import cell, folder, folder_kernel  # noqa: F401 - fixtures
from tests.kernel.web_server import server  # noqa: F401 - a fixture

DEADLINE_S = 30.0
TEXT, OBJECT, OK = {"type": "string"}, {"type": "object"}, {"const": "ok"}
# What jupyter_kernel_test's schema of the protocol lacks.
schema_fragments |= {
    "comm_open": {
        "properties": {"comm_id": TEXT, "target_name": TEXT, "data": OBJECT},
    },
    "comm_msg": {"properties": {"comm_id": TEXT, "data": OBJECT}},
    "comm_close": {"properties": {"comm_id": TEXT}},
    # There, `password` is a number; in the protocol, and from ipykernel, it is a boolean.
    "input_request": {"properties": {"prompt": TEXT, "password": {"type": "boolean"}}},
    "iopub_welcome": {"properties": {"subscription": TEXT}},
    "create_subshell_reply": {"properties": {"status": OK, "subshell_id": TEXT}},
    "delete_subshell_reply": {"properties": {"status": OK}},
    "list_subshell_reply": {
        "properties": {"status": OK, "subshell_id": {"type": "array", "items": TEXT}},
    },
    "debug_reply": {
        "properties": {
            "type": {"const": "response"},
            "request_seq": {"type": "number"},
            "success": {"type": "boolean"},
            "command": TEXT,
        }
    },
}
reply_msgs_using_status |= {"create_subshell_reply", "delete_subshell_reply", "list_subshell_reply"}


class ValidatingClient(BlockingKernelClient):
    """Looks at every message of every channel, whoever in the tests reads it."""

    def get_shell_msg(self, *args: Any, **options: Any) -> dict[str, Any]:
        return self._checked(super().get_shell_msg(*args, **options))

    def get_iopub_msg(self, *args: Any, **options: Any) -> dict[str, Any]:
        return self._checked(super().get_iopub_msg(*args, **options))

    def get_control_msg(self, *args: Any, **options: Any) -> dict[str, Any]:
        return self._checked(super().get_control_msg(*args, **options))

    def get_stdin_msg(self, *args: Any, **options: Any) -> dict[str, Any]:
        return self._checked(super().get_stdin_msg(*args, **options))

    @staticmethod
    def _checked(message: dict[str, Any]) -> dict[str, Any]:
        # The protocol says "aborted"; the schema of jupyter_kernel_test says "abort".
        if message["content"] != {"status": "aborted"}:
            validate_message(message)
        return message


@dataclass
class Run:
    """What came back for an execute_request. `messages` are IOPub's, in order, without status and input."""

    reply: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def result(self) -> str | None:
        texts = [message["data"]["text/plain"] for message in self._contents("execute_result")]
        assert len(texts) <= 1
        return texts[0] if texts else None

    @property
    def error(self) -> dict[str, Any] | None:
        errors = self._contents("error")
        assert len(errors) == (self.reply["status"] == "error")
        return errors[0] if errors else None

    @property
    def stdout(self) -> str:
        return self._stream("stdout")

    @property
    def stderr(self) -> str:
        return self._stream("stderr")

    @property
    def traceback(self) -> str:
        """The traceback without colours."""
        assert self.error is not None
        lines = "\n".join(self.error["traceback"])
        for code in ("\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"):
            lines = lines.replace(code, "")
        return lines

    def _contents(self, kind: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    def _stream(self, name: str) -> str:
        return "".join(content["text"] for content in self._contents("stream") if content["name"] == name)


class Kernel:
    """A client that remembers late messages, by the request that they belong to."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client
        self.late: dict[str, list[dict[str, Any]]] = {}
        self._replies: dict[str, dict[str, Any]] = {}
        self._printed: dict[str, str] = {}  # by requests that have ended, until then

    def run(self, code: str, **options: Any) -> Run:
        run = self.finish(self.start(code, **options))
        while run.reply["status"] == "aborted":
            # The reply of a cell that failed comes before ipykernel has dropped those behind it.
            run = self.finish(self.start(code, **options))
        return run

    def ok(self, code: str, **options: Any) -> Run:
        run = self.run(code, **options)
        assert run.reply["status"] == "ok", run.traceback
        return run

    def fails(self, code: str, **options: Any) -> Run:
        run = self.run(code, **options)
        assert run.reply["status"] == "error", run
        return run

    def start(self, code: str, **options: Any) -> str:
        return str(self.client.execute(code, **options))

    def finish(self, request: str) -> Run:
        run = Run({})
        kept = deque(self.late.pop(request, []))
        while True:
            # It may have ended while somebody waited for the messages of another one.
            message = kept.popleft() if kept else self.next_message()
            kind = message["msg_type"]
            if message["parent_header"].get("msg_id") != request:
                self._keep(message)
            elif kind == "status" and message["content"]["execution_state"] == "idle":
                break
            elif kind not in ("status", "execute_input"):
                run.messages.append(message)
        if kept:
            self.late[request] = list(kept)
        self._printed[request] = run.stdout + run.stderr
        run.reply = self.reply(request)
        return run

    def next_message(self, deadline_s: float = DEADLINE_S) -> dict[str, Any]:
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=deadline_s)
        return message

    def reply(self, request: str, kind: str = "execute_reply") -> dict[str, Any]:
        """The content of the reply; those to other requests are kept."""
        while request not in self._replies:
            message: dict[str, Any] = self.client.get_shell_msg(timeout=DEADLINE_S)
            self._replies[message["parent_header"].get("msg_id", "")] = message
        message = self._replies.pop(request)
        assert message["msg_type"] == kind
        content: dict[str, Any] = message["content"]
        return content

    def wait_for_text(self, request: str, text: str) -> str:
        """Waits until the cell has printed the text; what it has printed by then. Its messages are kept.

        After `finish`: what it has printed since, unless the text had come before.
        """
        if text in self._printed.get(request, ""):
            return self._printed[request]
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            streams = [m["content"]["text"] for m in self.late.get(request, []) if m["msg_type"] == "stream"]
            if text in "".join(streams):
                return "".join(streams)
            try:
                self._keep(self.next_message(until - time.monotonic()))
            except Empty:
                break
        raise AssertionError(f"{text!r} never came: {self.late.get(request)}")

    def start_aside(self, code: str) -> tuple[str, str]:
        """Starts a cell that prints "go", and a subshell to ask in meanwhile: the request, and its id."""
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        subshell = str(self.client.get_control_msg(timeout=DEADLINE_S)["content"]["subshell_id"])
        request = self.start(code)
        self.wait_for_text(request, "go")
        return request, subshell

    def ask(self, subshell: str, kind: str, **content: Any) -> dict[str, Any]:
        """The answer of a subshell, and in `seconds` how long it took."""
        message = self.client.session.msg(f"{kind}_request", content)
        message["header"]["subshell_id"] = subshell
        started = time.monotonic()
        self.client.shell_channel.send(message)
        reply = self.reply(message["header"]["msg_id"], f"{kind}_reply")
        return {**reply, "seconds": time.monotonic() - started}

    def until_idle(self, request: str) -> list[dict[str, Any]]:
        """What is sent for a request that has no reply; messages of others are kept."""
        messages: list[dict[str, Any]] = []
        while True:
            message = self.next_message()
            if message["parent_header"].get("msg_id") != request:
                self._keep(message)
            elif message["msg_type"] != "status":
                messages.append(message)
            elif message["content"]["execution_state"] == "idle":
                return messages

    def question(self) -> str:
        """Waits until the user is asked; the question."""
        message: dict[str, Any] = self.client.get_stdin_msg(timeout=DEADLINE_S)
        return str(message["content"]["prompt"])

    def answer(self, text: str) -> str:
        """Answers the next question, which is returned."""
        question = self.question()
        self.client.input(text)
        return question

    def interrupt(self) -> None:
        self.control("interrupt_request")

    def control(self, kind: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """The content of the reply to a request on the control channel, which is read while a cell runs."""
        request = self.client.session.msg(kind, content or {})
        self.client.control_channel.send(request)
        message: dict[str, Any] = self.client.get_control_msg(timeout=DEADLINE_S)
        assert message["parent_header"]["msg_id"] == request["header"]["msg_id"]
        assert message["msg_type"] == kind.replace("request", "reply")
        reply: dict[str, Any] = message["content"]
        return reply

    def _keep(self, message: dict[str, Any]) -> None:
        self.late.setdefault(message["parent_header"].get("msg_id", ""), []).append(message)


@pytest.fixture(scope="session", autouse=True)
def own_folders(jupyter_folders: Path) -> Path:
    """For tests that start a kernel in a way of their own too."""
    return jupyter_folders


@pytest.fixture(scope="session")
def start_kernel(jupyter_folders: Path) -> Callable[..., Kernel]:
    def start(cwd: Path | None = None, arguments: Sequence[str] = (), stderr: Any = sys.stderr) -> Kernel:
        manager = KernelManager(kernel_name="isolates")
        manager.client_factory = ValidatingClient
        path = None if cwd is None else str(cwd)
        manager.start_kernel(stderr=stderr, cwd=path, extra_arguments=list(arguments))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=DEADLINE_S)
        return Kernel(manager, client)

    return start


def stop_kernel(kernel: Kernel) -> None:
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=False)


@pytest.fixture(scope="module")
def shared_kernel(start_kernel: Callable[..., Kernel]) -> Iterator[Kernel]:
    kernel = start_kernel()
    yield kernel
    stop_kernel(kernel)


@pytest.fixture
def kernel(shared_kernel: Kernel) -> Iterator[Kernel]:
    """The module's kernel. Whatever a test did to it, it must still answer afterwards."""
    yield shared_kernel
    assert shared_kernel.ok("6 * 7").result == "42"


@pytest.fixture
def own_kernel(start_kernel: Callable[..., Kernel]) -> Iterator[Kernel]:
    """A kernel for one test."""
    kernel = start_kernel()
    yield kernel
    if kernel.manager.has_kernel:
        stop_kernel(kernel)
