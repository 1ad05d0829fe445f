"""%%python cells, %python lines, %put and %get."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import DEADLINE_S


def test_a_python_cell_is_ipythons(kernel: Any) -> None:
    run = kernel.ok("%%python\nimport sys\nprint('out'); print('err', file=sys.stderr)\n6 * 7")
    assert (run.stdout, run.stderr, run.result) == ("out\n", "err\n", "42")
    run = kernel.ok("%%python\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))")
    assert [m["content"]["data"]["text/html"] for m in run.messages if m["msg_type"] == "display_data"] == [
        "<b>x</b>"
    ]
    assert kernel.ok("%%python\nimport asyncio\nawait asyncio.sleep(0.01)\n'awaited'").result == "'awaited'"
    (page,) = kernel.ok("%%python\n%who?").reply["payload"]
    assert page["source"] == "page"


def test_a_magic_of_ipythons_may_start_the_python(kernel: Any) -> None:
    assert "total" in kernel.ok("%%python\n%%time\nx = 1").stdout


def test_magics_of_ipythons_are_a_step_away(kernel: Any) -> None:
    assert "%python %pwd" in kernel.fails("%pwd").error["evalue"]
    assert "%%python above %%html" in kernel.fails("%%html\n<b>x</b>").error["evalue"]
    assert kernel.ok("%python %pwd").result is not None
    (message,) = kernel.ok("%%python\n%%html\n<b>x</b>").messages
    assert message["content"]["data"]["text/html"].strip() == "<b>x</b>"


def test_errors_of_python_name_the_lines_of_the_cell(kernel: Any) -> None:
    run = kernel.fails("# NBVAL_RAISES_EXCEPTION\n%%python\n\n1 / 0")
    assert run.error["ename"] == "ZeroDivisionError"
    assert run.reply["ename"] == "ZeroDivisionError"
    assert "line 4" in run.traceback
    run = kernel.fails("%%python\nx = = 1")
    assert run.error["ename"] == "SyntaxError"
    assert "line 2" in run.traceback


def test_python_and_javascript_count_together(kernel: Any) -> None:
    first = kernel.ok("'js'").reply["execution_count"]
    assert kernel.ok("%%python\n'py'").reply["execution_count"] == first + 1
    assert kernel.ok("'js again'").reply["execution_count"] == first + 2
    assert kernel.ok(f"%%python\nOut[{first + 1}]").result == "'py'"
    assert kernel.ok(f"%%python\n_{first + 1}").result == "'py'"
    run = kernel.ok(f"%%python\nprint(In[{first}]); print(In[{first + 2}])")
    assert run.stdout == "'js'\n'js again'\n"


def test_a_cell_counts_once_whatever_magics_are_in_it(kernel: Any) -> None:
    count = kernel.ok("let counted = 5").reply["execution_count"] + 1
    run = kernel.ok("%get counted\n%python counted\n%python -counted;\nlet it = `(`;")
    assert (run.reply["execution_count"], run.result) == (count, "5")
    (result,) = (message for message in run.messages if message["msg_type"] == "execute_result")
    assert result["content"]["execution_count"] == count
    assert f"In[{count + 1}]" in kernel.fails("%python 1 / 0").traceback
    assert kernel.ok(f"%python Out[{count}]").reply["execution_count"] == count + 2
    assert kernel.ok("%python counted", silent=True).messages == []


def test_the_history_has_the_cell_as_it_was_written(own_kernel: Any) -> None:
    own_kernel.ok("%%python\nx = 1")
    own_kernel.ok("let y = 2")
    request = own_kernel.client.history(raw=True, output=False, hist_access_type="range", session=0, start=1)
    history = [item[2] for item in own_kernel.reply(request, "history_reply")["history"]]
    assert history == ["%%python\nx = 1", "let y = 2"]


def test_a_silent_cell_of_python_leaves_no_trace(kernel: Any) -> None:
    count = kernel.ok("1").reply["execution_count"]
    run = kernel.ok("%%python\nquiet = 1\nquiet", silent=True)
    assert run.messages == []
    assert kernel.ok("%%python\nquiet").reply["execution_count"] == count + 1


def test_user_expressions_of_a_python_cell_are_python(kernel: Any) -> None:
    run = kernel.ok("%%python\nx = 5", user_expressions={"twice": "x * 2"})
    assert run.reply["user_expressions"]["twice"]["data"]["text/plain"] == "10"


def test_names_are_offered_but_never_the_users(kernel: Any) -> None:
    kernel.ok("%%isolate offered\nvar x = 1")
    kernel.ok("%%isolate print\nvar x = 1")
    kernel.ok("%%isolate not-a-name\nvar x = 1")
    assert kernel.ok("%%python\noffered['x']").result == "1"
    assert kernel.ok("%%python\noffered is manager['offered'], isolates.V8_VERSION[:3]").result is not None
    kernel.ok("%%python\noffered = 'mine'; print('still a function')")
    assert kernel.ok("%%python\noffered").result == "'mine'"
    assert "manager" not in kernel.ok("%%python\n%who").stdout


def test_names_are_completed_before_python_has_run(own_kernel: Any) -> None:
    own_kernel.ok("%%isolate newcomer\nvar x = 1")
    code = "%%python\nmanager.nam"
    reply = own_kernel.reply(own_kernel.client.complete(code, len(code)), "complete_reply")
    assert "names" in str(reply["matches"])
    code = "%%python\nnewcom"
    reply = own_kernel.reply(own_kernel.client.complete(code, len(code)), "complete_reply")
    assert reply["matches"] == ["newcomer"]
    reply = own_kernel.reply(own_kernel.client.inspect("%%python\nmanager", 12), "inspect_reply")
    assert "IsolateManager" in reply["data"]["text/plain"]


def test_variables_by_name(kernel: Any) -> None:
    kernel.ok(
        "%%isolate v\nlet declared = {a: [1, 2, new Map([[1, 'one']])]}; var old = 'v'; const fixed = 1"
    )
    assert kernel.ok("%%python\nmanager['v']['declared']").result == "{'a': [1, 2, {1: 'one'}]}"
    kernel.ok("%%python\nmanager['v']['declared'] = [3]; manager['v']['fresh'] = {'k': None}")
    assert kernel.ok("%%isolate v\n[declared, fresh]").result == "[ [ 3 ], { k: null } ]"
    assert kernel.fails("%%python\nmanager['v']['fixed'] = 2").error["ename"] == "JSTypeError"
    assert kernel.ok("%%python\n'old' in manager['v'], 'new' in manager['v']").result == "(True, False)"
    kernel.ok("%%python\nmanager['v'].context('c')['x'] = 5")
    assert kernel.ok("%%isolate v --context c\nx").result == "5"
    assert kernel.ok("%%isolate v\ntypeof x").result == "'undefined'"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("manager['v0']['x']", ["v0", "x"]),
        ("manager['main']['nope']", ["main", "nope"]),
        ("manager['main'].context('none')['x']", ["none"]),
        ("manager['main']['a b']", ["a b"]),
        ("manager['main']['if'] = 1", ["if"]),
        ("manager['main'][0]", ["0"]),
    ],
)
def test_what_is_not_there_is_a_key_error(kernel: Any, code: str, words: list[str]) -> None:
    run = kernel.fails(f"%%python\n{code}")
    assert run.error["ename"] == "KeyError"
    for word in words:
        assert word in run.error["evalue"]
    assert kernel.ok("%%python\n'v0' in manager").result == "False"


def test_names_of_isolates_are_those_of_magics(kernel: Any) -> None:
    for code in ("manager['9']['x'] = 1", "manager['main'].context('a b').eval_sync('1')"):
        assert kernel.fails(f"%%python\n{code}").error["ename"] == "ValueError"


def test_functions_cross_in_both_directions(kernel: Any) -> None:
    kernel.ok("var add = (a, b) => a + b, later = async (x) => { await 1; return x * 2 }")
    assert kernel.ok("%%python\nadd = manager['main']['add']\nadd(1, 2), add('a', 'b')").result == "(3, 'ab')"
    assert kernel.ok("%%python\nmanager['main']['later'](21)").result == "42"
    assert kernel.ok("%%python\nmanager['main']['same'] = add").result is None
    assert kernel.ok("same === add").result == "true"
    kernel.ok("%%python\nmanager['other']['borrowed'] = add")
    assert kernel.ok("%%isolate other\nborrowed(2, 3)").result == "5"
    kernel.ok("%put square=lambda x: x * x")
    assert kernel.ok("[2, 3].map((x) => square(x))").result == "[ 4, 9 ]"
    kernel.ok("%%python\nasync def slow(x):\n    await asyncio.sleep(0.01)\n    return x + 1")
    kernel.ok("%%python\nimport asyncio")
    assert kernel.ok("%put slow\nawait slow(1)").result == "2"
    run = kernel.fails("%put bad=lambda: 1 / 0\nbad()")
    assert "division" in run.error["evalue"]


def test_functions_of_python_may_use_the_isolate_that_calls_them(kernel: Any) -> None:
    kernel.ok("var base = 40")
    kernel.ok(
        "%%python\ndef look(n):\n    manager['main']['seen'] = n\n    return manager['main']['base'] + n"
    )
    kernel.ok("%put look")
    assert kernel.ok("[look(2), seen]").result == "[ 42, 2 ]"
    assert kernel.ok("await new Promise((done) => setTimeout(() => done(look(3)), 5))").result == "43"
    kernel.ok("%put look --isolate asking")
    assert kernel.ok("%%isolate asking\nlook(4)").result == "44"
    assert (
        kernel.ok("%%python\nmanager['asking'].eval_sync('look(5)'), manager['main']['seen']").result
        == "(45, 5)"
    )
    assert kernel.ok("%put twice=main['base'] * 2\ntwice").result == "80"


def test_a_function_of_python_prints_into_the_cell_that_calls_it(kernel: Any) -> None:
    kernel.ok("%%python\ndef say(text):\n    print(text)\n    return len(text)")
    run = kernel.ok("%put say\nawait 0; [say('one'), say('three')]")
    assert (run.stdout, run.result) == ("one\nthree\n", "[ 3, 5 ]")
    assert kernel.ok("%%python\nmanager['main'].eval_sync('say(\"four\")')").stdout == "four\n"


def test_an_interrupt_stops_a_function_of_python_that_javascript_called(kernel: Any) -> None:
    """The isolate is free again, since the function has ended too."""
    kernel.ok("%%python\ndef forever():\n    print('go', flush=True)\n    while True: pass\nstill = 1")
    for code in ("forever()", "await 1; forever()"):
        request = kernel.start(f"%put forever\n{code}")
        kernel.wait_for_text(request, "go")
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
        assert kernel.ok("6 * 7").result == "42"
    assert kernel.ok("%python still").result == "1"


def test_what_cannot_be_copied_is_a_reference(kernel: Any) -> None:
    kernel.ok("var mixed = {f() { return 7 }}")
    code = "r = manager['main']['mixed']\ntype(r).__name__, r.get_sync('f', reference=True).apply_sync()"
    assert kernel.ok(f"%%python\n{code}").result == "('Reference', 7)"


def test_numpy_sees_shared_memory(kernel: Any) -> None:
    kernel.ok(
        "%%python\nimport numpy as np\nbuffer = isolates.SharedArrayBuffer(24)\n"
        "view = np.frombuffer(buffer)\nmanager['main']['shared'] = buffer\nview[0] = 1.5"
    )
    assert kernel.ok("var seen = new Float64Array(shared); seen[1] = 2.5; seen[0]").result == "1.5"
    assert kernel.ok("%%python\nview.tolist()").result == "[1.5, 2.5, 0.0]"
    assert kernel.ok("%put a=np.arange(3.0)\na").result == "Float64Array(3) [ 0, 1, 2 ]"
    assert kernel.ok("%get a\n%python type(a).__name__, a.tolist()").result == "('ndarray', [0.0, 1.0, 2.0])"


def test_put_and_get(kernel: Any) -> None:
    kernel.ok("%%python\ntext = 'a \"b\" --isolate'")
    assert kernel.ok("%put s = text + ' c'\ns").result == "'a \"b\" --isolate c'"
    kernel.ok("%put y=[1, {'z': None}] --isolate p --context c")
    assert kernel.ok("%%isolate p --context c\ny").result == "[ 1, { z: null } ]"
    kernel.ok("%put --isolate=p text")
    assert kernel.ok("%%isolate p\ntext.length").result == "15"
    kernel.ok("let p1 = 1, p2 = [2]")
    assert kernel.ok("%get p1 p2\n%python p1, p2").result == "(1, [2])"
    assert kernel.ok("%get --isolate p text\n%python text").result == "'a \"b\" --isolate'"


@pytest.mark.parametrize(
    ("line", "ename", "words"),
    [
        ("%put", "UsageError", ["%put", "NAME[=expression]"]),
        ("%put 5=5", "UsageError", ["%put", "'5=5'"]),
        ("%put a b", "UsageError", ["%put", "'a b'"]),
        ("%put a=", "UsageError", ["%put", "no expression"]),
        ("%put a=1 +", "UsageError", ["%put", "'1 +'", "no expression"]),
        ("%put a=1 --isolate 5", "UsageError", ["--isolate", "'5'"]),
        ("%put a=missing", "NameError", ["missing"]),
        ("%put a=object()", "TransferError", ["object"]),
        ("%get", "UsageError", ["%get", "NAME"]),
        ("%get a-b", "UsageError", ["%get", "NAME", "'a-b'"]),
        ("%get None", "UsageError", ["%get", "'None'"]),
        ("%get nowhere", "UsageError", ["%get", "'nowhere'"]),
        ("%get x --isolate nowhere", "UsageError", ["%get", "nowhere"]),
        ("%python 1 / 0", "ZeroDivisionError", ["division by zero"]),
        ("%python", "UsageError", ["%python", "CODE"]),
        ("%%python x", "UsageError", ["%%python", "x"]),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_not_run(
    kernel: Any, line: str, ename: str, words: list[str]
) -> None:
    run = kernel.fails(f"{line}\nvar ran = 1")
    assert run.error["ename"] == run.reply["ename"] == ename
    for word in words:
        assert word in run.error["evalue"]
    assert kernel.ok("typeof ran").result == "'undefined'"


def test_get_is_all_or_nothing(kernel: Any) -> None:
    kernel.ok("var g1 = 'new'")
    kernel.ok("%python g1 = 'old'")
    kernel.fails("%get g1 g2")
    assert kernel.ok("%python g1").result == "'old'"


def test_timers_and_output_go_on_while_python_waits(kernel: Any) -> None:
    code = "console.log('first'); await new Promise(r => setTimeout(r, 50)); console.log('second'); 'done'"
    run = kernel.ok(f"%%python\nmanager['waiting'].eval_sync({code!r})")
    assert run.stdout == "first\nsecond\n"
    assert run.result == "'done'"
    code_for_long = code.replace("50", "1500")
    request = kernel.start(f"%%python\nmanager['waiting'].eval_sync({code_for_long!r})")
    assert kernel.wait_for_text(request, "first\n") == "first\n"
    kernel.finish(request)
    assert kernel.ok(f"%%python\nawait manager['waiting'].eval({code!r})").stdout == "first\nsecond\n"


def test_javascript_that_python_waits_for_may_call_coroutines(kernel: Any) -> None:
    kernel.ok(
        "%%python\nimport asyncio\nasync def soon(x):\n    await asyncio.sleep(0.01)\n    return x + 1\n"
        "manager['main']['soon'] = soon"
    )
    assert kernel.ok("%%python\nmanager['main'].eval_sync('await soon(1)')").result == "2"
    assert kernel.ok("await soon(2)").result == "3"


LOOP = "console.log('go'); for (;;);"
WAIT = "console.log('go'); await new Promise(() => {})"
STOPPED = {
    "a loop of python": "print('go', flush=True)\nwhile True: pass",
    "a sleep": "import time\nprint('go', flush=True)\ntime.sleep(60)",
    "an await": "import asyncio\nprint('go', flush=True)\nawait asyncio.sleep(60)",
    "a sleep after an await": "await asyncio.sleep(0)\nprint('go', flush=True)\ntime.sleep(60)",
    "javascript that loops": f"manager['stopped'].eval_sync({LOOP!r})",
    "javascript that waits": f"manager['stopped'].eval_sync({WAIT!r})",
    "javascript that is awaited": f"await manager['stopped'].eval({LOOP!r})",
    "a function of javascript's": f"manager['stopped'].eval_sync({f'(() => {{ {LOOP} }})'!r})()",
}


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED.keys())
def test_an_interrupt_stops_python_and_keeps_the_state(kernel: Any, code: str) -> None:
    kernel.ok("%%python\nimport asyncio, time\nmanager['stopped']['kept'] = kept = 'kept'")
    request = kernel.start(f"%%python\n{code}")
    kernel.wait_for_text(request, "go")
    before = time.monotonic()
    kernel.interrupt()
    run = kernel.finish(request)
    assert time.monotonic() - before < 10  # and not the minute that it would take
    assert run.error is not None
    assert run.error["ename"] == run.reply["ename"] == "KeyboardInterrupt"
    assert "isolates/kernel/" not in run.traceback
    assert kernel.ok("%%python\nmanager['stopped']['kept'], kept").result == "('kept', 'kept')"


@pytest.mark.parametrize("code", ["!echo > {begun}; sleep 60", "os.system(f'echo > {begun}; sleep 60')"])
def test_an_interrupt_stops_programs_that_python_started(kernel: Any, tmp_path: Path, code: str) -> None:
    """Python itself goes on, as IPython and os.system have it."""
    begun = tmp_path / "begun"
    kernel.ok(f"%%python\nimport os\nbegun = {str(begun)!r}")
    request = kernel.start(f"%%python\n{code}\n'went on'")
    until = time.monotonic() + DEADLINE_S
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.01)  # It is a program of its own: there is nothing to wait for.
    before = time.monotonic()
    kernel.interrupt()
    assert kernel.finish(request).result == "'went on'"
    assert time.monotonic() - before < 10


def test_an_interrupt_stops_what_a_widget_has_called(kernel: Any) -> None:
    kernel.ok(
        "%%python\nimport time\ndef opened(comm, message):\n    print('go', flush=True)\n    time.sleep(60)\n"
        "get_ipython().kernel.comm_manager.register_target('slow', opened)"
    )
    content = {"comm_id": "a1", "target_name": "slow", "data": {}}
    message = kernel.client.session.msg("comm_open", content)
    kernel.client.shell_channel.send(message)
    kernel.wait_for_text(message["header"]["msg_id"], "go")
    kernel.interrupt()
    before = time.monotonic()
    assert kernel.ok("1 + 1").result == "2"
    assert time.monotonic() - before < 10


def test_an_interrupt_after_python_does_nothing(kernel: Any) -> None:
    kernel.ok("%%python\nquick = 1")
    kernel.interrupt()
    kernel.interrupt()
    assert kernel.ok("%%python\nsum(range(1_000_000)), quick").result == "(499999500000, 1)"


def test_python_may_ask_for_input(kernel: Any) -> None:
    request = kernel.start("%%python\nanswer = input('name? ')\nanswer.upper()", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=30)
    assert question["content"]["prompt"] == "name? "
    kernel.client.input("ada")
    assert kernel.finish(request).result == "'ADA'"


def test_an_interrupt_stops_a_line_of_python(kernel: Any) -> None:
    kernel.ok("%python import asyncio")
    for line in (
        "%python import time; print('go', flush=True); time.sleep(60)",
        "%put x=[print('go'), time.sleep(60)]",
        "%python print('go', flush=True); await asyncio.sleep(60)",
    ):
        request = kernel.start(f"{line}\nvar after = 1")
        kernel.wait_for_text(request, "go")
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
        assert kernel.ok("typeof after").result == "'undefined'"
