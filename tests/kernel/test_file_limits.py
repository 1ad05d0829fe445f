"""Who may use files, what fits into an isolate, what ends, and what code of users can't do to it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.kernel.conftest import Kernel
from tests.kernel.file_folder import TEXT, TOLD, told, value


def test_options_are_read_once(files: Kernel) -> None:
    code = """(() => {
      const seen = [];
      const options = new Proxy({}, {get: (_, name) => { seen.push(String(name)); }});
      const run = (call) => { seen.length = 0; call(); return seen.sort().join() };
      return [run(() => fs.readFileSync('text', options)), run(() => fs.writeFileSync('new', '', options)),
        run(() => fs.statSync('text', options)), run(() => fs.rmSync('new', options)),
        run(() => fs.readdirSync('.', options))];
    })()"""
    assert value(files, code) == [
        "encoding,flag,signal",
        "encoding,flag,flush,mode,signal",
        "bigint,throwIfNoEntry",
        "force,maxRetries,recursive,retryDelay",
        "encoding,recursive,withFileTypes",
    ]
    code = "fs.writeFileSync('text', 'gone', {get mode() { throw new Error('mine') }})"
    assert told(files, code) == {"name": "Error", "message": "mine"}
    changing = (
        "{get encoding() { this.count = (this.count ?? 0) + 1; return this.count === 1 ? 'hex' : 'nope' }}"
    )
    assert value(files, f"fs.readFileSync('bytes', {changing})") == "0041fffec328"


HOSTILE = """
const kinds = [Array, Object, String, Promise, Map, Function, Uint8Array, RegExp, Symbol];
const all = kinds.flatMap(({name, prototype}) =>
  Reflect.ownKeys(prototype).map((key) => ({name, prototype, key})));
for (let i = 0; i < all.length; i++) {
  const {name, prototype, key} = all[i];
  const fail = () => { throw new Error(`${name} ${typeof key === 'string' ? key : 'symbol'}`) };
  if (key !== 'constructor') try { prototype[key] = fail } catch {}
}
const keys = {0: 'code', 1: '1', 2: 'encoding', 3: 'then', 4: 'errno'};
for (let i = 0; i < 10; i++) {
  const fail = () => { throw new Error(keys[i >> 1]) };
  const property = {__proto__: null, get: fail, set: fail, configurable: true};
  Object.defineProperty(i % 2 ? Object.prototype : Array.prototype, keys[i >> 1], property);
}
"""


@pytest.mark.parametrize("before", ["", "Buffer; require('fs');"])
def test_code_may_have_changed_every_prototype(own_kernel: Kernel, place: Path, before: str) -> None:
    path = json.dumps(str(place / "hostile"))
    # Buffer itself is npm's, and looks at prototypes when it is made.
    bytes_too = f"fs.readFileSync({path});" if before else ""
    code = f"""{before} const find = require; {HOSTILE}
    const fs = find('fs'); fs.writeFileSync({path}, 'text'); fs.statSync({path}); {bytes_too}
    const text = fs.readFileSync({path}, 'utf8'); let failed;
    try {{ fs.readFileSync({path} + 'x') }} catch (error) {{ failed = error.message }}
    console.log(text, failed)"""
    assert own_kernel.ok(code).stdout.startswith("text ENOENT: no such file or directory, open '/")


@pytest.mark.parametrize("name", ["fifo", "/dev/zero", "/dev/stdin"])
def test_what_has_no_end_is_refused(files: Kernel, place: Path, name: str) -> None:
    os.mkfifo(place / "fifo")
    for call in (f"readFileSync('{name}')", f"copyFileSync('{name}', 'new')"):
        said = told(files, f"fs.{call}")
        assert said.get("code") in ("ENOTSUP", "ENXIO", None), said
        if name != "/dev/stdin":  # which may be a file
            assert "Only regular files are read" in said["message"]
    assert told(files, "fs.writeFileSync('fifo', 'x')")["code"] == "ENXIO"
    assert told(files, "fs.readFileSync('/dev/null', 'utf8')") == {"value": ""}
    assert told(files, "fs.writeFileSync('/dev/null', 'x')") == {"value": None}


def test_files_of_no_size_are_read_to_their_end(files: Kernel) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc")
    assert "VmRSS" in value(files, "fs.readFileSync('/proc/self/status', 'utf8')")


def test_a_file_must_fit_into_the_isolate(own_kernel: Kernel, place: Path) -> None:
    with (place / "large").open("wb") as file:
        file.truncate(40 << 20)
    with (place / "huge").open("wb") as file:
        file.truncate(3 << 30)
    own_kernel.ok("%%python\n%config IsolateKernel.files = ['main', 'small']")
    small = "%%isolate small --memory 32\n"
    own_kernel.ok(f"{small}import fs from 'fs'; var path = {json.dumps(str(place / 'large'))}; {TOLD} 0")
    for code in (
        "told(() => fs.readFileSync(path))",
        "await toldLater(() => fs.promises.readFile(path, 'latin1'))",
    ):
        said = own_kernel.ok(f"%%isolate small\n{code}").result
        assert said is not None
        assert "ERR_FS_FILE_TOO_LARGE" in said
        assert "RangeError" in said
    own_kernel.ok("%%isolate small\nfs.truncateSync(path, 10 << 20)")
    # What is garbage by now makes room.
    code = (
        "for (let i = 0; i < 9; i++) fs.readFileSync(path, i % 2 ? 'latin1' : null); fs.statSync(path).size"
    )
    assert own_kernel.ok(f"%%isolate small\n{code}").result == "10485760"
    code = "for (let i = 0; i < 9; i++) await fs.promises.readFile(path, i % 2 ? 'latin1' : null); 1"
    assert own_kernel.ok(f"%%isolate small\n{code}").result == "1"
    many = "Promise.allSettled(Array.from({length: 9}, () => fs.promises.readFile(path)))"
    assert "'rejected'" in str(
        own_kernel.ok(f"%%isolate small\n(await {many}).map((one) => one.status)").result
    )
    huge = json.dumps(str(place / "huge"))
    assert (
        "3221225472) is greater than 2 GiB"
        in own_kernel.fails(f"require('fs').readFileSync({huge})").traceback
    )


ENDLESS = """%%python
from isolates.kernel.files import trees
before = trees._listed
def endless(task, folder):
    while True:
        task.check()
