"""What each reply says about the cost of its cell."""

from __future__ import annotations

from typing import Any

from jupyter_kernel_test.msgspec_v5 import validate_message


def metadata_of(kernel: Any, code: str) -> dict[str, Any]:
    request = kernel.start(code)
    reply = kernel.client.get_shell_msg(timeout=30)
    while reply["parent_header"]["msg_id"] != request:  # of the client's start
        reply = kernel.client.get_shell_msg(timeout=30)
    validate_message(reply, "execute_reply", request)
    while True:
        message = kernel.next_message()
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
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


def test_a_cell_without_javascript_costs_no_isolate_anything(kernel: Any) -> None:
    assert "isolate" not in metadata_of(kernel, "%lsmagic")
