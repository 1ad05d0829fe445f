"""The event loop: what runs when, and what keeps a program alive."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_ticks_jobs_timers_and_immediates_run_in_the_order_of_node(
    prints: Callable[[str], list[str]],
) -> None:
    # What node 20 prints.
    assert prints("order.js") == [
        "main",
        "tick",
        "tick with 1 2",
        "tick of tick",
        "job",
        "microtask",
        "job of tick",
        "job of job",
        "tick of job",
        "timeout",
        "tick of timeout",
        "job of timeout",
        "next timeout",
        "immediate",
        "tick of immediate",
        "next immediate",
        "immediate of immediate",
    ]


def test_timers_have_the_objects_and_the_functions_of_node(passes: Callable[[str], None]) -> None:
    passes("timers.js")


def test_a_program_ends_when_nothing_is_left_to_do(run_code: Run) -> None:
    completed = run_code("setTimeout(() => console.log('last'), 20); new Promise(() => {});")
    assert (completed.stdout, completed.returncode) == ("last\n", 0)


def test_unreferenced_timers_keep_nothing_alive(run_code: Run) -> None:
    started = time.monotonic()
    completed = run_code(
        "setTimeout(() => console.log('never'), 1e6).unref(); setInterval(() => {}, 1e6).unref();"
        "setTimeout(() => console.log('this one'), 5)"
    )
    assert (completed.stdout, completed.returncode) == ("this one\n", 0)
    assert time.monotonic() - started < 15


def test_an_unreferenced_timer_runs_while_something_else_keeps_the_program_alive(run_code: Run) -> None:
    completed = run_code("setTimeout(() => console.log('ran'), 5).unref(); setTimeout(() => {}, 50)")
    assert completed.stdout == "ran\n"


def test_a_timer_that_is_referenced_again_keeps_the_program_alive(run_code: Run) -> None:
    assert run_code("setTimeout(() => console.log('ran'), 20).unref().ref()").stdout == "ran\n"


@pytest.mark.parametrize(
    "wait",
    ["await new Promise((done) => setTimeout(done, 1))", "await new Promise(setImmediate)", "await null"],
)
def test_thousands_of_waits_end(run_code: Run, wait: str) -> None:
    completed = run_code(f"(async () => {{ for (let i = 0; i < 300; i++) {wait}; console.log('done'); }})()")
    assert completed.stdout == "done\n"


def test_an_endless_chain_of_immediates_lets_timers_run(run_code: Run) -> None:
    completed = run_code(
        "let go = true; (function again() { if (go) setImmediate(again); })();"
        "setTimeout(() => { go = false; console.log('timer'); }, 5)"
    )
    assert (completed.stdout, completed.returncode) == ("timer\n", 0)


def test_before_exit_may_start_more_work(run_code: Run) -> None:
    completed = run_code(
        "let times = 0;"
        "const again = (code) => { if (++times < 3) setTimeout(() => console.log(times, code), 1); };"
        "process.on('beforeExit', again);"
        "process.on('exit', () => console.log('exit', times))"
    )
    assert completed.stdout == "1 0\n2 0\nexit 3\n"


def test_jobs_without_end_of_a_tick_are_seen_to_the_end(run_code: Run) -> None:
    completed = run_code(
        "let n = 0; (function tick() { if (++n < 100000) process.nextTick(tick); else console.log(n); })();"
    )
    assert completed.stdout == "100000\n"
