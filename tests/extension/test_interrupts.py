"""The stop button, and Ctrl-C, while a magic waits in a Python kernel."""

from __future__ import annotations

import time
from typing import Any

import pytest

WORK = {
    "a loop": "%%isolate a\nconsole.log('go'); for (;;);",
    "a promise that never settles": "%%isolate a\nconsole.log('go'); await new Promise(() => {})",
    "a loop below Python that awaits": "import asyncio\nawait asyncio.sleep(0)\n"
    "get_ipython().run_cell_magic('isolate', 'a', \"console.log('go'); for (;;);\")",
    "an expression of Python": "import time\ndef wait():\n    print('go', flush=True)\n    time.sleep(60)\n"
    "%put n=wait()",
    "Python that JavaScript calls": "import time\ndef wait():\n    print('go', flush=True)\n"
    "    while True: time.sleep(0.01)\n%put wait --isolate a\n"
    "get_ipython().run_cell_magic('isolate', 'a', 'wait()')",
    "a coroutine that JavaScript awaits": "import asyncio\nasync def wait():\n    print('go', flush=True)\n"
    "    await asyncio.sleep(60)\n%put wait --isolate a\n"
    "get_ipython().run_cell_magic('isolate', 'a', 'await wait()')",
    "JavaScript that Python calls": "manager['a'].eval_sync(\"console.log('go'); for (;;);\")",
}


def interrupted(notebook: Any, request: str) -> Any:
    notebook.wait_for_text(request, "go")
    before = time.monotonic()
    notebook.manager.interrupt_kernel()
    run = notebook.finish(request)
    assert time.monotonic() - before < 5
    assert run.error is not None
    return run


@pytest.mark.parametrize("code", WORK.values(), ids=WORK.keys())
def test_the_stop_button_ends_the_cell_and_keeps_the_isolate(notebook: Any, code: str) -> None:
    notebook.ok("%%isolate a\nlet kept = 1")
    run = interrupted(notebook, notebook.start(code))
    assert run.error["ename"] == "KeyboardInterrupt"
    assert notebook.ok("%%isolate a\n++kept").result == "2"


def test_the_rest_of_the_cell_does_not_run(notebook: Any) -> None:
    code = "get_ipython().run_cell_magic('isolate', 'a', \"console.log('go'); for (;;);\")\nprint('rest')"
    assert "rest" not in interrupted(notebook, notebook.start(code)).stdout


def test_python_can_catch_the_interrupt(notebook: Any) -> None:
    request = notebook.start(
        "try:\n    get_ipython().run_cell_magic('isolate', 'a', \"console.log('go'); for (;;);\")\n"
        "except KeyboardInterrupt as error:\n    print('caught', error)"
    )
    notebook.wait_for_text(request, "go")
    notebook.manager.interrupt_kernel()
    assert "caught the cell was interrupted" in notebook.finish(request).stdout


def test_a_second_interrupt_waits_no_longer(notebook: Any, tmp_path: Any) -> None:
    gate = tmp_path / "gate"
    notebook.ok(
        "import time\nfrom pathlib import Path\n"
        f"gate = Path({str(gate)!r})\n"
        "async def block():\n"  # The event loop that would stop the work is held up.
        "    print('go', flush=True)\n"
        "    while not gate.exists(): time.sleep(0.01)\n"
        "%put block --isolate a"
    )
    request = notebook.start("%%isolate a\nawait block()")
    notebook.wait_for_text(request, "go")
    notebook.manager.interrupt_kernel()
    notebook.manager.interrupt_kernel()
    try:
        # Signals that come at once are one, so it is sent until it is heard.
        while notebook.manager.is_alive():
            try:
                message = notebook.next_message(0.5)
            except Exception:
                notebook.manager.interrupt_kernel()
                continue
            notebook._keep(message)
            if message["msg_type"] == "error":
                break
        assert message["content"]["ename"] == "KeyboardInterrupt"
    finally:
        gate.touch()
    notebook.reply(request)


def test_timers_of_the_stopped_cell_stop_and_those_of_others_go_on(notebook: Any) -> None:
    other = notebook.start("%%isolate main\nlet n = 0; setInterval(() => n++, 1); undefined")
    notebook.finish(other)
    interrupted(
        notebook,
        notebook.start(
            "%%isolate main\nlet m = 0; setInterval(() => m++, 1)\n"
            "console.log('go'); await new Promise(() => {})"
        ),
    )
    before = int(notebook.ok("%%isolate main\nm").result)
    notebook.ok(
        "%%isolate main\nlet seen = n; while (n < seen + 3) await new Promise(done => setTimeout(done, 1))"
    )
    assert int(notebook.ok("%%isolate main\nm").result) == before
