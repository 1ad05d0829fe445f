"""require() in cells: files, ES modules, cycles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.kernel.notebook_folder import write

Kernel = Any


def test_require_of_files(cell: Kernel, folder: Path) -> None:
    assert cell.ok("require('./common.cjs').one").result == "1"
    names = json.loads(str(cell.ok("require('./common.cjs').names").result).replace("'", '"'))
    assert names == [f"{folder}/common.cjs", str(folder), "function"]
    assert cell.ok("require('./guess').guessed").result == "true"
    assert cell.ok("require('./data').answer").result == "42"
    assert cell.ok("require.resolve('dual')").result == f"'{folder}/node_modules/dual/index.cjs'"


def test_commonjs_in_a_cycle(cell: Kernel) -> None:
    assert cell.ok("require('./cycle_a.cjs').other.seen").result == "'before'"
    assert cell.ok("require('./cycle_a.cjs').after").result == "2"


def test_require_of_es_modules(cell: Kernel) -> None:
    assert cell.ok("require('esm-only').name").result == "'esm-only'"
    assert cell.ok("require('./helper.mjs') === await import('./helper.mjs')").result == "true"
    error = cell.fails("require('./waits_too.mjs')").error
    assert error is not None
    assert "top-level await" in error["evalue"]


def test_require_in_a_cycle_through_es_modules(cell: Kernel, folder: Path) -> None:
    write(folder / "ring.mjs", "import ring from './ring.cjs'; export const x = 1; export {ring};")
    code = "try { require('./ring.mjs') } catch (error) { exports.code = error.code }"
    write(folder / "ring.cjs", code)
    assert cell.ok("import {ring} from './ring.mjs'; ring.code").result == "'ERR_REQUIRE_CYCLE_MODULE'"
    assert cell.ok("require('./ring.mjs').x").result == "1"


def test_require_through_many_levels_ends_in_an_error(cell: Kernel, folder: Path) -> None:
    for level in range(400):
        write(folder / f"deep/{level}.cjs", f"require('./{level}.mjs');")
        write(folder / f"deep/{level}.mjs", f"import './{level + 1}.cjs';")
    write(folder / "deep/400.cjs", "")
    assert cell.ok("require('./deep/380.cjs')").result == "{}"
    error = cell.fails("require('./deep/0.cjs')").error
    assert error is not None
    assert error["ename"] == "RangeError"


def test_require_and_import_at_the_same_time_get_one_module(cell: Kernel, folder: Path) -> None:
    write(folder / "both.mjs", "import {deep} from './lib/deep.mjs?both'; export const x = deep;")
    code = "const imported = import('./both.mjs'); require('./both.mjs') === await imported"
    assert cell.ok(code).result == "true"


def test_many_imports_at_the_same_time(cell: Kernel) -> None:
    code = "Array.from({length: 100}, (_, i) => import(`./helper.mjs?${i % 50}`))"
    assert cell.ok(f"new Set(await Promise.all({code})).size").result == "50"
