import os
import platform
import re
import subprocess
import sys

import pytest

BINDING = re.compile(r"/_native\.\S+ \[0\] to \S+/libmini_racer\.so \[0\]: normal symbol `(\w+)'")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="LD_DEBUG is glibc's")
def test_the_core_takes_only_v8_from_mini_racer() -> None:
    # mini-racer's library exports its own operator new and delete, which must not be mixed with others'.
    debugged = subprocess.run(
        [sys.executable, "-c", "import zmq, isolates"],
        env={**os.environ, "LD_BIND_NOW": "1", "LD_DEBUG": "bindings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert debugged.returncode == 0, debugged.stderr[-500:]
    symbols = set(BINDING.findall(debugged.stderr))
    assert any(symbol.startswith("mr_") for symbol in symbols)
    assert {symbol for symbol in symbols if not symbol.startswith("mr_") and "2v8" not in symbol} == set()
