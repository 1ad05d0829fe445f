"""A declaration at the top of a cell replaces an older one of the same name, whatever either is."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

# @ is the name, # the value.
KINDS = {
    "let": "let @ = #",
    "const": "const @ = #",
    "var": "var @ = #",
    "class": "class @ { static valueOf() { return # } }",
    "function": "function @() { return # }\n@.valueOf = @",
    "async": "async function @() {}\n@.valueOf = () => #",
    "generator": "function* @() {}\n@.valueOf = () => #",
    "list": "const a@ = 0, [@, b@] = [#, 0], c@ = 0",
    "pattern": "let {x: {@}, ...rest@} = {x: {@: #}}",
    "several": "var p@ = 1, {@, q@ = 3} = {@: #}, r@",
    "nested": "if (true) { for (var @ = #, i = 0; i < 1; i++); }",
    "awaited": "const @ = await Promise.resolve(#)",
    "strict": "'use strict'; const @ = #",
    "strict function": "'use strict'; function @() { return # }\n@.valueOf = @",
    "strict var": "\n/* first */ 'use strict'\nvar @ = #",
}
CONSTANT = {"const", "list", "awaited", "strict"}


def cell(kind: str, name: str, value: int) -> str:
    return KINDS[kind].replace("@", name).replace("#", str(value))


@pytest.mark.parametrize(("first", "second"), list(itertools.product(KINDS, KINDS)))
def test_any_kind_replaces_any_other(kernel: Any, first: str, second: str) -> None:
    name = f"of_{first}_{second}".replace(" ", "_")
    kernel.ok(cell(first, name, 1))
    kernel.ok(f"function read_{name}() {{ return +{name} }}")
    reads = f"[+{name}, read_{name}()]"
    assert kernel.ok(reads).result == "[ 1, 1 ]"
    for kind, value in [(second, 2), (second, 3), (first, 4), (second, 5)]:
        kernel.ok(cell(kind, name, value))
        assert kernel.ok(reads).result == f"[ {value}, {value} ]"
    if second in CONSTANT:
        assert kernel.fails(f"{name} = 6").error["evalue"] == "Assignment to constant variable."
        assert kernel.ok(reads).result == "[ 5, 5 ]"
    else:
        kernel.ok(f"{name} = 6")
        assert kernel.ok(reads).result == "[ 6, 6 ]"


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.permutations(["let", "const", "var", "function"], 2))
)
def test_optimised_code_sees_the_new_value(kernel: Any, first: str, second: str) -> None:
    name = f"hot_{first}_{second}"
    kernel.ok(
        f"{cell(first, name, 1)}\nfunction sum_{name}(n) {{ let s = 0; while (n--) s += +{name}; return s }}"
    )
    for value, kind in enumerate([first, second, second, first, second], 2):
        kernel.ok(f"for (let i = 0; i < 300; i++) sum_{name}(1000)")
        kernel.ok(cell(kind, name, value))
        assert kernel.ok(f"sum_{name}(100000)").result == str(value * 100000)


def test_a_function_is_there_from_the_start_of_its_cell(kernel: Any) -> None:
    kernel.ok("let hoisted = 1, value = 2")
    run = kernel.ok("const early = hoisted(); function hoisted() { return 'so' }; var value; [early, value]")
    assert run.result == "[ 'so', undefined ]"


def test_a_replaced_name_stays_silent(kernel: Any) -> None:
    kernel.ok("let silent = 1")
    assert kernel.ok("function silent() {}").messages == []
    kernel.ok("const silent = 1")
    assert kernel.ok("var silent = 2").messages == []


def test_many_names_of_one_cell_are_replaced_at_once(kernel: Any) -> None:
    numbers = range(120)
    kernel.ok("const " + ", ".join(f"many{n} = {n}" for n in numbers))
    kernel.ok("\n".join(f"function many{n}() {{ return {n} }}" for n in numbers))
    assert kernel.ok("[many0(), many119()]").result == "[ 0, 119 ]"
    kernel.ok("let " + ", ".join(f"many{n} = -{n}" for n in numbers))
    assert kernel.ok("[many1, many119]").result == "[ -1, -119 ]"


def test_names_may_be_any_text(kernel: Any) -> None:
    for name in ("größe", "名前", "$_", "\\u0061scii", "\U00020000"):
        for kind in ("let", "function", "const", "var", "class"):
            kernel.ok(cell(kind, name, 3))
            assert kernel.ok(f"+{name}").result == "3"


# --- Places of errors ---


@pytest.mark.parametrize("before", ["const placed = 1", "let placed = 1", "var placed = 1", ""])
@pytest.mark.parametrize("kind", ["let", "const", "var", "function"])
def test_errors_are_where_they_were_written(kernel: Any, before: str, kind: str) -> None:
    kernel.ok(before.replace("placed", f"placed_{kind}"))
    code = cell(kind, f"placed_{kind}", 1).split("\n")[0]
    run = kernel.fails(f"{code}; null.x\n")
    column = len(code) + 8
    assert f"]:1:{column}\n  {code}; null.x\n  {' ' * (column - 1)}^" in run.traceback
    run = kernel.fails(f"'use strict'\n{code}\n  throw new Error('second')")
    assert "]:3:9\n" in run.traceback
    kernel.ok(f"let placed_{kind} = 0")
    kernel.ok(f"%%isolate main\n{code}; setTimeout")
    run = kernel.fails(f"%%isolate main\n{code}; await 1; null.x")
    assert f"]:2:{column + 9}\n" in run.traceback


def test_a_cell_that_fails_where_it_starts_changes_nothing(kernel: Any) -> None:
    kernel.ok(
        "const kept = 1; var held = 2; let tended = 3; Object.defineProperty(globalThis, 'firm', {value: 4})"
    )
    for bad in ("const undefined = 0", "function firm() {}"):
        code = f"let kept = 5; const held = 6; function tended() {{}} {bad}"
        assert "has already been declared" in kernel.fails(code).error["evalue"]
    assert kernel.ok("[kept, held, tended, globalThis.held, firm]").result == "[ 1, 2, 3, 2, 4 ]"
    assert kernel.fails("kept = 2").error["evalue"] == "Assignment to constant variable."
    assert kernel.ok("delete globalThis.held").result == "false"
    kernel.fails("let kept = 5; let broken = ;")
    assert kernel.ok("kept").result == "1"


def test_a_cell_that_threw_can_be_replaced(kernel: Any) -> None:
    for kind in KINDS:
        name = f"thrown_{kind}".replace(" ", "_")
        kernel.fails(f"const {name} = (() => {{ throw new Error('early') }})()")
        kernel.ok(cell(kind, name, 1))
        assert kernel.ok(f"+{name}").result == "1"


# --- What stays an error ---


@pytest.mark.parametrize(
    "code",
    [
        "let twice = 1; let twice = 2",
        "var twice = 1; const twice = 2",
        "function twice() {} class twice {}",
        "const undefined = 1",
        "let NaN = 1",
        "throw new SyntaxError(\"Identifier 'mine' has already been declared\")",
        'eval("let mine; let mine")',
        "(0, eval)('let twice; var twice')",
        "await 0; throw new SyntaxError(\"Identifier 'mine' has already been declared\")",
    ],
)
def test_what_is_wrong_in_itself_stays_an_error(kernel: Any, code: str) -> None:
    kernel.ok("const mine = 1, twice = 1; globalThis.runs = 0")
    run = kernel.fails(f"runs++; {code}")
    assert run.error["ename"] == "SyntaxError"
    assert "has already been declared" in run.error["evalue"]
    assert kernel.ok("runs < 2 && [mine, twice]").result == "[ 1, 1 ]"
    assert kernel.fails("mine = 2").error["ename"] == "TypeError"


def test_properties_that_no_cell_declared_are_kept(kernel: Any) -> None:
    kernel.ok(
        "Object.defineProperty(globalThis, 'fixed', {value: 1, enumerable: true});"
        "Object.defineProperty(globalThis, 'getting', {get() { return ++asked }, enumerable: true});"
        "globalThis.asked = 0; globalThis.plain = 2"
    )
    for name in ("fixed", "getting"):
        assert "already been declared" in kernel.fails(f"let {name} = 3").error["evalue"]
    assert kernel.ok("[fixed, asked]").result == "[ 1, 0 ]"
    kernel.ok("let plain = 3")
    assert kernel.ok("[plain, globalThis.plain]").result == "[ 3, 2 ]"


def test_a_frozen_global_object_is_respected(kernel: Any) -> None:
    kernel.ok("%%isolate frozen\nvar ice = 1; const rock = 2; Object.freeze(globalThis)")
    assert "already been declared" in kernel.fails("%%isolate frozen\nlet ice = 2").error["evalue"]
    assert kernel.ok("%%isolate frozen\nlet rock = 3; [ice, rock]").result == "[ 1, 3 ]"


def test_what_was_var_leaves_the_global_object(kernel: Any) -> None:
    kernel.ok("var property = {}; function member() {}")
    kernel.ok("let property = 1; const member = 2; globalThis.member = 3")
    assert kernel.ok("[globalThis.property, 'property' in globalThis, globalThis.member, member]").result == (
        "[ undefined, false, 3, 2 ]"
    )


def test_declarations_of_plain_scripts_are_not_replaced(kernel: Any) -> None:
    # V8 may have compiled the value of a constant into the code beside it.
    kernel.ok("%%python\nmanager.enter(manager.get('main'), 'main').eval_sync('const plainly = 1')")
    assert "already been declared" in kernel.fails("let plainly = 2").error["evalue"]
    assert kernel.ok("plainly").result == "1"


# --- Where cells run ---


def test_contexts_and_isolates_have_their_own_names(kernel: Any) -> None:
    for where in ("%%isolate one\n", "%%isolate one --context other\n", ""):
        kernel.ok(f"{where}const apart = 1")
    kernel.ok("%%isolate one\nlet apart = 2; apart++")
    kernel.ok("%%isolate one --context other\nfunction apart() {}")
    kinds = [kernel.ok(f"{where}typeof apart").result for where in ("%%isolate one\n", "")]
    assert kinds == ["'number'", "'number'"]
    assert kernel.ok("%%isolate one --context other\ntypeof apart").result == "'function'"
    assert kernel.fails("apart = 2").error["ename"] == "TypeError"


def test_a_cell_at_work_goes_on_with_the_new_kind(kernel: Any) -> None:
    kernel.ok("const shared = 1; let open; const gate = new Promise(resolve => { open = resolve })")
    kernel.ok("const later = gate.then(() => [shared, typeof shared])")
    kernel.ok("function shared() {}")
    kernel.ok("let shared = 'new'; open()")
    assert kernel.ok("await later").result == "[ 'new', 'string' ]"


def test_a_cell_that_is_stopped_has_declared(kernel: Any) -> None:
    kernel.ok("const stopped = 1")
    assert kernel.fails("%%isolate main --timeout 0.1\nlet stopped = 2; for (;;);").error
    kernel.ok("stopped = 3")
    assert kernel.fails("%%isolate main --timeout 0.1\nfunction stopped() {} for (;;);").error
    assert kernel.ok("typeof stopped").result == "'function'"
    kernel.ok("let stopped = 4")
    assert kernel.ok("stopped").result == "4"


@pytest.mark.parametrize("kind", ["let", "const", "var", "function", "class"])
def test_imports_replace_and_are_replaced(kernel: Any, tmp_path: Path, kind: str) -> None:
    (tmp_path / "two.mjs").write_text("export default 2")
    name = f"brought_{kind}"
    for value in (1, 3):
        kernel.ok(cell(kind, name, value))
        assert kernel.ok(f"+{name}").result == str(value)
        kernel.ok(f"import {name} from '{tmp_path / 'two.mjs'}'")
        assert kernel.ok(name).result == "2"
        assert kernel.fails(f"{name} = 4").error["evalue"] == "Assignment to constant variable."
    run = kernel.fails(f"import {name} from '{tmp_path / 'two.mjs'}'\n{cell(kind, name, 5)}")
    assert run.error["evalue"] == f"Identifier '{name}' has already been declared"


def test_a_module_has_its_own_names(kernel: Any) -> None:
    kernel.ok("const within = 1")
    kernel.ok("%%module own\nexport let within = 2")
    assert kernel.ok("within").result == "1"
    kernel.ok("import {within} from 'cell:own'")
    assert kernel.ok("var within = within ?? 3; within").result == "3"
