"""A folder with some files, and a kernel that was started there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Kernel = Any

TEXT = "a,\u00fc,\U0001f600\n"
TOLD = """
const told = (f) => { try { const value = f(); return {value: value === undefined ? null : value} }
  catch (e) { return {name: e.name, message: e.message, ...e} } };
const toldLater = async (f) => { try { return {value: await f() ?? null} }
  catch (e) { return {name: e.name, message: e.message, ...e} } };
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(os.path.realpath(tmp_path_factory.mktemp("files")))


@pytest.fixture(scope="module")
def files_kernel(start_kernel: Callable[..., Kernel], place: Path) -> Iterator[Kernel]:
    kernel = start_kernel(place)
    kernel.ok(f"const fs = require('fs'); {TOLD} 0")
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=False)


@pytest.fixture
def files(files_kernel: Kernel, place: Path) -> Iterator[Kernel]:
    """Each test finds the same files."""
    files_kernel.ok("fs.readdirSync('.').forEach((name) => fs.rmSync(name, {recursive: true}))")
    (place / "text").write_text(TEXT, "utf-8")
    (place / "bytes").write_bytes(bytes([0, 65, 255, 254, 195, 40]))
    (place / "folder" / "inner").mkdir(parents=True)
    (place / "folder" / "inner" / "deep").touch()
    (place / "loop").symlink_to("pool")
    (place / "pool").symlink_to("loop")
    (place / "link").symlink_to("text")
    yield files_kernel
    assert files_kernel.ok("6 * 7").result == "42"


def value(kernel: Kernel, code: str) -> Any:
    return json.loads(kernel.ok(f"console.log(JSON.stringify({code}))").stdout)


def told(kernel: Kernel, call: str) -> Any:
    """What a synchronous call has brought, or its error."""
    return value(kernel, f"told(() => {call})")
