"""What each reply says about the cost of its cell."""

from __future__ import annotations

from typing import Any

import pytest


def metadata_of(kernel: Any, code: str) -> dict[str, Any]:
    request = kernel.start(code)
    reply = kernel.client.get_shell_msg(timeout=30)
    while reply["parent_header"]["msg_id"] != request:  # of the client's start
        reply = kernel.client.get_shell_msg(timeout=30)
    assert reply["msg_type"] == "execute_reply"
    while True:
        message = kernel.next_message()
        is_end = message["content"].get("execution_state") == "idle"
        if is_end and message["parent_header"]["msg_id"] == request:
            break
    metadata: dict[str, Any] = reply["metadata"]
    return metadata


def test_a_reply_says_where_its_cell_ran(kernel: Any) -> None:
    metadata = metadata_of(kernel, "1")
    assert (metadata["isolate"], metadata["context"], metadata["status"]) == ("main", "main", "ok")
    metadata = metadata_of(kernel, "%%isolate costs --context other\n1")
    assert (metadata["isolate"], metadata["context"]) == ("costs", "other")


def test_time_is_that_of_the_cell(kernel: Any) -> None:
    busy = metadata_of(kernel, "const end = Date.now() + 200; while (Date.now() < end);")
    assert 190e6 <= busy["wall_time_ns"] < 5e9
    assert 10e6 <= busy["cpu_time_ns"] <= busy["wall_time_ns"] * 1.1
    # Waiting for a timer is no time of the isolate's.
    idle = metadata_of(kernel, "await new Promise(r => setTimeout(r, 300))")
    assert idle["wall_time_ns"] < 290e6


def test_heap_growth_counts_what_a_cell_keeps(kernel: Any) -> None:
    grown = metadata_of(kernel, "var kept = Array.from({length: 1e6}, (_, i) => ({i}))")
    assert grown["heap_growth"] > 8e6
    buffer = metadata_of(kernel, "var buffer = new ArrayBuffer(50e6)")
    assert buffer["heap_growth"] > 40e6
    assert isinstance(metadata_of(kernel, "kept = buffer = null")["heap_growth"], int)


def test_a_cell_that_fails_has_its_cost_too(kernel: Any) -> None:
    metadata = metadata_of(kernel, "for (let i = 0; i < 1e5; i++); null.x")
    assert metadata["status"] == "error"
    assert metadata["cpu_time_ns"] > 0


def test_a_cell_that_costs_its_isolate_the_life(kernel: Any) -> None:
    code = "const all = []; for (;;) all.push(new Array(1000).fill(1))"
    metadata = metadata_of(kernel, f"%%isolate dying --memory 16\n{code}")
    assert (metadata["isolate"], metadata["status"]) == ("dying", "error")
    assert metadata["cpu_time_ns"] > 0


BURN = "import time\nend = time.thread_time() + 0.1\nwhile time.thread_time() < end: pass"


@pytest.mark.parametrize(
    ("code", "status", "least_ns"),
    [
        ("%lsmagic", "ok", 1),
        ("%nosuch", "error", 1),
        ("%%isolate a --timeout soon\n1", "error", 1),
        ("%%python\n1 / 0", "error", 1),
        (f"%%python\n{BURN}", "ok", 100e6),
        ("%%python\nimport asyncio\nawait asyncio.sleep(0)", "ok", 1),
    ],
)
def test_a_cell_without_javascript_tells_the_cost_of_python(
    kernel: Any, code: str, status: str, least_ns: float
) -> None:
    metadata = metadata_of(kernel, code)
    assert metadata["status"] == status
    assert (metadata["isolate"], metadata["context"], metadata["heap_growth"]) == (None, None, 0)
    assert least_ns <= metadata["cpu_time_ns"] <= metadata["wall_time_ns"] * 1.1


def test_a_cell_that_has_not_run_costs_nothing(kernel: Any) -> None:
    kernel.start("for (let i = 0; i < 1e7; i++); null.x")
    metadata = metadata_of(kernel, "1")
    assert metadata["status"] == "aborted"
    assert (metadata["isolate"], metadata["context"]) == (None, None)
    assert (metadata["cpu_time_ns"], metadata["wall_time_ns"], metadata["heap_growth"]) == (0, 0, 0)


def test_a_reply_for_a_subshell_that_is_not_there_costs_nothing(kernel: Any) -> None:
    message = kernel.client.session.msg("execute_request", {"code": "1"})
    message["header"]["subshell_id"] = "nowhere"
    kernel.client.shell_channel.send(message)
    reply = kernel.client.get_shell_msg(timeout=30)
    while reply["parent_header"]["msg_id"] != message["header"]["msg_id"]:
        reply = kernel.client.get_shell_msg(timeout=30)
    assert reply["content"]["status"] == "error"
    assert (reply["metadata"]["isolate"], reply["metadata"]["cpu_time_ns"]) == (None, 0)
