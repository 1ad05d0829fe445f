"""The magics in a Python notebook."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest


def test_a_cell_shows_its_output_and_its_value(notebook: Any) -> None:
    run = notebook.ok("%%isolate a\nconsole.log('hello'); console.error('oh'); [1, 'two', {three: 3}]")
    assert (run.stdout, run.stderr) == ("hello\n", "oh\n")
    assert run.result == "[ 1, 'two', { three: 3 } ]"


def test_a_cell_without_a_value_shows_none(notebook: Any) -> None:
    assert notebook.ok("%%isolate a\nundefined").messages == []


def test_rich_output_is_a_bundle(notebook: Any) -> None:
    run = notebook.ok("%%isolate main\ndisplay.html('<b>bold</b>')\ndisplay.json({a: 1})")
    shown, value = run.messages
    assert shown["content"]["data"]["text/html"] == "<b>bold</b>"
    assert value["msg_type"] in ("display_data", "execute_result")
    (value,) = notebook.ok("%%isolate main\n({[$display]: () => ({'text/html': '<i>x</i>'})})").messages
    assert value["msg_type"] == "execute_result"
    assert value["content"]["data"]["text/html"] == "<i>x</i>"


def test_dollars_and_braces_are_javascript(notebook: Any) -> None:
    notebook.ok("x = 1")
    assert notebook.ok("%%isolate $x\nconst $y = {x: 2}; `${$y.x} {x} $x`").result == "'2 {x} $x'"
    assert notebook.ok("manager['$x']['$y']").result == "{'x': 2}"


def test_errors_are_shown_as_in_this_projects_kernel(notebook: Any) -> None:
    run = notebook.fails("%%isolate a\nconst f = () => {\n  null.x\n}\nf()")
    assert run.error["ename"] == "JSTypeError"
    assert run.error["evalue"] == "Cannot read properties of null (reading 'x')"
    name = f"In [{run.reply['execution_count']}]"
    assert run.traceback.split("\n")[:4] == [
        "TypeError: Cannot read properties of null (reading 'x')",
        f"{name}:3:8",
        "    null.x",
        "         ^",
    ]
    assert f"    at {name}:5:1" in run.traceback


def test_errors_in_a_cell_below_other_magics_have_the_lines_of_the_cell(notebook: Any) -> None:
    run = notebook.run("%%time\n\n%%isolate a\n1\nmissing")
    (error,) = (message["content"] for message in run.messages if message["msg_type"] == "error")
    assert f"In [{run.reply['execution_count']}]:5:1" in "".join(error["traceback"])


def test_python_catches_errors_of_javascript(notebook: Any) -> None:
    run = notebook.ok(
        "for code in ('null.x', 'throw 5', 'foo(', 'throw new Error(7)'):\n"
        "    try:\n"
        "        get_ipython().run_cell_magic('isolate', 'a', code)\n"
        "    except isolates.JSError as error:\n"
        "        print(type(error).__name__, error.name)"
    )
    assert (
        run.stdout
        == "JSTypeError TypeError\nThrownValueError Error\nJSSyntaxError SyntaxError\nJSError Error\n"
    )


def test_a_wrong_option_is_a_usage_error_and_has_no_effect(notebook: Any) -> None:
    run = notebook.run("%%isolate never --memory 5\n1")
    assert run.reply["status"] == "error"
    assert run.reply["ename"] == "UsageError"
    assert "UsageError: %%isolate" in run.stderr
    assert "--memory" in run.stderr
    assert notebook.ok("'never' in manager").result == "False"


def test_errors_of_python_are_pythons(notebook: Any) -> None:
    run = notebook.fails("%put x=1 / 0")
    assert run.error["ename"] == "ZeroDivisionError"
    assert "isolates" not in run.traceback


def test_what_python_and_javascript_print_keeps_its_order(notebook: Any) -> None:
    notebook.ok("def say(n):\n    print('callback', n)\n%put say")
    run = notebook.ok(
        "for n in range(3):\n"
        "    print('before', n)\n"
        "    get_ipython().run_cell_magic('isolate', 'main', f'console.log(\"js\", {n}); say({n}); {n}')\n"
        "    print('after', n)\n"
        "manager['main'].eval_sync('console.log(\"last\")')\n"
        "'value'"
    )
    lines = [line for n in range(3) for line in (f"before {n}", f"js {n}", f"callback {n}", f"after {n}")]
    assert run.stdout.split("\n") == [*lines, "last", ""]
    assert run.messages[-1]["msg_type"] == "execute_result"


def test_late_output_goes_to_the_cell_that_caused_it(notebook: Any) -> None:
    request = notebook.start(
        "%%isolate main\nlet go\nnew Promise(done => { go = done }).then(() => console.log('late')); void 0"
    )
    assert notebook.finish(request).messages == []
    other = notebook.ok("print('other'); manager['main'].eval_sync('console.log(\"Python\"); go()')")
    assert other.stdout == "other\nPython\n"
    assert notebook.wait_for_text(request, "late") == "late\n"


def test_captured_output_is_captured(notebook: Any) -> None:
    run = notebook.ok(
        "%%capture kept\nprint(1)\n"
        "get_ipython().run_cell_magic('isolate', 'a', 'console.log(2); console.error(3); display(4)')\n"
        "print(5)"
    )
    assert run.messages == []
    run = notebook.ok("kept.stdout, kept.stderr, [output.data['text/plain'] for output in kept.outputs]")
    assert run.result == "('1\\n2\\n5\\n', '3\\n', ['4'])"


def test_a_lot_of_output_arrives_whole(notebook: Any) -> None:
    run = notebook.ok("%%isolate a\nfor (let n = 0; n < 50_000; n++) console.log(n)")
    assert run.stdout == "".join(f"{n}\n" for n in range(50_000))


def test_the_stdin_of_the_cell_answers_a_prompt(notebook: Any) -> None:
    request = notebook.start("%%isolate main\nprompt('who?')", allow_stdin=True)
    assert notebook.question() == "who? "
    notebook.client.input("me")
    assert notebook.finish(request).result == "'me'"


def test_a_prompt_where_nobody_can_be_asked_is_an_error(notebook: Any) -> None:
    run = notebook.fails("%%isolate main\nprompt('who?')", allow_stdin=False)
    assert "nobody can be asked" in run.error["evalue"]


def test_help_is_that_of_the_magic(notebook: Any) -> None:
    for question in ("%%isolate?", "%put?", "?%get"):
        (payload,) = notebook.ok(question).reply["payload"]
        text = payload["data"]["text/plain"]
        assert "usage: %" in text
        assert "examples:" in text
    (payload,) = notebook.ok("%put --help").reply["payload"]
    assert payload["data"]["text/plain"].startswith("usage: %put")


def test_line_magics_stand_anywhere_in_python(notebook: Any) -> None:
    notebook.ok("for n in range(3):\n    %put n --isolate loop\n    %get n --isolate loop\nassert n == 2")
    assert notebook.ok("import asyncio\nawait asyncio.sleep(0)\n%put n=7\n%get n\nn").result == "7"


def test_expressions_of_a_magic_are_python_on_the_main_thread(notebook: Any) -> None:
    notebook.ok("import threading\n%put where=threading.current_thread() is threading.main_thread()")
    assert notebook.ok("%%isolate main\nwhere").result == "true"


def test_an_expression_may_call_a_magic_itself(notebook: Any) -> None:
    notebook.ok("def both():\n    %put inner=1\n    return 2\n%put outer=both()")
    assert notebook.ok("%%isolate main\n[inner, outer]").result == "[ 1, 2 ]"


def test_coroutine_functions_of_python_run_for_javascript(notebook: Any) -> None:
    notebook.ok(
        "import asyncio\nasync def twice(n):\n    await asyncio.sleep(0.01)\n    return 2 * n\n%put twice"
    )
    assert notebook.ok("%%isolate main\nawait twice(21)").result == "42"


def test_a_magic_in_a_coroutine_that_javascript_calls_is_refused(notebook: Any) -> None:
    notebook.ok("async def bad():\n    %get nothing\n%put bad")
    run = notebook.fails("%%isolate main\nawait bad()")
    assert "can't wait for a magic" in run.error["evalue"]


def test_isolates_have_their_names_in_python(notebook: Any) -> None:
    notebook.ok("%%isolate named\nlet word = 'here'")
    assert notebook.ok("named['word'], manager['named']['word'], isolates.__name__").result == (
        "('here', 'here', 'isolates')"
    )
    notebook.ok("mine = 1")
    notebook.ok("%%isolate mine\n1")
    assert notebook.ok("mine").result == "1"


def test_reset_of_python_leaves_the_isolates(notebook: Any) -> None:
    notebook.ok("%%isolate kept\nlet word = 'here'")
    notebook.ok("%reset -f")
    assert notebook.ok("kept['word']").result == "'here'"


def test_magics_run_on_other_threads(notebook: Any) -> None:
    run = notebook.ok(
        "import threading\nrun = get_ipython().run_cell_magic\nmanager.isolate('t')\n"
        "cells = [('isolate', 't', f'console.log({n})') for n in range(4)]\n"
        "threads = [threading.Thread(target=run, args=cell) for cell in cells]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()"
    )
    assert sorted(run.stdout.split()) == ["0", "1", "2", "3"]


def test_a_fork_refuses_and_the_parent_goes_on(notebook: Any) -> None:
    run = notebook.ok(
        "import os, sys\nread, write = os.pipe()\nchild = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        get_ipython().run_cell_magic('isolate', 'a', '1')\n"
        "    except BaseException as error:\n"
        "        os.write(write, str(error).encode())\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\nos.read(read, 1000).decode()"
    )
    assert "this process is a fork" in str(run.result)


def completions(notebook: Any, code: str, position: int | None = None) -> list[str]:
    position = len(code) if position is None else position
    request = notebook.client.complete(code, position)
    reply = notebook.reply(request, "complete_reply")
    assert reply["cursor_end"] == position
    return [code[: reply["cursor_start"]] + text for text in reply["matches"]]


def test_completion_knows_options_isolates_and_contexts(notebook: Any) -> None:
    notebook.ok("%%isolate complete --context there\n1")
    assert completions(notebook, "%%isolate compl") == ["%%isolate complete"]
    assert "%%isolate a --timeout" in completions(notebook, "%%isolate a --")
    assert completions(notebook, "%%isolate complete --context th") == ["%%isolate complete --context there"]
    assert completions(notebook, "n = 5\n%put --iso") == ["n = 5\n%put --isolate"]
    assert "%put --isolate complete" in completions(notebook, "%put --isolate ")
    assert "%%isolate" in completions(notebook, "%%isola")


def test_completion_below_a_magic_is_javascripts(notebook: Any) -> None:
    notebook.ok("%%isolate complete\nconst wordOfMine = {inner: {deep: 1}}")
    assert completions(notebook, "%%isolate complete\nwordO") == ["%%isolate complete\nwordOfMine"]
    assert (
        completions(notebook, "%%isolate complete\n1\nwordOfMine.inner.")
        == [f"%%isolate complete\n1\nwordOfMine.inner.{name}" for name in ("deep",)]
        + completions(notebook, "%%isolate complete\n1\nwordOfMine.inner.")[1:]
    )
    code = "%%isolate complete\nMath.floo + 'ä😀'\nwordO"
    assert completions(notebook, code, code.index(" +")) == ["%%isolate complete\nMath.floor"]
    assert completions(notebook, "%%isolate complete\nimpor_nothing_like_it") == []
    assert completions(notebook, "%%isolate complete\nprin") == []


def test_completion_of_python_is_pythons(notebook: Any) -> None:
    assert "print" in completions(notebook, "prin")
    assert "%timeit" in completions(notebook, "%timei")


def test_the_messages_of_a_cell_can_be_json(notebook: Any) -> None:
    run = notebook.ok("%%isolate main\ndisplay.json({big: [1, 2]})")
    assert json.loads(json.dumps(run.messages[0]["content"]["data"]))["application/json"] == {"big": [1, 2]}


@pytest.mark.parametrize("code", ["%%isolate a\n6 * 7", "%put n=1"])
def test_a_magic_costs_little(notebook: Any, code: str) -> None:
    notebook.ok(code)
    before = time.monotonic()
    for _ in range(10):
        notebook.ok(code)
    assert time.monotonic() - before < 10


def test_in_puts_variables_of_python_before_the_cell_runs(notebook: Any) -> None:
    notebook.ok("numbers, add = [1, 2, 3], lambda a, b: a + b")
    assert notebook.ok("%%isolate a --in numbers,add\nnumbers.reduce((a, b) => add(a, b))").result == "6"
    run = notebook.ok(
        "%%isolate many[0:2] --in numbers --memory 32\nnumbers.push(9); console.log(numbers.length)"
    )
    assert run.stdout.count("4\n") == 2
    assert notebook.ok("numbers").result == "[1, 2, 3]"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--in nothing", ["--in nothing", "Python has no variable"]),
        ("--in 5", ["--in", "'5'"]),
        ("--in numbers,", ["--in", "''"]),
        ("--in let", ["--in", "'let'"]),
        ("--in", ["--in", "expected one argument"]),
    ],
)
def test_wrong_inputs_are_named_and_have_no_effect(notebook: Any, option: str, words: list[str]) -> None:
    run = notebook.run(f"%%isolate unmade {option}\n1")
    assert run.reply["ename"] == "UsageError"
    for word in words:
        assert word in run.stderr
    assert notebook.ok("'unmade' in manager").result == "False"


def test_what_cannot_be_put_is_named(notebook: Any) -> None:
    notebook.ok("thing = object()")
    run = notebook.fails("%%isolate a --in thing\n1")
    assert "--in thing" in run.error["evalue"]


def test_python_that_javascript_calls_may_call_a_magic(notebook: Any) -> None:
    notebook.ok(
        "def other():\n    shell.run_cell_magic('isolate', 'a', 'var called = 1')\nshell = get_ipython()"
    )
    assert notebook.ok("%%isolate main --in other\nother(); 'back'").result == "'back'"
    assert notebook.ok("%%isolate a\ncalled").result == "1"


def test_a_magic_for_the_isolate_that_waits_for_it_can_be_interrupted(notebook: Any) -> None:
    notebook.ok(
        "def same():\n    print('go', flush=True)\n    shell.run_cell_magic('isolate', 'a', '1')\n"
        "shell = get_ipython()"
    )
    request = notebook.start("%%isolate a --in same\nsame()")
    notebook.wait_for_text(request, "go")
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).error["ename"] == "KeyboardInterrupt"
    assert notebook.ok("%%isolate a\n2").result == "2"
