"""One cell in many isolates."""

from __future__ import annotations

import re
from typing import Any

import pytest


def displayed(run: Any) -> list[str]:
    return [content["data"]["text/plain"] for content in run._contents("display_data")]


def test_results_and_output_have_labels(kernel: Any) -> None:
    run = kernel.ok("%%isolate p[0:3]\nconsole.log('hello'); 6 * 7")
    assert run.stdout.startswith("New isolates p0, p1, p2: 128 MB each\n")
    labelled = run.stdout.split("\n", 1)[1]
    assert sorted(labelled.splitlines()) == [f"[stdout:p{number}] hello" for number in range(3)]
    assert run.result == "p0: 42\np1: 42\np2: 42"
    again = kernel.ok("%%isolate p*\nconsole.error('e')")
    assert again.stdout == ""
    assert sorted(again.stderr.splitlines()) == [f"[stderr:p{number}] e" for number in range(3)]
    assert again.result is None


def test_a_new_name_is_told_once(kernel: Any) -> None:
    assert kernel.ok("%%isolate once --memory 32\n1").stdout == "New isolate once: 32 MB\n"
    assert kernel.ok("%%isolate once\n1").stdout == ""


def test_isolates_keep_to_themselves(kernel: Any) -> None:
    kernel.ok("%%isolate q[0:3]\nvar kept = Math.random()")
    values = kernel.ok("%%isolate q[0:3]\nkept").result.splitlines()
    assert len({value.split(": ")[1] for value in values}) == 3
    assert kernel.ok("%%isolate all\ntypeof kept").result.count("q") == 3


def test_rich_results_are_shown_by_themselves(kernel: Any) -> None:
    show = "[Symbol.for('Jupyter.display')]: () => ({'text/plain': 'p', 'image/png': 'iVBORw0KGgo='})"
    run = kernel.ok(f"%%isolate r[0:2]\n({{a: 1, {show}}})")
    assert run.result is None
    assert displayed(run) == ["p", "p"]
    assert run.stdout.endswith("[output:r0]\n[output:r1]\n")


@pytest.mark.parametrize("how", ["target", "order"])
def test_groups(kernel: Any, how: str) -> None:
    run = kernel.ok(
        f"%%isolate g[0:2] --group-outputs {how}\nfor (const n of [1, 2]) console.log(n); display('d'); 'r'"
    )
    shown = displayed(run)
    assert sorted(shown) == sorted([f"g{n}: '{x}'" for n in (0, 1) for x in "dr"])
    assert run.result is None
    if how == "target":
        assert shown == ["g0: 'd'", "g0: 'r'", "g1: 'd'", "g1: 'r'"]
        assert re.search(r"\[stdout:g0\] 1\n2\n\[stdout:g1\] 1\n2\n$", run.stdout)


def test_one_error_for_all(kernel: Any) -> None:
    kernel.ok("%%isolate e[0:3]\nvar me = 0")
    kernel.ok("%%isolate e2\nvar me = 2")
    run = kernel.fails("%%isolate e[0:3]\nif (me === 2) throw new RangeError('mine');\nnull.x")
    assert run.error["ename"] == "CompositeError"
    assert run.error["evalue"] == (
        "3 of 3 isolates failed: [e0, e1] TypeError: Cannot read properties of null (reading 'x'); "
        "[e2] RangeError: mine"
    )
    assert "[e0, e1] TypeError: Cannot read" in run.traceback
    assert ":3:6\n  null.x\n       ^" in run.traceback
    assert "[e2] RangeError: mine" in run.traceback
    some = kernel.fails("%%isolate e[0:3]\nif (me === 2) throw 5; 'fine'")
    assert some.error["evalue"].startswith("1 of 3 isolates failed: [e2]")
    assert displayed(some) == ["e0: 'fine'", "e1: 'fine'"]


def test_death_of_one_is_told_and_the_others_are_done(kernel: Any) -> None:
    kernel.ok("%%isolate d[0:3] --memory 16\nvar die = false")
    kernel.ok("%%isolate d1\ndie = true")
    run = kernel.fails(
        "%%isolate d*\nif (die) { const l = []; for (;;) l.push(new Array(1e5).fill(1.5)) } 'alive'"
    )
    assert run.error["evalue"].startswith("1 of 3 isolates failed: [d1] MemoryLimitError")
    assert displayed(run) == ["d0: 'alive'", "d2: 'alive'"]
    assert "is a new one" in kernel.ok("%%isolate d[0:3]\ntypeof die").stderr


