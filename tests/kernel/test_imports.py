"""Modules in cells: files beside the notebook, packages, JSON, CommonJS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.kernel.notebook_folder import write

Kernel = Any


# --- import declarations ---


def test_a_file_beside_the_notebook(cell: Kernel) -> None:
    run = cell.ok("import named, {twice, count as n} from './helper.mjs';\n[named(), twice(4), n]")
    assert run.result == "[ 'deep', 8, 0 ]"


def test_imported_names_stay_and_can_be_imported_again(cell: Kernel) -> None:
    cell.ok("import {twice} from './helper.mjs'")
    cell.ok("import {twice, increase} from './helper.mjs'")
    assert cell.ok("twice(2) + increase()").result == "5"


def test_a_namespace_is_live(cell: Kernel) -> None:
    cell.ok("import * as helper from './helper.mjs'")
    assert cell.ok("const n0 = helper.count; helper.increase(); helper.count - n0").result == "1"


def test_declarations_may_stand_anywhere_in_the_cell(cell: Kernel) -> None:
    code = "const where = typeof kind; import {kind} from './plain.js'\nawait 1; where + kind.length"
    assert cell.ok(code).result == "'string29'"


def test_an_import_without_names_runs_the_module(cell: Kernel) -> None:
    assert cell.ok("import './lib/deep.mjs'").result is None


def test_what_looks_like_an_import_is_none(cell: Kernel) -> None:
    assert cell.ok('"import x from nowhere".length').result == "21"
    assert cell.ok("`\nimport x from 'nowhere'\nexport const y`.length").result == "39"
    assert cell.ok("// import x from 'nowhere'\n1").result == "1"


def test_a_module_that_waits_is_waited_for(cell: Kernel) -> None:
    assert cell.ok("import {late} from './waits.mjs'; late").result == "'late'"


def test_modules_in_a_cycle(cell: Kernel) -> None:
    assert cell.ok("import {a} from './cycle_b.mjs'; a()").result == "'ab'"


def test_json_wants_its_attribute(cell: Kernel) -> None:
    assert cell.ok("import data from './data.json' with {type: 'json'}; data.answer").result == "42"
    error = cell.fails("import data from './data.json'").error
    assert error is not None
    assert error["ename"] == "TypeError"
    assert error["evalue"].endswith('data.json" needs an import attribute of "type: json"')
    error = cell.fails("import x from './helper.mjs' with {type: 'json'}").error
    assert error is not None
    assert error["evalue"].endswith('helper.mjs" is not of type "json"')


def test_json_can_not_change_prototypes(cell: Kernel) -> None:
    code = "import p from './proto.json' with {type: 'json'}; [p.polluted, ({}).polluted, Object.keys(p)]"
    assert cell.ok(code).result == "[ undefined, undefined, [ '__proto__' ] ]"
    assert cell.ok("require('./proto.json').polluted").result is None


def test_import_meta(cell: Kernel, folder: Path) -> None:
    run = cell.ok("import {meta} from './helper.mjs'; [meta.url, meta.filename, meta.dirname]")
    assert run.result is not None
    assert json.loads(run.result.replace("'", '"')) == [
        (folder / "helper.mjs").as_uri(),
        str(folder / "helper.mjs"),
        str(folder),
    ]
    assert cell.ok("meta.resolve('./lib/deep.mjs')").result == f"'{(folder / 'lib/deep.mjs').as_uri()}'"
    assert cell.ok("meta.resolve('util')").result == "'node:util'"
    failed = cell.fails("meta.resolve('nope')").error
    assert failed is not None
    assert failed["evalue"].startswith("Cannot find package 'nope' imported from ")


def test_no_module_is_the_main_one(cell: Kernel) -> None:
    assert cell.ok("import {meta} from './helper.mjs'; meta.main").result == "false"
    run = cell.ok("%%module not_main\nconsole.log(import.meta.main, Object.keys(import.meta))")
    assert run.stdout == "false [ 'main', 'resolve', 'url' ]\n"


def test_a_query_makes_another_instance(cell: Kernel) -> None:
    code = "const [one, two, again] = await Promise.all([1, 2, 1].map((n) => import('./helper.mjs?' + n)));"
    assert cell.ok(f"{code} [one === two, one === again]").result == "[ false, true ]"


def test_what_kind_of_module_a_file_is_its_text_may_say(cell: Kernel, folder: Path) -> None:
    write(folder / "kind1.js", "const a = 1; export {a}")
    write(folder / "kind2.js", "globalThis.a2 = await Promise.resolve(2)")
    write(folder / "kind3.js", "exports.a = async () => await 3; // export import")
    assert cell.ok("import {a as a1} from './kind1.js'; a1").result == "1"
    assert cell.ok("import './kind2.js'; a2").result == "2"
    assert cell.ok("import {a as a3} from './kind3.js'; await a3()").result == "3"


def test_names_with_marks_of_urls(cell: Kernel, folder: Path) -> None:
    write(
        folder / "odd?#% name/a?.mjs",
        "import {b} from './b#.mjs?#'; export const a = b;".replace("#.", "%23."),
    )
    write(
        folder / "odd?#% name/b#.mjs",
        "export const b = 'b'; export const fail = () => { throw new Error(b) };",
    )
    place = "./odd%3f%23%25%20name"
    assert cell.ok(f"import {{a as odd}} from '{place}/a%3f.mjs?x=1#y'; odd").result == "'b'"
    run = cell.fails(f"import {{fail as oddly}} from '{place}/b%23.mjs?z#y'; oddly()")
    assert run.traceback.split("\n")[2].endswith("export const fail = () => { throw new Error(b) };")


# --- Packages ---


def test_packages(cell: Kernel) -> None:
    assert cell.ok("import esm, {name} from 'esm-only'; [esm, name]").result == "[ 'esm', 'esm-only' ]"
    assert (
        cell.ok("import {kind} from 'dual'; [kind, require('dual').kind]").result == "[ 'import', 'require' ]"
    )
    assert cell.ok("import {kind as k} from 'dual/only'; k").result == "'node'"
    error = cell.fails("import 'dual/other'").error
    assert error is not None
    assert error["evalue"].startswith("Package subpath './other' is not defined by \"exports\" in ")


def test_commonjs_has_its_exports_as_default_and_by_name(cell: Kernel) -> None:
    code = "import all, {name, default as same} from 'cjs-only'; [all.default, all === same, name, all.more]"
    assert cell.ok(code).result == "[ 'the default property', true, 'cjs-only', true ]"
    assert cell.ok("require('cjs-only') === all").result == "true"
    assert cell.ok("globalThis.runs").result == "1"
    assert (
        cell.ok("import {inner, 'odd name' as odd} from 'passes-on'; [inner, odd]").result == "[ 'inner', 1 ]"
    )
    assert cell.ok("import f from 'function'; f()").result == "'called'"


def test_a_name_that_the_text_of_commonjs_does_not_tell(cell: Kernel, folder: Path) -> None:
    write(folder / "computed.cjs", "for (const name of ['one']) exports[name] = 1;")
    error = cell.fails("import {one} from './computed.cjs'").error
    assert error is not None
    assert error["evalue"].endswith("import all from './computed.cjs', then all.one")
    assert cell.ok("import all1 from './computed.cjs'; all1.one").result == "1"


def test_random_numbers_for_packages(cell: Kernel) -> None:
    assert (
        cell.ok("/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/.test(crypto.randomUUID())").result == "true"
    )
    code = "const numbers = crypto.getRandomValues(new Uint16Array(100)); new Set(numbers).size > 50"
    assert cell.ok(code).result == "true"
    assert cell.ok("%%isolate other\ncrypto.randomUUID() === crypto.randomUUID()").result == "false"
    for wrong in ("[1]", "new Float32Array(1)", "new Uint8Array(65537)"):
        cell.fails(f"crypto.getRandomValues({wrong})")


def test_commonjs_runs_when_it_is_evaluated(cell: Kernel) -> None:
    cell.fails("import './common.cjs'; import {nope} from './helper.mjs'")
    assert "common.cjs" not in str(cell.ok("Object.keys(require.cache).join()").result)
    cell.ok("import './common.cjs'")
    assert "common.cjs" in str(cell.ok("Object.keys(require.cache).join()").result)


def test_modules_of_node(cell: Kernel) -> None:
    assert cell.ok("import {inspect} from 'node:util'; inspect({a: 1})").result == "'{ a: 1 }'"
    assert cell.ok("import path, {join} from 'path'; [join('a', 'b'), path.sep]").result == "[ 'a/b', '/' ]"
    error = cell.fails("import assert, {equal} from 'assert'; equal(1, 2)").error
    assert error is not None
    assert error["ename"] == "AssertionError"
    assert cell.ok("require('node:events') === require('events')").result == "true"
    for code in ("import http from 'http'", "require('http')", "await import('node:http')"):
        error = cell.fails(code).error
        assert error is not None
        assert "This is not Node: of the modules that are built in there are assert," in error["evalue"]


# --- Errors ---


def test_an_import_that_is_not_there_is_pointed_at(cell: Kernel, folder: Path) -> None:
    run = cell.fails("1;\n  import {x} from './nope.mjs'")
    assert run.error is not None
    assert run.error["ename"] == "Error"
    assert run.error["evalue"].startswith(f"Cannot find module '{folder}/nope.mjs' imported from In [")
    assert run.traceback.split("\n")[-3:][1:] == ["    import {x} from './nope.mjs'", "                    ^"]
    assert run.traceback.split("\n")[-3].endswith(":2:19")


def test_a_name_that_is_not_exported_is_pointed_at(cell: Kernel) -> None:
    run = cell.fails("\nimport {twice, nope} from './helper.mjs'")
    assert run.error is not None
    assert run.error["ename"] == "SyntaxError"
    assert (
        run.error["evalue"] == "The requested module './helper.mjs' does not provide an export named 'nope'"
    )
    assert run.traceback.split("\n")[1].endswith(":2:16")


def test_errors_in_files_show_their_lines(cell: Kernel, folder: Path) -> None:
    run = cell.fails("import {fail} from './thrower.mjs';\nfail()")
    lines = run.traceback.split("\n")
    assert lines[1:4] == [
        f"{folder}/thrower.mjs:2:9",
        "    throw new Error('from the file');",
        "          ^",
    ]
    assert lines[4].strip() == f"at fail ({folder}/thrower.mjs:2:9)"
    assert lines[5].strip().endswith(":2:1")
    for code in ("import './wrong.mjs'", "await import('./wrong.mjs')"):
        run = cell.fails(code)
        assert run.traceback.split("\n")[:4] == [
            "SyntaxError: Unexpected token ';'",
            f"{folder}/wrong.mjs:2:18",
            "  export const b = ;",
            "                   ^",
        ]


def test_errors_of_a_dynamic_import_say_where_it_was(cell: Kernel, folder: Path) -> None:
    run = cell.fails("await 1;\nawait import('./nope.mjs')")
    assert run.traceback.split("\n")[2:4] == ["  await import('./nope.mjs')", "  ^"]
    run = cell.fails("import './missing_one.mjs' // './nowhere.mjs'")
    assert run.traceback.split("\n")[1:4] == [
        f"{folder}/missing_one.mjs:1:17",
        "  import {a} from './nowhere.mjs';",
        "                  ^",
    ]
    run = cell.fails("await import('./missing_one.mjs')")
    assert run.error is not None
    assert run.error["evalue"].endswith(f"imported from {folder}/missing_one.mjs")


def test_json_that_is_none(cell: Kernel, folder: Path) -> None:
    for code in ("import './wrong.json' with {type: 'json'}", "require('./wrong.json')"):
        error = cell.fails(code).error
        assert error is not None
        assert error["ename"] == "SyntaxError"


def test_a_cell_has_nothing_to_export_to(cell: Kernel) -> None:
    run = cell.fails("1\nexport const a = 1")
    assert run.error is not None
    assert "%%module NAME" in run.error["evalue"]
    assert run.traceback.split("\n")[1].endswith(":2:1")


def test_syntax_errors_beside_imports_are_v8s(cell: Kernel) -> None:
    run = cell.fails("import {twice} from './helper.mjs'\nlet x = ;")
    assert run.error is not None
    assert run.error["evalue"] == "Unexpected token ';'"
    assert run.traceback.split("\n")[2:4] == ["  let x = ;", "          ^"]
    run = cell.fails("let twice = 1; import {twice} from './helper.mjs'")
    assert run.error is not None
    assert run.error["evalue"] == "Identifier 'twice' has already been declared"


def test_lines_and_columns_of_the_rest_are_as_written(cell: Kernel) -> None:
    run = cell.fails("import {twice} from './helper.mjs'; null.x")
    assert run.traceback.split("\n")[1].endswith(":1:42")


def test_a_name_that_is_not_to_be_declared_can_not_be_imported(cell: Kernel) -> None:
    cell.ok("Object.defineProperty(globalThis, 'taken', {value: 1})")
    run = cell.fails("import {twice as taken} from './helper.mjs'")
    assert run.error is not None
    assert run.error["evalue"] == "Identifier 'taken' has already been declared"
    assert run.traceback.split("\n")[1].endswith(":1:18")


# --- What changes ---


def test_a_changed_file_is_loaded_again_with_what_imports_it(cell: Kernel, folder: Path) -> None:
    write(folder / "low.mjs", "export const value = 1;")
    write(folder / "low.cjs", "exports.value = 1;")
    write(folder / "high.mjs", "export {value} from './low.mjs'; export {value as c} from './high.cjs';")
    write(folder / "high.cjs", "exports.value = require('./low.cjs').value;")
    code = "import * as high from './high.mjs'; [high.value, high.c, require('./high.cjs').value]"
    assert cell.ok(code).result == "[ 1, 1, 1 ]"
    cell.ok("const before = high")
    assert cell.ok(f"{code}; high === before").result == "true"
    write(folder / "low.mjs", "export const value = 2;")
    assert cell.ok(code).result == "[ 2, 1, 1 ]"
    write(folder / "low.cjs", "exports.value = 3;")
    assert cell.ok("require('./high.cjs').value").result == "3"
    assert cell.ok(code).result == "[ 2, 3, 3 ]"


def test_a_file_that_was_mended_can_be_imported(cell: Kernel, folder: Path) -> None:
    write(folder / "mended.mjs", "export const a = ;")
    cell.fails("import {a} from './mended.mjs'")
    write(folder / "mended.mjs", "throw new Error('not yet'); export const a = 0;")
    cell.fails("import {a} from './mended.mjs'")
    write(folder / "mended.mjs", "export const a = 'mended';")
    assert cell.ok("import {a} from './mended.mjs'; a").result == "'mended'"


def test_packages_are_loaded_once(cell: Kernel, folder: Path) -> None:
    package = folder / "node_modules/once/index.js"
    write(package, "exports.value = 1;")
    assert cell.ok("import {value} from 'once'; value").result == "1"
    write(package, "exports.value = 2;")
    assert cell.ok("import {value} from 'once'; value").result == "1"


# --- Hostile ---


def test_odd_files_do_no_harm(cell: Kernel, folder: Path) -> None:
    if not (folder / "pipe.mjs").exists():
        os.mkfifo(folder / "pipe.mjs")
        (folder / "loop.mjs").symlink_to("loop.mjs")
        with (folder / "huge.mjs").open("wb") as file:
            file.truncate(10 << 30)
    for specifier in (
        "./pipe.mjs",
        "./loop.mjs",
        "./huge.mjs",
        "./",
        "a\\0b",
        "./a\\0b",
        "x".rjust(5000, "y"),
    ):
        cell.fails(f"await import('{specifier}')")
        cell.fails(f"require('{specifier}')")


def test_nothing_of_the_users_is_called(cell: Kernel) -> None:
    code = """%%isolate hostile
    const called = [];
    const watched = [[Array.prototype, Symbol.iterator], [String.prototype, 'startsWith'], [Object, 'keys']];
    watched.forEach((pair) => {
      const object = pair[0], name = pair[1];
      const original = object[name];
      object[name] = function (...all) { called.push(String(name)); return original.apply(this, all); };
    });
    Object.defineProperty(Object.prototype, 'filename', {get() { called.push('filename'); }});
    const promise = import('path');
    await promise;
    called.join()"""
    assert cell.ok(code).result == "''"


def test_an_import_can_be_interrupted(cell: Kernel, folder: Path) -> None:
    write(folder / "endless.mjs", "console.log('begun'); for (;;);")
    request = cell.start("import './endless.mjs'")
    cell.wait_for_text(request, "begun")
    cell.interrupt()
    error = cell.finish(request).error
    assert error is not None
    assert error["ename"] == "KeyboardInterrupt"


def test_a_timeout_counts_for_imports(cell: Kernel, folder: Path) -> None:
    write(folder / "forever.mjs", "await new Promise(() => {});")
    error = cell.fails("%%isolate main --timeout 0.3\nimport './forever.mjs'").error
    assert error is not None
    assert error["ename"] == "ScriptTimeoutError"


def test_a_very_long_specifier_is_refused(cell: Kernel) -> None:
    error = cell.fails("await import('./helper.mjs?' + 'x'.repeat(1e6))").error
    assert (error["ename"], len(error["evalue"]) < 200) == ("TypeError", True)
