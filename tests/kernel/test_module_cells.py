"""Cells that %%module makes modules, and which isolates import files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.notebook_folder import write

Kernel = Any


# --- Cells as modules ---


def test_a_cell_as_a_module(cell: Kernel) -> None:
    run = cell.ok(
        "%%module shapes\nimport {twice} from './helper.mjs';\nexport const area = (r) => twice(r);\narea(1)"
    )
    assert (run.result, run.stdout) == (None, "")
    assert cell.ok("import {area} from 'shapes'; area(2)").result == "4"
    assert cell.ok("(await import('cell:shapes')).area(3)").result == "6"


def test_it_is_evaluated_and_its_output_shown(cell: Kernel) -> None:
    run = cell.ok("%%module loud\nconsole.log('here');\nexport const x = await Promise.resolve(1);")
    assert run.stdout == "here\n"
    assert cell.ok("import {x} from 'loud'; x").stdout == ""


def test_running_it_again_replaces_it(cell: Kernel) -> None:
    cell.ok("%%module version\nexport const v = 1")
    cell.ok("%%module user\nimport {v} from 'version'; export const seen = v")
    assert cell.ok("import {seen} from 'user'; seen").result == "1"
    cell.ok("%%module version\nexport const v = 2")
    assert cell.ok("import {seen} from 'user'; seen").result == "2"


def test_a_wrong_one_is_reported_and_does_not_replace(cell: Kernel) -> None:
    cell.ok("%%module steady\nexport const v = 1")
    run = cell.fails("%%module steady\nexport const v = 2;\nexport const w = ;")
    assert run.traceback.split("\n")[1].endswith(":3:18")
    assert cell.ok("import {v} from 'steady'; v").result == "1"
    run = cell.fails("%%module broken\nimport './nope.mjs'")
    assert run.traceback.split("\n")[1].endswith(":2:8")
    run = cell.fails("%%module thrower\nlet a = 1;\nthrow new Error('in the module')")
    assert run.traceback.split("\n")[1].endswith(":3:7")


def test_every_isolate_can_import_it(cell: Kernel) -> None:
    cell.ok("%%module shared\nexport const list = []; export const meta = import.meta.url")
    cell.ok("import {list} from 'shared'; list.push(1)")
    run = cell.ok("%%isolate other\nimport {list, meta} from 'shared'; [list.length, meta]")
    assert run.result == "[ 0, 'cell:shared' ]"
    run = cell.ok("%%isolate other --context second\nimport {list} from 'shared'; list.push(1)")
    assert run.result == "1"
    run = cell.ok("%%isolate other\nimport assert from 'assert'; typeof assert.equal")
    assert run.result == "'function'"


def test_it_can_be_evaluated_in_another_isolate(cell: Kernel) -> None:
    code = "%%module placed --isolate other\nglobalThis.placed = typeof require;\nexport const p = 1"
    cell.ok(code)
    assert cell.ok("%%isolate other\nplaced").result == "'undefined'"
    assert cell.ok("typeof placed").result == "'undefined'"
    assert cell.ok("import {p} from 'placed'; p").result == "1"


def test_files_do_not_see_bare_names_of_cells(cell: Kernel, folder: Path) -> None:
    cell.ok("%%module esm-only-cell\nexport const x = 1")
    write(folder / "uses_cell.mjs", "export {x} from 'esm-only-cell';")
    cell.fails("import {x} from './uses_cell.mjs'")
    write(folder / "uses_cell.mjs", "export {x} from 'cell:esm-only-cell';")
    assert cell.ok("import {x} from './uses_cell.mjs'; x").result == "1"


def test_a_cell_module_that_is_not_there(cell: Kernel) -> None:
    error = cell.fails("import 'cell:nowhere'").error
    assert error is not None
    assert error["evalue"].startswith(
        "There is no cell module 'nowhere': a cell that begins with %%module nowhere"
    )


# --- Who may read ---


@pytest.mark.parametrize(
    "specifier", ["./helper.mjs", "esm-only", "/etc/passwd", "file:///etc/passwd", "isolated-vm"]
)
def test_other_isolates_import_no_files(cell: Kernel, specifier: str) -> None:
    for code in (f"import '{specifier}'", f"await import('{specifier}')"):
        error = cell.fails(f"%%isolate stranger\n{code}").error
        assert error is not None
        assert "the isolate 'stranger' imports cells named by %%module only" in error["evalue"]
        assert "c.IsolateKernel.file_imports" in error["evalue"]
    run = cell.ok("%%isolate stranger\n[typeof require, typeof process, typeof global]")
    assert run.result == "[ 'undefined', 'undefined', 'undefined' ]"


def test_others_can_be_let_to_import_what_is_below_the_folder(cell: Kernel, folder: Path) -> None:
    (folder.parent / "beside.mjs").write_text("export const x = 1", "utf-8")
    (folder / "link.mjs").symlink_to("../beside.mjs")
    cell.ok("%%python\n%config IsolateKernel.file_imports = ['main', 'trust*']")
    try:
        run = cell.ok("%%isolate trusted\nimport {twice} from './helper.mjs'; [twice(2), typeof require]")
        assert run.result == "[ 4, 'function' ]"
        assert cell.ok("%%isolate trusted\nrequire('cjs-only').name").result == "'cjs-only'"
        for specifier in ("../beside.mjs", "./link.mjs", "/etc/passwd", "file:///etc/passwd"):
            for code in (f"import '{specifier}'", f"await import('{specifier}')", f"require('{specifier}')"):
                if not (specifier.startswith("file:") and code.startswith("require")):
                    error = cell.fails(f"%%isolate trusted\n{code}").error
                    assert error is not None
                    assert "is denied: only files below" in error["evalue"]
        cell.fails("%%isolate trusted\nrequire('isolated-vm')")
    finally:
        cell.ok("%%python\n%config IsolateKernel.file_imports = ['main']")


def test_a_cell_module_reads_nothing_for_other_isolates(cell: Kernel) -> None:
    cell.ok("%%module reader\nexport {twice} from './helper.mjs'; export const resolve = import.meta.resolve")
    cell.fails("%%isolate stranger\nimport 'reader'")
    cell.ok("%%module asker\nexport const resolve = import.meta.resolve")
    cell.fails("%%isolate stranger\nimport {resolve} from 'asker'; resolve('./helper.mjs')")


def test_python_that_waits_for_an_import(cell: Kernel) -> None:
    code = "main.eval_sync(\"(await import('./lib/deep.mjs?python')).deep\")"
    assert cell.ok(f"%%python\n{code}").result == "'deep'"