def test_a_stop_stops_all_of_them(kernel: Any) -> None:
    kernel.ok("%%isolate s[0:4]\nvar kept = 'kept'")
    request = kernel.start("%%isolate s[0:4]\nconsole.log('go'); for (;;);")
    # The pool has fewer threads than there are loops: more are started.
    for number in range(4):
        kernel.wait_for_text(request, f"[stdout:s{number}] go")
    kernel.interrupt()
    run = kernel.finish(request)
    assert run.error["ename"] == "KeyboardInterrupt"
    assert kernel.ok("%%isolate s[0:4]\nkept").result == "\n".join(f"s{n}: 'kept'" for n in range(4))


def test_accounting_adds_up(kernel: Any) -> None:
    request = kernel.client.execute("%%isolate t[0:2]\nfor (let i = 0; i < 1e7; i++); 1")
    reply = kernel.client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == request
    kernel.until_idle(request)
    assert reply["metadata"]["isolate"] == "t0, t1"
    assert reply["metadata"]["cpu_time_ns"] > 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%%isolate ,", "TARGETS"),
        ("%%isolate a,", "'a,'"),
        ("%%isolate a[0:5000]", "'a[0:5000]'"),
        ("%%isolate x* -a", "'x*'"),
        ("%%isolate a --group-outputs engine", "'engine'"),
        ("%%isolate a --progress-after -1", "--progress-after"),
        ("%%isolate a --progress-after soon", "'soon'"),
        ("%%isolate a -o 1x", "'1x'"),
        ("%%isolate a --out class", "'class'"),
        ("%%isolate a -a -b", "not allowed"),
        ("%%isolate a -a --python-result", "--python-result"),
        ("%%isolate a,b --timeout 0", "--timeout"),
        ("%%isolate a,b --memory 1", "--memory"),
        ("%%isolate a,b --memory", "--memory"),
    ],
)
def test_bad_input_names_the_option_and_does_nothing(kernel: Any, line: str, told: str) -> None:
    run = kernel.fails(f"{line}\nvar done = true")
    assert run.error["ename"] == "UsageError"
    assert told in run.error["evalue"]
    assert kernel.fails("%%isolate a,b*\n1").error["ename"] == "UsageError", "none of them was made"


def test_limits_that_differ_are_refused_before_anything_runs(kernel: Any) -> None:
    kernel.ok("%%isolate l1 --memory 32\nvar n = 0")
    run = kernel.fails("%%isolate l[0:2] --memory 64\nvar n = 1")
    assert "'l1' already has a limit of 32 MB" in run.error["evalue"]
    assert kernel.ok("%%isolate l1\nn").result == "0"
    assert "--inspector" in kernel.fails("%%isolate l1 --inspector\n1").error["evalue"]


def test_modules_and_values_of_python(kernel: Any) -> None:
    run = kernel.ok("%%isolate m[0:2] --module\nexport const hidden = 3; console.log(hidden)")
    assert run.stdout.count("] 3") == 2
    assert kernel.ok("%%isolate m0\ntypeof hidden").result == "'undefined'"
    assert (
        kernel.ok("%%isolate m[0:2] --python-result\n({a: [1, null]})").result
        == "{'m0': {'a': [1, None]}, 'm1': {'a': [1, None]}}"
    )
    assert kernel.ok("%%isolate m0 --python-result\n'text'").result == "'text'"
    assert kernel.ok("%%isolate m0 --python-result\nundefined").result is None
    assert kernel.ok("%%isolate m0 --python-result --module\n1").result is None
    kernel.ok("%%isolate m[0:2] -o both\n[1, 2]")
    assert (
        kernel.ok("%%python\nboth.result(), both['m1'], both.state").result
        == "({'m0': [1, 2], 'm1': [1, 2]}, [1, 2], 'done')"
    )


def test_a_bar_for_what_takes_long(kernel: Any) -> None:
    one = kernel.ok("%%isolate b0 --progress-after 0 --group-outputs order\nawait 1; console.log('x')")
    assert (one.stdout.splitlines()[-1], one._contents("display_data")) == ("x", [])
    run = kernel.ok("%%isolate b[0:2] --progress-after 0\nawait new Promise((r) => setTimeout(r, 300))")
    first = run._contents("display_data")[0]["data"]
    assert "0 of 2 isolates have ended" in first["text/plain"]
    assert '<progress value="0" max="2"' in first["text/html"]
    quick = kernel.ok("%%isolate b[0:2]\n1")
    assert displayed(quick) == []


def test_ten_isolates_of_ten_thousand_lines(own_kernel: Any) -> None:
    run = own_kernel.ok("%%isolate n[0:10]\nfor (let i = 0; i < 10000; i++) console.log(`line ${i}`)")
    label, lines = "", {f"n{number}": [] for number in range(10)}
    for line in run.stdout.splitlines()[1:]:
        match = re.match(r"\[stdout:(\w+)\] ", line)
        if match:
            label, line = match[1], line[match.end() :]
        lines[label].append(line)
    expected = [f"line {number}" for number in range(10000)]
    assert [name for name, own in lines.items() if own != expected] == []
