"""Programs that make isolates: what keeps them alive, and what reaches them from there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAMS = Path(__file__).parent / "programs"

MAKE = """
    const ivm = require('isolated-vm');
    const isolate = new ivm.Isolate({memoryLimit: 32});
    const context = isolate.createContextSync();
"""


@pytest.mark.parametrize("program", ["isolates.js", "many_isolates.js"])
def test_programs_that_check_themselves(passes: Callable[[str], None], program: str) -> None:
    passes(program)


def test_asynchronous_calls_keep_a_program_alive(run_code: Run) -> None:
    completed = run_code(
        MAKE + "context.eval('let end = Date.now() + 100; while (Date.now() < end); 6 * 7').then(console.log)"
    )
    assert (completed.stdout, completed.stderr, completed.returncode) == ("42\n", "", 0)


def test_a_promise_that_is_not_settled_keeps_a_program_alive_until_its_isolate_is_gone(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + """
        context.eval('new Promise(() => {})', {promise: true}).catch((error) => console.log(error.message));
        setTimeout(() => isolate.dispose(), 20).unref();
        """
    )
    assert (completed.stdout, completed.returncode) == ("Promise was abandoned\n", 0)


def test_a_promise_that_waits_with_a_timeout_is_waited_for(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + "context.eval('new Promise(() => {})', {promise: true, timeout: 50})"
        + ".catch((error) => console.log(error.message))"
    )
    assert (completed.stdout, completed.returncode) == ("Script execution timed out.\n", 0)


def test_a_rejection_of_a_call_is_unhandled_like_any_other(run_code: Run, tmp_path: Path) -> None:
    completed = run_code(MAKE + "context.eval('throw new TypeError(\"there\")');")
    assert "TypeError: there" in completed.stderr
    assert "<isolated-vm boundary>" in completed.stderr
    assert f"{tmp_path}/main.js:5" in completed.stderr
    assert completed.returncode == 1


def test_a_rejection_in_a_task_of_another_isolate_is_unhandled_too(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + """
        context.global.setSync('call', new ivm.Reference(() => { Promise.reject(new Error('in a task')); }));
        context.evalIgnored('call.applyIgnored()');
        """
    )
    assert "Error: in a task" in completed.stderr
    assert completed.returncode == 1


def test_process_exit_works_in_a_task_of_another_isolate(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + """
        process.on('exit', (code) => console.log('exit', code));
        context.global.setSync('call', new ivm.Reference(() => process.exit(9)));
        context.evalIgnored('call.applyIgnored()');
        setInterval(() => {}, 1000);
        """
    )
    assert (completed.stdout, completed.returncode) == ("exit 9\n", 9)


def test_an_isolate_that_runs_without_end_is_no_reason_to_wait_after_exit(run_code: Run) -> None:
    completed = run_code(MAKE + "context.evalIgnored('for (;;);'); setTimeout(() => process.exit(3), 20);")
    assert completed.returncode == 3


def test_an_isolate_that_dies_takes_nobody_with_it(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + """
        context.eval('const all = []; for (;;) all.push(new Array(1000).fill({}))').catch((error) => {
            console.log(error.message, isolate.isDisposed);
        });
        """
    )
    assert completed.stdout == "Isolate was disposed during execution due to memory limit true\n"
    assert completed.returncode == 0


def test_a_program_that_dies_in_a_task_of_another_isolate_says_so(run_code: Run) -> None:
    completed = run_code(
        MAKE
        + """
        context.global.setSync('call', new ivm.Reference(() => {
            const all = [];
            for (;;) all.push(new Array(1000).fill({}));
        }));
        context.evalIgnored('call.applyIgnored()');
        setInterval(() => {}, 1e6);
        """,
        options=("--memory-limit", "32"),
    )
    assert "FATAL ERROR" in completed.stderr
    assert "memory limit" in completed.stderr
    assert completed.returncode == 134


def test_gc_is_in_other_isolates_too_when_asked_for(run_code: Run) -> None:
    code = MAKE + "console.log(context.evalSync('typeof gc'))"
    assert run_code(code).stdout == "undefined\n"
    assert run_code(code, options=("--expose-gc",)).stdout == "function\n"


def test_other_isolates_have_nothing_of_the_program(run_code: Run) -> None:
    code = (
        MAKE
        + "console.log(context.evalSync('typeof require + typeof process + typeof ivm + typeof setTimeout'))"
    )
    assert run_code(code).stdout == "undefinedundefinedundefinedundefined\n"


def test_the_first_sample_of_the_readme_as_it_stands(run: Run) -> None:
    """It fills a heap of 128 MB by 2 MB, and says so each time."""
    completed = run(PROGRAMS / "readme_first.js")
    hello, *wasted = completed.stdout.splitlines()
    assert hello == "hello world"
    assert wasted == [f"I've wasted {2 * (index + 1)}MB" for index in range(len(wasted))]
    assert 50 <= len(wasted) <= 64
    assert completed.stderr.startswith("RangeError: Array buffer allocation failed\n")
    assert completed.returncode == 0


def test_the_second_sample_of_the_readme_as_it_stands(run: Run) -> None:
    """Whether it is faster on several cores is for bench/ to say."""
    completed = run(PROGRAMS / "readme_second.js")
    assert (completed.stderr, completed.returncode) == ("", 0)
    sums = [line.split()[:2] for line in completed.stdout.splitlines()]
    assert sums == [["Calculated", "9007199187632128"]] * 2
