"""What becomes of the cells behind one that has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isolates.kernel.aborting import FailedRun
from tests.kernel.conftest import Kernel, stop_kernel


def request(session: str = "one", cell: str | None = "cell", kind: str = "execute_request") -> dict[str, Any]:
    metadata = {} if cell is None else {"cellId": cell}
    return {"header": {"msg_type": kind, "session": session}, "metadata": metadata}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_run_ends_when_its_notebook_is_silent() -> None:
    clock = Clock()
    run = FailedRun(clock)
    run.begin(request(), 0.5)
    for _ in range(3):
        clock.now += 0.4
        assert run.has(request())
    clock.now += 0.5
    assert not run.has(request())
    clock.now -= 0.3
    assert not run.has(request())


@pytest.mark.parametrize(
    ("failed", "next_one"),
    [
        (request(cell=None), request(cell=None)),
        (request(cell=None), request()),
        (request(), request(cell=None)),
        (request(), request("other")),
    ],
)
def test_programs_and_other_notebooks_are_not_of_the_run(
    failed: dict[str, Any], next_one: dict[str, Any]
) -> None:
    run = FailedRun(Clock())
    run.begin(failed, 0.5)
    assert not run.has(next_one)


def test_a_notebook_that_runs_all_stops_at_an_error(start_kernel: Callable[..., Any]) -> None:
    kernel: Kernel = start_kernel(arguments=["--IsolateKernel.stop_on_error_timeout=60"])

    def status(page: str, code: str) -> str:
        """Of a cell that is sent when the one before has been answered."""
        message = kernel.client.session.msg("execute_request", {"code": code}, metadata={"cellId": "x"})
        message["header"]["session"] = page
        kernel.client.shell_channel.send(message)
        return str(kernel.finish(message["header"]["msg_id"]).reply["status"])

    assert status("one", "var seen = []") == "ok"
    assert status("one", "seen.push('failed'); throw 1") == "error"
    assert status("one", "seen.push('behind')") == "aborted"
    assert kernel.ok("seen.push('program')").result == "2"
    assert status("two", "seen.push('two')") == "ok"
    assert status("two", "%%python\n1 / 0") == "error"
    assert status("two", "seen.push('behind')") == "aborted"
    assert kernel.ok("seen").result == "[ 'failed', 'program', 'two' ]"
    stop_kernel(kernel)
