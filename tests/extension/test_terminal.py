"""The magics in IPython's terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_cells_and_lines_work(terminal: Any) -> None:
    shown = terminal.run("%%isolate a\nconsole.log('out'); [1, 2]")
    assert "New isolate a" in shown
    assert "out\n" in shown
    assert "Out[2]: [ 1, 2 ]" in shown
    terminal.run("%put x=[1, 2, 3]")
    assert terminal.run("%get x").startswith("x: 19 bytes")
    assert terminal.run("x") == "Out[5]: [1, 2, 3]"


def test_errors_are_shown_without_colours_where_ipython_has_none(terminal: Any) -> None:
    shown = terminal.run("%%isolate a\nnull.x")
    assert "TypeError: Cannot read properties of null (reading 'x')\nIn [2]:2:6\n  null.x\n       ^" in shown
    assert "\x1b[31m" not in terminal.process.before
    shown = terminal.run("%put y=1 / 0")
    assert "ZeroDivisionError: division by zero" in shown
    assert "UsageError: %put" in terminal.run("%put 5")


def test_bundles_are_shown_as_text(terminal: Any) -> None:
    shown = terminal.run("%%isolate main\ndisplay.html('<b>x</b>'); display('plain'); clearOutput(); void 0")
    assert "[text/html]" in shown
    assert "plain" in shown
    shown = terminal.run("%isolates")
    assert "isolate" in shown
    assert "main" in shown


def test_late_output_comes_above_the_prompt(terminal: Any) -> None:
    terminal.run("%%isolate main\nsetTimeout(() => console.log('la' + 'te'), 200); void 0")
    terminal.wait_for("late")
    assert terminal.run("1 + 1").endswith("Out[3]: 2")


@pytest.mark.parametrize("code", ["for (;;);", "await new Promise(() => {})"])
def test_control_c_stops_javascript(terminal: Any, code: str) -> None:
    terminal.run("%%isolate a\nlet kept = 1")
    terminal.enter(f"%%isolate a\nconsole.log('g' + 'o'); {code}")
    terminal.wait_for("go")
    assert terminal.interrupt() < 5
    assert "KeyboardInterrupt" in terminal.process.before
    assert "2" in terminal.run("%%isolate a\n++kept")


def test_a_prompt_asks_in_the_terminal(terminal: Any) -> None:
    terminal.enter("%%isolate main\nprompt('wh' + 'o?')")
    terminal.wait_for("who? ")
    terminal.type("me\r")
    assert "'me'" in terminal.prompt()


def test_tab_completes_names_options_and_javascript(terminal: Any) -> None:
    terminal.run("%%isolate completed\nconst wordOfMine = 5")
    terminal.type("%get wordOfMine --iso\t")
    terminal.wait_for("late")  # What is there already is not drawn again.
    terminal.type(" comp\t")
    terminal.wait_for("leted")
    terminal.type("\r")
    terminal.prompt()
    assert terminal.run("wordOfMine") == "Out[4]: 5"
    terminal.type("%%isolate completed\rwordOfM\t")
    terminal.wait_for("ine")
    terminal.type(" + 1\r\r\r")
    assert "6" in terminal.prompt()


def test_help_is_paged(terminal: Any) -> None:
    terminal.run("get_ipython().set_hook('show_in_pager', lambda self, data, **options: print('PAGE', data))")
    assert "PAGE usage: %put" in terminal.run("%put --help")
    assert "usage: %put" in terminal.run("%put?")


@pytest.mark.parametrize(
    "code", ["setInterval(() => {}, 1); void 0", "setTimeout(() => { for (;;); }, 1); void 0"]
)
def test_it_ends_at_once_whatever_runs(terminal: Any, code: str) -> None:
    terminal.run(f"%%isolate a\n{code}")
    assert terminal.leave() < 10


def test_jobs_go_on_at_the_prompt(terminal: Any) -> None:
    terminal.run(
        "%%isolate a -a -o job\nawait new Promise(f => setTimeout(f, 200)); console.log('do' + 'ne'); 42"
    )
    terminal.wait_for("done")
    assert "Out[3]: 42" in terminal.run("await job")


def test_with_an_asyncio_event_loop(start_terminal: Callable[..., Any]) -> None:
    terminal = start_terminal("--TerminalInteractiveShell.loop_runner=asyncio")
    terminal.run("%load_ext isolates")
    terminal.run("%gui asyncio")
    assert "Out[3]: [ 1 ]" in terminal.run("%%isolate a\n[1]")
    assert "Out[4]: 3" in terminal.run("import asyncio; await asyncio.sleep(0, 3)")
    assert "Out[5]: [ 2 ]" in terminal.run("%%isolate a\n[2]")


def test_options_come_from_ipythons_configuration(start_terminal: Callable[..., Any]) -> None:
    terminal = start_terminal("--ext=isolates", "--IsolateMagics.default_memory=24")
    assert "24 MB" in terminal.run("%%isolate a\n1")
    terminal.run("%config IsolateMagics.default_timeout = 0.1")
    assert "took longer" in terminal.run("%%isolate a\nfor (;;);")
