"""The processes that measure: each side in its own language, answering one line of JSON per round.

A worker's set-up function returns its round function: options of a round in, figures by key out.
A worker that waits for its next round is idle, so rounds of several sides can be interleaved.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# As one would type them, if they are below the current folder.
PYTHON, INSTALLER = (
    path if (near := os.path.relpath(path)).startswith("..") else near
    for path in (sys.executable, str(HERE / "install_peers.py"))
)
INSTALL = f"run `{PYTHON} {INSTALLER}`."
DEADLINE_S = 300


class MissingError(Exception):
    """A side is not installed; the message is the sentence to print."""


class BrokenError(Exception):
    """A side failed while it was measured."""


def python(module: str, setup: str) -> list[str]:
    return ["python", module, setup]


def node(setup: str) -> list[str]:
    return ["node", setup]


def command_line(side: list[str]) -> list[str]:
    if side[0] == "python":
        return [sys.executable, str(HERE / "worker.py"), *side[1:]]
    program = shutil.which("node")
    if program is None:
        raise MissingError(f"Node is missing: install Node 20 with npm, then {INSTALL}")
    # isolated-vm 5 can't run beside the startup snapshot of Node 20.
    return [program, "--no-node-snapshot", str(HERE / "peers" / "serve.js"), *side[1:]]


class Worker:
    """A running side. Not for several threads."""

    def __init__(self, side: list[str]) -> None:
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            command_line(side), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, text=True
        )

    def round(self, options: Mapping[str, Any]) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(DEADLINE_S, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(options) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watchdog.cancel()
        if not line:
            raise BrokenError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            how = f"run `{PYTHON} -m pip install .`." if answer["missing"] == "isolates" else INSTALL
            raise MissingError(f"{answer['missing']} is missing here: {how}")
        return answer

    def _last_words(self) -> str:
        code = self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().strip().splitlines()
        return f"exit code {code}: {lines[-1] if lines else 'no message'}"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._stderr.close()


def serve(module: str, setup: str) -> None:
    """The worker's side: set up at the first round, then one answer per line."""
    run_round = None
    for line in sys.stdin:
        try:
            run_round = run_round or getattr(importlib.import_module(module), setup)()
        except ModuleNotFoundError as error:
            print(json.dumps({"missing": error.name}), flush=True)
            return
        print(json.dumps(run_round(json.loads(line))), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