trees._listed = endless
"""
THREADS = "[t.name for t in __import__('threading').enumerate() if t.name == 'isolates-files']"
NO_THREADS = f"%%python\nimport time\nwhile {THREADS}: time.sleep(0.01)\n'none'"


@pytest.fixture
def endless(own_kernel: Kernel) -> Kernel:
    """Folders have no end."""
    own_kernel.ok(ENDLESS)
    own_kernel.ok("const fs = require('fs')")
    return own_kernel


@pytest.mark.parametrize(
    "call", ["fs.readdirSync('.')", "await fs.promises.readdir('.')", "fs.rmSync('.', {recursive: true})"]
)
def test_an_interrupt_ends_what_takes_long(endless: Kernel, call: str) -> None:
    request = endless.start(f"console.log('go'); {call}")
    endless.wait_for_text(request, "go")
    endless.interrupt()
    assert endless.finish(request).reply["status"] == "error"
    assert endless.ok("6 * 7").result == "42"
    assert endless.ok(NO_THREADS).result == "'none'"
    endless.ok("%%python\ntrees._listed = before")
    assert endless.ok("fs.readdirSync('.').length >= 0").result == "true"


def test_a_timeout_ends_what_takes_long(endless: Kernel) -> None:
    for call in ("fs.readdirSync('.')", "await fs.promises.readdir('.')"):
        run = endless.fails(f"%%isolate main --timeout 0.3\n{call}")
        assert run.error is not None
        assert run.error["ename"] == "ScriptTimeoutError"
    assert endless.ok("fs.existsSync('.')").result == "true"


@pytest.mark.parametrize("magic", ["%dispose reading", "%reset reading"])
def test_an_isolate_that_ends_takes_its_work_along(endless: Kernel, magic: str) -> None:
    endless.ok("%%python\n%config IsolateKernel.files = ['main', 'read*']")
    endless.ok("%%isolate reading\nimport {readdir} from 'fs/promises'\nreaddir('.'); 0")
    endless.ok(magic)
    assert endless.ok(NO_THREADS).result == "'none'"


def test_who_may_use_files(own_kernel: Kernel, place: Path) -> None:
    (place / "text").write_text(TEXT, "utf-8")
    path = json.dumps(str(place / "text"))
    for code in ("import fs from 'fs'", "await import('node:fs/promises')", "import os from 'os'"):
        run = own_kernel.fails(f"%%isolate guest\n{code}")
        assert "this isolate may not use files" in run.traceback
        assert "c.IsolateKernel.files names" in run.traceback
    assert own_kernel.ok("%%isolate guest\ntypeof require").result == "'undefined'"
    own_kernel.ok("%%python\n%config IsolateKernel.file_imports = ['main', 'reader']")
    assert "c.IsolateKernel.files names" in own_kernel.fails("%%isolate reader\nrequire('fs')").traceback
    own_kernel.ok("%%python\n%config IsolateKernel.files = ['main', 'friend']")
    code = f"%%isolate friend\nimport fs from 'fs'\nfs.readFileSync({path}, 'utf8').length"
    assert own_kernel.ok(code).result == "7"
    assert own_kernel.ok("%%isolate friend\ntypeof require").result == "'undefined'"
    own_kernel.ok(f"const fs = require('fs'); fs.readFileSync({path}); 0")
    own_kernel.ok("%%python\n%config IsolateKernel.files = []")
    for code in (f"fs.readFileSync({path})", f"await fs.promises.rm({path})", f"fs.rmSync({path})"):
        for magic in ("", "%%isolate friend\n"):
            run = own_kernel.fails(magic + code)
            assert "Files were taken from this isolate (c.IsolateKernel.files)" in run.traceback
            assert "ERR_ACCESS_DENIED" in run.traceback
    assert own_kernel.ok(f"fs.existsSync({path})").result == "false"
    assert (place / "text").exists()


def test_a_start_loads_nothing_of_it(own_kernel: Kernel) -> None:
    own_kernel.ok("1")
    code = "%%python\nimport sys\n[name for name in sys.modules if name.startswith('isolates.kernel.files.')]"
    assert own_kernel.ok(code).result == "['isolates.kernel.files.host']"
