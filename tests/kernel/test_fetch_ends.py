"""How a fetch() ends before its time: signals, interrupts, the end of its isolate."""

from __future__ import annotations

import gzip
import http.client
import io
import re
import socket
import threading
from typing import cast

import pytest

from isolates.kernel.network.bodies import read_body
from isolates.kernel.network.failures import FetchError
from isolates.kernel.workers import Workers
from tests.kernel.conftest import Kernel
from tests.kernel.web_server import DEADLINE_S, WebServer, failure

SIGNAL = """globalThis.makeSignal = () => {
  const listeners = [];
  return {
    aborted: false, reason: undefined,
    addEventListener: (kind, listener) => listeners.push(listener),
    removeEventListener() {},
    abort(reason) { this.aborted = true; this.reason = reason; for (const one of listeners) one(); },
  };
}; 0
"""


def test_a_signal_closes_the_connection(kernel: Kernel, server: WebServer) -> None:
    code = f"""const stop = new AbortController(), {{signal}} = stop;
    const never = fetch('{server.url}/never', {{signal}});
    await fetch('{server.url}/begun'); stop.abort(); await never"""
    assert failure(kernel, code)[:2] == ["AbortError", "This operation was aborted"]
    assert server.ended.wait(DEADLINE_S)
    late = f"await fetch('{server.url}/slow', {{signal: AbortSignal.timeout(20)}}).then(r => r.text())"
    assert failure(kernel, late)[0] == "TimeoutError"


@pytest.mark.parametrize("signal", ["AbortSignal.timeout(20)", "AbortSignal.any([AbortSignal.timeout(20)])"])
def test_a_timeout_is_of_where_the_last_fetch_was_called(
    kernel: Kernel, server: WebServer, signal: str
) -> None:
    kernel.ok(
        f"var late = {signal}, get = (signal) => {{\n  return fetch('{server.url}/never', {{signal}}) }}"
    )
    for _ in range(2):  # the second one begins when the signal is aborted already
        lines = kernel.fails("1;\nawait get(late)").traceback.split("\n")
        assert lines[0] == "TimeoutError: The operation was aborted due to timeout"
        assert lines[2] == f"    return fetch('{server.url}/never', {{signal}}) }}"
        assert re.fullmatch(r"    at In \[\d+\]:2:7", lines[-1])
    error = kernel.ok("late.reason === await get(late).catch((error) => error)")
    assert error.result == "true"


def test_a_signal_of_a_package_ends_a_body_with_its_reason(kernel: Kernel, server: WebServer) -> None:
    kernel.ok(SIGNAL)
    code = f"""var signal = makeSignal(), slow = await fetch('{server.url}/slow', {{signal}});
    setTimeout(() => signal.abort(new RangeError('mine'))); await slow.text()"""
    assert failure(kernel, code)[:2] == ["RangeError", "mine"]
    assert server.ended.wait(DEADLINE_S)
    assert failure(kernel, f"await fetch('{server.url}/echo', {{signal}})")[1] == "mine"
    assert "GET /echo" not in server.requests


@pytest.mark.parametrize("path", ["never", "slow"])
def test_an_interrupt_ends_what_its_cell_fetches(kernel: Kernel, server: WebServer, path: str) -> None:
    request = kernel.start(f"await (await fetch('{server.url}/{path}')).text()")
    assert server.begun.wait(DEADLINE_S)
    kernel.interrupt()
    run = kernel.finish(request)
    assert run.error is not None
    assert run.error["ename"] == "KeyboardInterrupt"
    assert run.stderr == ""
    assert server.ended.wait(DEADLINE_S)


def test_a_job_that_is_cancelled_fetches_no_more(own_kernel: Kernel, server: WebServer) -> None:
    own_kernel.ok(f"%%isolate main -a\nawait fetch('{server.url}/never')")
    assert server.begun.wait(DEADLINE_S)
    own_kernel.ok("%cancel 1")
    assert server.ended.wait(DEADLINE_S)


def test_a_loop_that_tries_again_ends_with_its_cell(kernel: Kernel, server: WebServer) -> None:
    code = f"for (;;) try {{ await fetch('{server.url}/never') }} catch (e) {{ console.log(e.name) }}"
    request = kernel.start(code)
    assert server.begun.wait(DEADLINE_S)
    kernel.interrupt()
    kernel.finish(request)
    assert server.ended.wait(DEADLINE_S)
    kernel.ok(f"await fetch('{server.url}/echo')")
    assert server.requests == ["GET /never", "GET /echo"]


@pytest.mark.parametrize("magic", ["%dispose fetching", "%reset fetching"])
def test_an_isolate_that_ends_takes_its_fetches_along(
    own_kernel: Kernel, server: WebServer, magic: str
) -> None:
    own_kernel.ok("%%python\n%config IsolateKernel.network = ['main', 'fetch*']")
    own_kernel.ok(f"%%isolate fetching\nfetch('{server.url}/never'); 0")
    assert server.begun.wait(DEADLINE_S)
    own_kernel.ok(magic)
    assert server.ended.wait(DEADLINE_S)
    threads = "[t.name for t in __import__('threading').enumerate() if t.name == 'isolates-fetch']"
    until = f"%%python\nimport time\nwhile {threads}: time.sleep(0.01)\n'none'"
    assert own_kernel.ok(until).result == "'none'"


def test_decompression_ends_when_nobody_wants_the_body(kernel: Kernel, server: WebServer) -> None:
    """A server can make much work of little: a gzip file of empty gzip files comes to nothing."""
    members = gzip.compress(b"") * 10_000
    data = gzip.compress(members)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {len(data)}\r\n\r\n"
    asked = 0

    def is_aborted() -> bool:
        nonlocal asked
        asked += 1
        return asked > 100

    class Connection:
        def makefile(self, mode: str) -> io.BytesIO:
            return io.BytesIO(head.encode() + data)

    response = http.client.HTTPResponse(cast("socket.socket", Connection()))
    response.begin()
    with pytest.raises(FetchError, match="aborted"):
        read_body(response, 1000, is_aborted)
    assert asked == 101
    told = failure(kernel, f"await (await fetch('{server.url}/coded/six-times')).text()")
    assert told[:2] == ["TypeError", "terminated"]
    assert told[3] == "The body has 6 content-encodings, more than 5"


def test_a_system_without_threads_is_no_limit_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    workers, done = Workers("isolates-test", 1), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            workers.start(lambda: None)
    assert workers.waiting == 0
    workers.start(done.set)
    assert done.wait(DEADLINE_S)
