"""Each magic in a Python kernel. What it does in detail is tested in tests/kernel."""

from __future__ import annotations

import re
from typing import Any

import pytest

from isolates.kernel.extension.loading import MAGICS

NAMES = [(magic.kind, magic.name) for magic in MAGICS]


def shown(run: Any) -> str:
    """All that a cell has shown as text."""
    texts = [message["content"].get("data", {}).get("text/plain", "") for message in run.messages]
    return "\n".join([run.stdout, *texts])


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=lambda part: str(part))
def test_each_has_help(notebook: Any, kind: str, name: str) -> None:
    magic = f"{'%%' if kind == 'cell' else '%'}{name}"
    (payload,) = notebook.ok(f"{magic}?").reply["payload"]
    text = payload["data"]["text/plain"]
    assert f"usage: {magic}" in text
    body = "\n1" if kind == "cell" else ""
    (payload,) = notebook.ok(f"{magic} --help{body}").reply["payload"]
    assert f"usage: {magic}" in payload["data"]["text/plain"]


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=lambda part: str(part))
def test_each_names_a_wrong_option(notebook: Any, kind: str, name: str) -> None:
    magic = f"{'%%' if kind == 'cell' else '%'}{name}"
    if name in ("time", "timeit", "reset", "put"):
        pytest.skip("the words could be IPython's, or Python")
    word = "1" if name in ("await", "cancel") else "a"
    run = notebook.run(f"{magic} --nonsense {word}" + ("\n1" if kind == "cell" else ""))
    assert run.reply["ename"] == "UsageError"
    assert magic in run.stderr
    assert "--nonsense" in run.stderr


def test_one_cell_in_many_isolates(notebook: Any) -> None:
    run = notebook.ok("%%isolate m[0:3] --group-outputs target\nconsole.log('here'); 6 * 7")
    text = shown(run)
    assert "New isolates m0, m1, m2" in text
    for name in ("m0", "m1", "m2"):
        assert f"[stdout:{name}] here" in text
        assert f"{name}: 42" in text


def test_errors_of_many_isolates_are_one_exception(notebook: Any) -> None:
    run = notebook.fails("%%isolate m[0:3]\nif (1) null.x")
    assert run.error["ename"] == "CompositeError"
    assert "3 of 3 isolates" in run.error["evalue"]
    assert "m1" in run.traceback
    run = notebook.ok(
        "try:\n    get_ipython().run_cell_magic('isolate', 'm[0:2]', 'null.x')\n"
        "except Exception as error:\n    print(sorted(error.errors), type(error.errors['m0']).__name__)"
    )
    assert run.stdout.endswith("['m0', 'm1'] JSTypeError\n")


def test_jobs_are_pythons_too(notebook: Any) -> None:
    notebook.ok("%%isolate job\nlet go; const gate = new Promise(done => { go = done })")
    request = notebook.start(
        "%%isolate job -a -o work\nconsole.log('begun'); await gate; console.log('end'); 42"
    )
    printed = notebook.finish(request).stdout
    notebook.ok("import asyncio\nwhile work.state == 'queued': await asyncio.sleep(0.01)")
    number = str(notebook.ok("work.number").result)
    assert "running" in shown(notebook.ok("%jobs"))
    notebook.ok("manager['job'].eval_sync('go()')")
    assert notebook.ok("await work").result == "42"
    assert notebook.ok("work.result()").result == "42"
    assert "42" in shown(notebook.ok(f"%await {number}"))
    assert printed + notebook.wait_for_text(request, "end") == "begun\nend\n"


def test_a_job_goes_on_when_its_waiting_is_interrupted(notebook: Any) -> None:
    notebook.ok("%%isolate job2\nlet go; const gate = new Promise(done => { go = done })")
    notebook.ok("%%isolate job2 -a -o work\nawait gate; 42")
    number = str(notebook.ok("work.number").result)
    request = notebook.start(f"print('go', flush=True)\n%await {number}")
    notebook.wait_for_text(request, "go")
    notebook.manager.interrupt_kernel()
    run = notebook.finish(request)
    assert run.error["ename"] == "KeyboardInterrupt"
    notebook.ok("manager['job2'].eval_sync('go()')")
    assert notebook.ok("await work").result == "42"


def test_a_job_can_be_cancelled(notebook: Any) -> None:
    notebook.ok("%%isolate job3 -a -o work\nfor (;;);")
    notebook.ok(f"%cancel {notebook.ok('work.number').result}")
    assert notebook.ok("work.wait(20); work.state").result == "'cancelled'"


def test_the_current_isolate_and_context(notebook: Any) -> None:
    notebook.ok("%%isolate current --context inner\nlet word = 'inner'")
    assert "'current'" in notebook.ok("%isolate current").stdout
    assert "'inner'" in notebook.ok("%context inner").stdout
    assert notebook.ok("%get word\nword").result == "'inner'"
    notebook.ok("%context main\n%isolate main")
    assert "word" in notebook.run("del word\n%get word").stderr


def test_the_table_of_isolates(notebook: Any) -> None:
    run = notebook.ok("%isolates")
    (bundle,) = (message["content"]["data"] for message in run.messages)
    assert re.search(r"^a +", bundle["text/plain"], re.MULTILINE)
    assert "<table" in bundle["text/html"]


