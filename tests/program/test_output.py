"""Standard output and error."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[bytes]"]


def test_large_output_is_not_lost_when_exit_follows(run_code: Run) -> None:
    completed = run_code("console.log('x'.repeat(5e6)); console.error('y'.repeat(1e6)); process.exit(1)")
    assert completed.stdout == "x" * 5_000_000 + "\n"
    assert completed.stderr == "y" * 1_000_000 + "\n"
    assert completed.returncode == 1


def test_output_to_a_slow_pipe_that_does_not_block_is_whole(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("for (let i = 0; i < 300; i++) console.log('z'.repeat(1000));", "utf-8")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen([*command, "run", str(tmp_path / "main.js")], stdout=writing) as child:
        os.close(writing)
        time.sleep(0.5)  # until the pipe is full, most likely
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.read() == (b"z" * 1000 + b"\n") * 300
        assert child.wait(20) == 0


def test_a_reader_that_goes_away_ends_the_program_quietly(start: Start) -> None:
    with start("for (;;) console.log('line');") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"line\n"
        child.stdout.close()
        assert child.wait(10) == 128 + signal.SIGPIPE
        assert child.stderr.read() == b""


def test_output_of_both_streams_keeps_its_order(run_code: Run) -> None:
    code = "for (let i = 0; i < 100; i++) { console.log(i); console.error(i); }"
    completed = run_code(code, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, capture_output=False)
    assert completed.stdout.split() == [str(number) for number in range(100) for _ in range(2)]


def test_a_closed_standard_output_is_no_error(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(
        "console.log('x'); console.error('still here'); process.exit(6)", "utf-8"
    )
    completed = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", *command, "run", str(tmp_path / "main.js")],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    assert (completed.stderr, completed.returncode) == ("still here\n", 6)


def test_large_typed_arrays_are_shown_without_a_list_of_their_indices(run_code: Run) -> None:
    code = "const bytes = new Uint8Array(3e7); bytes.note = 1; console.log(bytes)"
    done = run_code(code, options=("--memory-limit", "128"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Uint8Array(30000000) [\n")
    assert "... 29999900 more items,\n  note: 1\n]" in done.stdout
