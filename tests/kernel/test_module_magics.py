"""%modules and %require."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.notebook_folder import write
from tests.kernel.test_jobs import start, until
from tests.kernel.test_overview import rows_of

Kernel = Any


def test_packages_and_files_are_required(cell: Kernel, folder: Path) -> None:
    run = cell.ok(
        "%require cjs-only as commonJs\n%require esm-only\n%require ./helper.mjs\n%require ./data.json as d"
    )
    assert run.stdout.splitlines() == [
        f"commonJs: CommonJS, {folder}/node_modules/cjs-only/index.js",
        f"esmOnly: ES, {folder}/node_modules/esm-only/index.js",
        f"helper: ES, {folder}/helper.mjs",
        f"d: JSON, {folder}/data.json",
    ]
    run = cell.ok("[commonJs.more, esmOnly.name, helper.twice(4), d.answer]")
    assert run.result == "[ true, 'esm-only', 8, 42 ]"
    assert cell.ok("%require path as builtin").stdout == "builtin: built-in\n"
    cell.ok("%require node:path as paths\n%require ./waits.mjs")
    assert cell.ok("[typeof paths.join, waits.late]").result == "[ 'function', 'late' ]"


def test_cells_are_required_everywhere(cell: Kernel) -> None:
    cell.ok("%%module shapes-2d\nexport const area = 5")
    run = cell.ok("%require shapes-2d --isolate tidy --context c")
    assert run.stdout.startswith("New isolate tidy: 128 MB\nshapes2d: cell, In [")
    assert cell.ok("%%isolate tidy --context c\nshapes2d.area").result == "5"
    # Again, as anybody would.
    cell.ok("%require shapes-2d --isolate tidy --context c")


def test_the_modules_of_a_context_are_listed(cell: Kernel, folder: Path) -> None:
    cell.ok("%%module listed\nexport const x = 1")
    write(folder / "fleeting.mjs", "export const x = 1")
    cell.ok(
        "import './fleeting.mjs'; import 'listed'; import 'cjs-only'; import 'path'; require('./common.cjs')"
    )
    rows = rows_of(cell.ok("%modules"))
    assert rows["./fleeting.mjs"] == ["./fleeting.mjs", "ES", "loaded", f"{folder}/fleeting.mjs"]
    assert rows["cjs-only/index.js"][1:3] == ["CommonJS", "loaded"]
    assert rows["./common.cjs"][1:3] == ["CommonJS", "loaded"]
    assert rows["path"][1:] == ["built-in", "loaded", ""]
    assert rows["listed"][1:3] == ["cell", "loaded"]
    assert rows["listed"][3].startswith("In [")
    write(folder / "fleeting.mjs", "export const x = 22")
    assert rows_of(cell.ok("%modules"))["./fleeting.mjs"][2] == "changed"
    cell.ok("import './fleeting.mjs'")
    assert rows_of(cell.ok("%modules"))["./fleeting.mjs"][2] == "loaded"


def test_a_context_without_modules(cell: Kernel) -> None:
    cell.ok("%%isolate empty\n1")
    (message,) = cell.ok("%modules --isolate empty").messages
    assert "No modules are loaded in empty, context main" in message["content"]["data"]["text/plain"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%modules --isolate never", ["%modules: --isolate 'never'"]),
        ("%modules --context never", ["%modules: --context 'never'"]),
        ("%modules --isolate 5", ["--isolate", "'5'"]),
        ("%modules never", ["never"]),
        ("%require", ["NAME"]),
        ("%require never-there", ["%require: NAME 'never-there'", "never-there"]),
        ("%require ./never.mjs", ["%require: NAME './never.mjs'"]),
        ("%require never-there --isolate never", ["%require: NAME 'never-there'", "file_imports"]),
        ("%require esm-only --isolate never", ["%require: NAME 'esm-only'", "file_imports"]),
        ("%require esm-only as", ["%require", "as VAR"]),
        ("%require esm-only named x", ["%require", "'named x'", "as VAR"]),
        ("%require esm-only as 5", ["as 5"]),
        ("%require esm-only as class", ["as class"]),
        ("%require ./1.mjs", ["%require: NAME './1.mjs'", "as VAR"]),
        ("%require esm-only --isolate 5", ["--isolate", "'5'"]),
        ("%require esm-only --context 5", ["--context", "'5'"]),
        ("%require esm-only --in x", ["--in"]),
    ],
)
def test_what_is_wrong_does_nothing(cell: Kernel, line: str, words: list[str]) -> None:
    run = cell.fails(line)
    assert run.error["ename"] == "UsageError"
    for word in words:
        assert word in run.error["evalue"]
    assert cell.ok("%python 'never' in manager").result == "False"


def test_what_a_module_throws_is_told(cell: Kernel, folder: Path) -> None:
    write(folder / "throws.mjs", "throw new RangeError('inside')")
    run = cell.fails("%require ./throws.mjs")
    assert run.error["ename"] == "RangeError"
    assert "throws.mjs:1" in run.traceback


def test_modules_that_failed_are_listed_as_failed(cell: Kernel, folder: Path) -> None:
    write(folder / "broken.mjs", "export const = 1")
    write(folder / "throwing.mjs", "throw new RangeError('inside\\nsecond line')")
    write(folder / "behind.mjs", "export const x = 1")
    write(folder / "above.mjs", "import './throwing.mjs'; import './behind.mjs'")
    write(folder / "throwing.cjs", "throw new TypeError('in CommonJS')")
    write(folder / "required.cjs", "throw new TypeError('in CommonJS')")
    for code in (
        "import './broken.mjs'",
        "import './above.mjs'",
        "import './throwing.cjs'",
        "require('./required.cjs')",
    ):
        cell.fails(code)
    cell.fails("%%module falling\nthrow new Error('in a cell')")
    cell.run("import 'falling'")
    rows = rows_of(cell.ok("%modules"))
    assert rows["./broken.mjs"][2].startswith("failed: SyntaxError: ")
    assert rows["./throwing.mjs"][2] == "failed: RangeError: inside"
    assert rows["./above.mjs"][2] == "failed: RangeError: inside"
    assert rows["./behind.mjs"][2] == "not run"
    assert rows["./throwing.cjs"][2] == "failed: TypeError: in CommonJS"
    assert rows["./required.cjs"][2] == "failed"
    assert rows["falling"][2] == "failed: Error: in a cell"
    write(folder / "broken.mjs", "export const one = 1")
    write(folder / "required.cjs", "exports.ok = true")
    cell.ok("import './broken.mjs'; require('./required.cjs')")
    rows = rows_of(cell.ok("%modules"))
    assert (rows["./broken.mjs"][2], rows["./required.cjs"][2]) == ("loaded", "loaded")


def test_modules_of_a_busy_isolate_are_listed(cell: Kernel) -> None:
    cell.ok("%%module calm\nexport const x = 1")
    cell.ok("%%isolate working\nimport 'calm'")
    request, _ = start(cell, "%%isolate working -a\nconsole.log('go'); for (;;);")
    until(cell, request, "go")
    assert rows_of(cell.ok("%modules --isolate working"))["calm"][2] == "busy"
    cell.ok("%cancel")
