"""A notebook's folder with modules and packages in it, and a kernel that was started there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Kernel = Any

FILES: dict[str, Any] = {
    "helper.mjs": """
        import {deep} from './lib/deep.mjs';
        export const twice = (x) => x * 2;
        export let count = 0;
        export const increase = () => ++count;
        export const meta = import.meta;
        export default function named() { return deep; }
    """,
    "lib/deep.mjs": "export const deep = 'deep';",
    "plain.js": "export const kind = 'a module without package.json';",
    "common.cjs": "exports.one = 1; exports.names = [__filename, __dirname, typeof require];",
    "guess.js": "module.exports = {guessed: true};",
    "thrower.mjs": "export const fail = () => {\n  throw new Error('from the file');\n};",
    "wrong.mjs": "export const a = 1;\nexport const b = ;",
    "missing_one.mjs": "import {a} from './nowhere.mjs';",
    "waits.mjs": "export const late = await Promise.resolve('late');",
    "waits_too.mjs": "export const late = await Promise.resolve('late');",
    "cycle_a.mjs": "import {b} from './cycle_b.mjs'; export const a = () => 'a' + b();",
    "cycle_b.mjs": "import {a} from './cycle_a.mjs'; export const b = () => 'b'; export {a};",
    "cycle_a.cjs": "exports.before = 1; exports.other = require('./cycle_b.cjs'); exports.after = 2;",
    "cycle_b.cjs": "exports.seen = Object.keys(require('./cycle_a.cjs')).join();",
    "data.json": {"answer": 42, "__proto__x": 1},
    "proto.json": '{"__proto__": {"polluted": 1}}',
    "wrong.json": "{nope}",
    "node_modules/esm-only/package.json": {"type": "module", "exports": "./index.js"},
    "node_modules/esm-only/index.js": "export default 'esm'; export const name = 'esm-only';",
    "node_modules/cjs-only/index.js": """
        Object.defineProperty(exports, '__esModule', {value: true});
        exports.default = 'the default property';
        exports.name = 'cjs-only';
        Object.assign(exports, require('./more'));
        globalThis.runs = (globalThis.runs ?? 0) + 1;
    """,
    "node_modules/cjs-only/more.js": "exports.more = true;",
    "node_modules/passes-on/index.js": "module.exports = require('./inner');",
    "node_modules/passes-on/inner.js": "exports.inner = 'inner'; exports['odd name'] = 1;",
    "node_modules/dual/package.json": {
        "exports": {
            ".": {"import": "./index.mjs", "require": "./index.cjs"},
            "./only": {"node": "./node.cjs"},
        }
    },
    "node_modules/dual/index.mjs": "export const kind = 'import';",
    "node_modules/dual/index.cjs": "exports.kind = 'require';",
    "node_modules/dual/node.cjs": "exports.kind = 'node';",
    "node_modules/function/index.js": "module.exports = function f() { return 'called'; };",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.path.realpath(tmp_path_factory.mktemp("notebook")))
    for name, content in FILES.items():
        write(folder / name, content)
    return folder


def write(path: Path, content: Any) -> None:
    """With a time of change that differs from the one before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    if path.stat().st_mtime_ns <= before:
        os.utime(path, ns=(before + 1, before + 1))


@pytest.fixture(scope="module")
def folder_kernel(start_kernel: Callable[..., Kernel], folder: Path) -> Iterator[Kernel]:
    kernel = start_kernel(folder)
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=False)


@pytest.fixture
def cell(folder_kernel: Kernel) -> Iterator[Kernel]:
    """A kernel that was started in `folder`. Whatever a test did to it, it must still answer afterwards."""
    yield folder_kernel
    assert folder_kernel.ok("6 * 7").result == "42"
