"""Loading, unloading, restarting and ending, in Python kernels."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager


def test_loading_twice_changes_nothing(own_notebook: Any) -> None:
    own_notebook.ok("%load_ext isolates\n%load_ext isolates\nimport isolates")
    own_notebook.ok("%%isolate a\nlet kept = 1")
    own_notebook.ok("isolates.load_ipython_extension(get_ipython())")
    assert own_notebook.ok("%%isolate a\nkept").result == "1"


def test_reloading_begins_anew(own_notebook: Any) -> None:
    own_notebook.ok("%load_ext isolates")
    own_notebook.ok("%%isolate a\nlet kept = 1")
    own_notebook.ok("%reload_ext isolates")
    assert own_notebook.ok("%%isolate a\ntypeof kept").result == "'undefined'"
    assert own_notebook.ok("manager").result == "<IsolateManager: a>"


def test_unloading_disposes_and_restores(own_notebook: Any) -> None:
    names = "{kind: sorted(known) for kind, known in get_ipython().magics_manager.magics.items()}"
    own_notebook.ok(f"before = {names}; matchers = list(get_ipython().Completer.custom_matchers)")
    own_notebook.ok("%load_ext isolates")
    own_notebook.ok("%%isolate a\nlet kept = 1")
    own_notebook.ok("isolate = manager.get('a').isolate; mine = manager")
    own_notebook.ok("%unload_ext isolates")
    assert own_notebook.ok(f"{names} == before, isolate.is_disposed").result == "(True, True)"
    assert own_notebook.ok("matchers == list(get_ipython().Completer.custom_matchers)").result == "True"
    assert (
        own_notebook.ok("'manager' in globals(), 'a' in globals(), len(mine)").result == "(False, False, 0)"
    )
    assert "IPython" in own_notebook.ok("get_ipython().find_magic('reset').__module__").result
    run = own_notebook.run("%%isolate a\n1")
    assert "not found" in run.stderr


def test_a_restarted_kernel_has_the_extension_again_when_it_loads_it(own_notebook: Any) -> None:
    own_notebook.ok("%load_ext isolates")
    own_notebook.ok("%%isolate a\nlet kept = 1")
    own_notebook.manager.restart_kernel()
    own_notebook.client.wait_for_ready(timeout=60)
    own_notebook.ok("%load_ext isolates")
    assert own_notebook.ok("%%isolate a\ntypeof kept").result == "'undefined'"


@pytest.mark.parametrize(
    "code",
    [
        "%%isolate a\nsetInterval(() => {}, 1)",
        "%%isolate a\nsetTimeout(() => { for (;;); }, 1)",
        "%%isolate a\nawait 1",
    ],
)
def test_the_kernel_ends_at_once_whatever_runs(own_notebook: Any, code: str) -> None:
    own_notebook.ok("%load_ext isolates")
    own_notebook.ok(code)
    before = time.monotonic()
    own_notebook.client.shutdown()
    own_notebook.manager.provisioner.process.wait(timeout=20)
    assert own_notebook.manager.provisioner.process.returncode == 0
    assert time.monotonic() - before < 10


def test_our_own_kernel_has_the_magics_already(start: Callable[..., Any]) -> None:
    kernel = start(KernelManager(kernel_name="isolates"))
    kernel.ok("%python %load_ext isolates")
    assert kernel.ok("%%isolate a\n1").result == "1"


def test_names_that_ipython_has_stay_its_own(own_notebook: Any) -> None:
    own_notebook.ok("%load_ext isolates")
    assert "CPU times" in own_notebook.ok("%time 1 + 1").stdout
    assert "loop" in own_notebook.ok("%timeit -n 10 -r 2 1 + 1").stdout
    assert "CPU times" in own_notebook.ok("%%time\nlocal = 1").stdout
    assert own_notebook.ok("local").result == "1"
    own_notebook.ok("%reset -f")
    own_notebook.ok("def scoped():\n    inner = 5\n    %time print(inner)\nscoped()")
    assert "Available line magics" in str(own_notebook.ok("%lsmagic").messages)
    assert "%%isolate" in own_notebook.ok("%jsmagic").stdout
    (payload,) = own_notebook.ok("%jsref").reply["payload"]
    assert "usage: %%isolate" in payload["data"]["text/plain"]


def test_importing_the_package_loads_no_ipython() -> None:
    code = "import sys, isolates; print(*{'IPython', 'isolates.kernel', 'ipykernel'} & set(sys.modules))"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert child.stdout.split() == []


def test_a_plain_shell_without_frontend_has_the_magics(tmp_path: Path) -> None:
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'isolates')\n"
        "result = shell.run_cell('%%isolate a\\nconsole.log(1); [2]')\n"
        "assert repr(result.result) == '[ 2 ]'\n"
        "shell.run_line_magic('put', 'x=[3]')\n"
        "shell.run_line_magic('get', 'x')\n"
        "assert shell.user_ns['x'] == [3]\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path
    )
    assert child.stdout.startswith("New isolate a: 128 MB\n1\n")


def test_it_works_in_a_running_event_loop(tmp_path: Path) -> None:
    code = (
        "import asyncio\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'isolates')\n"
        "async def main():\n"
        "    code = '%put n=20\\n%get n\\nimport asyncio\\nawait asyncio.sleep(0)\\nn + 1'\n"
        "    result = await shell.run_cell_async(code, transformed_cell=shell.transform_cell(code))\n"
        "    assert result.result == 21\n"
        "    result.raise_error()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=tmp_path)
