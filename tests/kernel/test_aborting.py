"""What becomes of the cells behind one that has failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from isolates.kernel.aborting import FailedRun
from tests.kernel.conftest import Kernel, stop_kernel

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def request(
    after_s: float = 0, session: str = "one", cell: str | None = "cell", kind: str = "execute_request"
) -> dict[str, Any]:
    metadata = {} if cell is None else {"cellId": cell}
    date = NOON + timedelta(seconds=after_s)
    return {"header": {"msg_type": kind, "session": session, "date": date}, "metadata": metadata}


def test_a_run_ends_where_its_notebook_has_paused() -> None:
    run = FailedRun()
    run.begin(request(), 0.5)
    for after_s in (0.4, 0.8, 1.2):
        assert run.has(request(after_s))
        run.add(request(after_s))
    assert not run.has(request(1.7))
    assert not run.has(request(1.1))  # The clock was set back.


def test_cells_that_others_have_dropped_are_links_of_the_chain() -> None:
    run = FailedRun()
    run.begin(request(), 0.5)
    run.add(request(0.4, session="other"))
    assert not run.has(request(0.8))
    run.add(request(0.4))
    assert run.has(request(0.8))


def test_dates_without_a_zone_or_of_another_one_are_understood() -> None:
    run = FailedRun()
    run.begin(request(), 0.5)
    later = request(0.4)
    later["header"]["date"] = later["header"]["date"].astimezone(timezone(timedelta(hours=-7)))
    assert run.has(later)
    later["header"]["date"] = later["header"]["date"].astimezone().replace(tzinfo=None)
    assert run.has(later)


@pytest.mark.parametrize(
    ("failed", "next_one"),
    [
        (request(cell=None), request(cell=None)),
        (request(cell=None), request()),
        (request(), request(cell=None)),
        (request(), request(session="other")),
        (
            request(),
            request() | {"header": {"msg_type": "execute_request", "session": "one", "date": "noon"}},
        ),
        (request() | {"header": {"msg_type": "execute_request", "session": "one"}}, request()),
    ],
)
def test_programs_other_notebooks_and_cells_without_a_date_are_not_of_the_run(
    failed: dict[str, Any], next_one: dict[str, Any]
) -> None:
    run = FailedRun()
    run.begin(failed, 0.5)
    assert not run.has(next_one)


def test_a_notebook_that_runs_all_stops_at_an_error(start_kernel: Callable[..., Any]) -> None:
    kernel: Kernel = start_kernel()

    def status(page: str, code: str, second: float) -> str:
        """Of a cell that is sent when the one before has been answered, but has an earlier date."""
        message = kernel.client.session.msg("execute_request", {"code": code}, metadata={"cellId": "x"})
        message["header"] |= {"session": page, "date": NOON + timedelta(seconds=second)}
        kernel.client.shell_channel.send(message)
        return str(kernel.finish(message["header"]["msg_id"]).reply["status"])

    assert status("one", "var seen = []", 0) == "ok"
    assert status("one", "seen.push('failed'); throw 1", 0.01) == "error"
    assert status("one", "seen.push('behind')", 0.02) == "aborted"
    assert status("one", "seen.push('behind')", 0.11) == "aborted"
    assert kernel.ok("seen.push('program')").result == "2"
    assert status("two", "seen.push('two')", 0.11) == "ok"
    assert status("two", "%%python\n1 / 0", 0.12) == "error"
    assert status("two", "seen.push('behind')", 0.13) == "aborted"
    assert status("two", "seen.push('later')", 0.24) == "ok"
    assert kernel.ok("seen").result == "[ 'failed', 'program', 'two', 'later' ]"
    stop_kernel(kernel)
