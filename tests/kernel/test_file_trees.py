"""Stats, folders, links, callbacks and signals; and the modules os and url."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.kernel.conftest import Kernel
from tests.kernel.file_folder import TEXT, told, value
from tests.kernel.test_completion import matches
from tests.kernel.test_inspection import inspect


def test_stats(files: Kernel, place: Path) -> None:
    os.utime(place / "text", ns=(0, 1_700_000_000_123_456_789))
    files.ok("var s = fs.statSync('link')")
    found = value(files, "[s.isFile(), s.isDirectory(), s.size, s.mtimeMs, s.mtime.toISOString(), s.mode]")
    mode = (place / "text").stat().st_mode
    assert found == [True, False, len(TEXT.encode()), 1700000000123.4568, "2023-11-14T22:13:20.123Z", mode]
    assert files.ok("fs.lstatSync('link').isSymbolicLink()").result == "true"
    assert files.ok("fs.statSync('text', {bigint: true}).mtimeNs").result == "1700000000123456789n"
    assert files.ok("(await fs.promises.stat('folder')).isDirectory()").result == "true"
    assert told(files, "fs.statSync('x', {throwIfNoEntry: false})") == {"value": None}
    assert told(files, "fs.statSync('text/x', {throwIfNoEntry: false})")["code"] == "ENOTDIR"
    exist = "['text', 'x', 'loop', '', 'a\\0', undefined, {get href() { throw 1 }}].map(fs.existsSync)"
    assert value(files, exist) == [True, False, False, False, False, False, False]


def test_folders(files: Kernel, place: Path) -> None:
    names = ["bytes", "folder", "link", "loop", "pool", "text"]
    assert value(files, "fs.readdirSync('.')") == names
    assert value(files, "fs.readdirSync('.', {recursive: true})") == [
        *names,
        "folder/inner",
        "folder/inner/deep",
    ]
    kinds = "fs.readdirSync('folder', {withFileTypes: true, recursive: true})"
    entries = value(files, f"{kinds}.map((e) => [e.name, e.parentPath, e.isFile(), e.isDirectory()])")
    assert entries == [["inner", "folder", False, True], ["deep", "folder/inner", True, False]]
    links = value(
        files, "fs.readdirSync('.', {withFileTypes: true}).filter((e) => e.isSymbolicLink()).length"
    )
    assert links == 3
    (place / os.fsdecode(b"folder/\xff")).touch()
    assert value(files, "fs.readdirSync('folder')") == ["inner", "\ufffd"]
    assert files.ok("fs.readdirSync('folder', 'buffer')[1]").result == "<Buffer ff>"
    path = "Buffer.concat([Buffer.from('folder/'), Buffer.from([255])])"
    assert files.ok(f"fs.existsSync({path})").result == "true"
    assert value(files, "fs.mkdirSync('a/./b/../c', {recursive: true})") == "a"
    assert (place / "a" / "c").is_dir()
    assert told(files, "fs.mkdirSync('a/c', {recursive: true})") == {"value": None}
    made = value(files, "[1, 2].map(() => fs.mkdtempSync('temporary-'))")
    assert made[0] != made[1]
    assert all((place / name).stat().st_mode & 0o777 == 0o700 for name in made)


def test_removing_follows_no_links(files: Kernel, place: Path) -> None:
    (place / "folder" / "out").symlink_to(place / "kept")
    (place / "folder" / "inner" / "round").symlink_to("..")
    (place / "kept").mkdir()
    (place / "kept" / "file").touch()
    files.ok(
        "fs.rmSync('folder', {recursive: true}); fs.rmSync('folder', {force: true}); fs.unlinkSync('loop')"
    )
    assert sorted(path.name for path in place.iterdir()) == ["bytes", "kept", "link", "pool", "text"]
    assert (place / "kept" / "file").exists()
    files.ok("fs.renameSync('kept', 'moved'); fs.copyFileSync('link', 'moved/copy'); fs.rmSync('link')")
    assert (place / "moved" / "copy").read_text("utf-8") == (place / "text").read_text("utf-8") == TEXT


def test_a_tree_may_be_as_deep_as_paths_can_be(files: Kernel, place: Path) -> None:
    files.ok("fs.mkdirSync('d/'.repeat(1900), {recursive: true}); fs.rmSync('d', {recursive: true})")
    assert not (place / "d").exists()


def test_callbacks(files: Kernel) -> None:
    code = """fs.stat('text', (error, stats) => console.log('stat', error, stats.size));
    fs.mkdir('new', (...given) => console.log('mkdir', given));
    fs.readFile('x', (error) => console.log('read', error.code, fs.existsSync('text')));
    fs.exists('text', (found) => console.log('exists', found));
    console.log('first'); await new Promise((done) => fs.access('x', () => setTimeout(done, 50)))"""
    lines = files.ok(code).stdout.split("\n")[:-1]
    assert lines[0] == "first"
    assert sorted(lines[1:]) == ["exists true", "mkdir [ null ]", "read ENOENT true", "stat null 10"]
    code = "fs.stat('x', (e) => { throw e }); await new Promise((done) => setTimeout(done, 50))"
    assert "Uncaught Error: ENOENT: no such file or directory, stat 'x'" in files.ok(code).stderr.replace(
        "\x1b[31m", ""
    ).replace("\x1b[0m", "")


def test_signals(files: Kernel) -> None:
    code = "await toldLater(() => fs.promises.readFile('text', {signal: AbortSignal.abort('why')}))"
    said = value(files, code)
    assert (said["name"], said["code"]) == ("AbortError", "ABORT_ERR")
    code = """(() => {
      const {signal} = globalThis.c = new AbortController();
      const wait = toldLater(() => fs.promises.readFile('text', {signal}));
      c.abort();
      return wait;
    })()"""
    assert value(files, f"await {code}")["name"] == "AbortError"


def test_os_and_url(files: Kernel, place: Path) -> None:
    files.ok("const os = require('os'), url = require('node:url')")
    facts = value(files, "[os.EOL, os.tmpdir(), os.homedir(), os.platform(), os.cpus().length, os.type()]")
    machine = [os.cpu_count(), os.uname().sysname]
    assert facts == ["\n", tempfile.gettempdir(), str(Path.home()), sys.platform, *machine]
    assert (
        value(files, "url.pathToFileURL('a b/../\u00fc%?#\\n/').href")
        == f"{place.as_uri()}/%C3%BC%25%3F%23%0A/"
    )
    assert value(files, "url.fileURLToPath(url.pathToFileURL('/x y/%25'))") == "/x y/%25"
    assert told(files, "url.fileURLToPath('http://a')")["code"] == "ERR_INVALID_URL_SCHEME"
    assert told(files, "url.fileURLToPath(5)")["code"] == "ERR_INVALID_ARG_TYPE"
    assert told(files, "url.pathToFileURL(5)")["code"] == "ERR_INVALID_ARG_TYPE"
    assert files.ok("url.URL === URL").result == "true"
    assert files.ok("require('constants').O_CREAT === fs.constants.O_CREAT").result == "true"
    guest = "%%isolate guest\nimport {fileURLToPath} from 'url'\nfileURLToPath('file:///a%20b')"
    assert files.ok(guest).result == "'/a b'"


def test_completion(files: Kernel) -> None:
    assert matches(files, "require('f|") == ["fs", "fs/promises"]
    assert matches(files, "import 'node:fs/|") == ["promises"]
    assert matches(files, "import x from 'node:f|") == ["node:fs", "node:fs/promises"]
    assert "readFileSync" in matches(files, "fs.read|")
    assert matches(files, "%%isolate guest\nimport x from 'f|") == []


def test_inspection(files: Kernel) -> None:
    page = "\n\nhttps://nodejs.org/api/fs.html"
    for text, head in (
        ("fs.readFileSync|", "function fs.readFileSync(path, options?)"),
        ("fs.promises.writeFile|(", "async function fs.promises.writeFile(path, data, options?)"),
        ("fs.rename(|", "function fs.rename(oldPath, newPath, callback)"),
        ("fs.existsSync|", "function fs.existsSync(path)"),
    ):
        assert inspect(files, text) == head + page