def test_limits_and_defaults(notebook: Any) -> None:
    assert "128 MB" in shown(notebook.ok("%limits a"))
    notebook.ok("%limits a --timeout 0.1")
    assert "ScriptTimeoutError" in notebook.fails("%%isolate a\nfor (;;);").error["ename"]
    notebook.ok("%limits a --timeout none")
    notebook.ok("%isolateconfig --memory 32")
    assert "32 MB" in notebook.ok("%%isolate small\n1").stdout
    notebook.ok("%isolateconfig --memory 128")
    assert "128 MB" in shown(notebook.ok("%isolateconfig"))
    assert notebook.ok("%config IsolateMagics.default_memory").result == "128.0"


def test_disposing_resetting_and_collecting(notebook: Any) -> None:
    notebook.ok("%%isolate gone\nlet x = new Array(1000)")
    assert "gone" in shown(notebook.ok("%gc gone"))
    assert "gone" in notebook.ok("%reset gone").stdout
    assert notebook.ok("%%isolate gone\ntypeof x").result == "'undefined'"
    notebook.ok("%reset --context main gone")
    assert "gone" in notebook.ok("%dispose gone").stdout
    assert notebook.ok("'gone' in manager").result == "False"
    run = notebook.run("%dispose gone")
    assert "UsageError: %dispose" in run.stderr


@pytest.mark.parametrize("magic", ["%interrupt", "%terminate"])
def test_stopping_by_name(notebook: Any, magic: str) -> None:
    notebook.ok("import threading\nbegun = threading.Event()\nbegin = lambda: begun.set()")
    notebook.ok("%%isolate spinning -a -o work --in begin\nbegin(); for (;;);")
    notebook.ok("assert begun.wait(20)")
    notebook.ok(f"{magic} spinning")
    assert notebook.ok("work.wait(20); work.state").result == "'cancelled'"


@pytest.mark.parametrize("line", ["%interrupt coming*", "%dispose coming*"])
def test_isolates_that_a_job_has_not_made_are_reached(notebook: Any, line: str) -> None:
    # From one cell: the job has hardly begun.
    notebook.ok(
        "get_ipython().run_cell_magic('isolate', 'coming[0:20] --memory 16 -a -o work', 'for (;;);')\n"
        f"get_ipython().run_line_magic(*{line[1:]!r}.split())"
    )
    notebook.ok("work.wait(20)")
    assert notebook.ok("work.done()").result == "True"
    if "dispose" in line:
        assert notebook.ok("[name for name in manager if 'coming' in name]").result == "[]"
    else:
        notebook.run("%dispose coming*")


def test_cells_can_be_modules(notebook: Any) -> None:
    notebook.ok("%%module shapes\nexport const area = r => 3 * r ** 2")
    assert notebook.ok("%%isolate a\nimport { area } from 'shapes'\narea(2)").result == "12"


def test_await_on_and_off(notebook: Any) -> None:
    notebook.ok("%await off")
    assert "Promise" in notebook.ok("%%isolate a\nPromise.resolve(1)").result
    notebook.ok("%await on")
    assert notebook.ok("%%isolate a\nPromise.resolve(1)").result == "1"


def test_ten_isolates_print_ten_thousand_lines_each(notebook: Any) -> None:
    notebook.ok("%%isolate many[0:10] --memory 32\n1")
    run = notebook.ok("%%isolate many[0:10]\nfor (let n = 0; n < 10_000; n++) console.log('line', n)")
    found: dict[str, list[int]] = {}
    name = ""
    for line in run.stdout.splitlines():
        match = re.fullmatch(r"(?:\[stdout:(\w+)\] ?)?(?:line (\d+))?", line)
        assert match is not None, line
        name = match[1] or name
        if match[2] is not None:
            found.setdefault(name, []).append(int(match[2]))
    assert found == {f"many{n}": list(range(10_000)) for n in range(10)}
    notebook.ok("%dispose many*")


def test_names_that_ipython_has_are_ours_with_an_isolate(notebook: Any) -> None:
    ours, ipythons = notebook.ok("%%time a\n1 + 1"), notebook.ok("%%time\none = 1 + 1")
    assert "CPU times:" not in shown(ours)
    assert "CPU times:" in shown(ipythons)
    assert "2" in shown(ours)
    ours, ipythons = (
        notebook.ok("%timeit -n 20 -r 2 --isolate a 1 + 1"),
        notebook.ok("%timeit -n 20 -r 2 1 + 1"),
    )
    assert "quartiles" in shown(ours)
    assert "quartiles" not in shown(ipythons)
    assert "of 2 runs" in shown(ipythons)


def test_a_flood_of_displays_is_complete(notebook: Any) -> None:
    # More than the queues of ipykernel and ZeroMQ hold.
    run = notebook.ok("%%isolate flood\nfor (let i = 0; i < 12_000; i++) display(i)")
    shown = [content["data"]["text/plain"] for content in run._contents("display_data")]
    assert shown == [str(number) for number in range(12_000)]
