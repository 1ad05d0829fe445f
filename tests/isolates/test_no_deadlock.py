"""No order of calls deadlocks: random programs among host, `main` and nested isolates, in a child process.

By hand, for minutes: ISOLATES_SEED=1000 ISOLATES_PROGRAMS=5000 pytest tests/isolates/test_no_deadlock.py,
also below `taskset -c 0`. The output of a failed run names the seed, and
`python tests/isolates/random_calls.py SEED 1` runs it again.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("random_calls.py")
SEED = int(os.environ.get("ISOLATES_SEED", random.SystemRandom().randrange(10**9)))
PROGRAMS = int(os.environ.get("ISOLATES_PROGRAMS", "60"))
# For one program. An idle machine needs 0.1 s; one of CI may be ten times as slow and have others to serve.
DEADLINE_S = 60.0
DUMP_S = 1.0

pytestmark = pytest.mark.timeout(3600, method="thread")


class HungError(AssertionError):
    """The child has not come to its next program in time; it has told where its threads are."""


def watch(command: list[str], deadline_s: float) -> str:
    """What the child printed. Each line that it prints gives it `deadline_s` more."""
    with tempfile.TemporaryFile("w+", errors="backslashreplace") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

        def printed() -> str:
            # By position and not by seek: the child writes at the position that both share.
            size = os.fstat(output.fileno()).st_size
            return os.pread(output.fileno(), size, 0).decode(errors="backslashreplace")

        seen, deadline = "", time.monotonic() + deadline_s
        while True:
            try:
                code = child.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                if printed() != seen:
                    seen, deadline = printed(), time.monotonic() + deadline_s
                if time.monotonic() < deadline:
                    continue
            child.send_signal(signal.SIGUSR1)  # faulthandler: the stacks of Python's threads
            try:
                child.wait(DUMP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            raise HungError(f"no progress within {deadline_s} s:\n{printed()[-20000:]}")
        assert code == 0, f"the child ended with {code}:\n{printed()[-20000:]}"
        return printed()


def run(*arguments: object) -> list[str]:
    return [sys.executable, "-X", "faulthandler", str(PROGRAM), *map(str, arguments)]


def test_every_call_of_a_random_program_ends_and_nothing_is_left() -> None:
    lines = watch(run(SEED, PROGRAMS), DEADLINE_S).splitlines()
    assert lines == [*(f"seed {seed}" for seed in range(SEED, SEED + PROGRAMS)), "end"]


def test_the_watchdog_tells_where_a_hanging_child_stands() -> None:
    with pytest.raises(HungError, match=r"(?s)no progress within 2\.0 s.*hanging.*wait_for_nobody"):
        watch(run("hang", 0), deadline_s=2.0)
