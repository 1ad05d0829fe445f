"""fs of cells reads and writes as Node's does, and fails with its errors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.kernel.conftest import Kernel
from tests.kernel.file_folder import TEXT, told, value


@pytest.mark.parametrize(
    "code",
    [
        "require('fs').readFileSync('text', 'utf8')",
        "require('node:fs').readFileSync('text', {encoding: 'UTF-8'})",
        "import files from 'node:fs'\nfiles.readFileSync('text', 'utf8')",
        "import {readFileSync} from 'fs'\nreadFileSync('text', 'utf8')",
        "import {readFile} from 'node:fs/promises'\nawait readFile('text', 'utf8')",
        "await fs.promises.readFile('text', 'utf8')",
        "await require('util').promisify(fs.readFile)('text', 'utf8')",
        "await new Promise((resolve) => fs.readFile('text', 'utf8', (error, text) => resolve(text)))",
        "fs.readFileSync('text').toString()",
        "fs.readFileSync(Buffer.from('text'), 'utf8')",
        "fs.readFileSync(new URL('text', `file://${process.cwd()}/`), 'utf8')",
        "fs.readFileSync({href: `file://${process.cwd()}/text`, protocol: 'file:'}, 'utf8')",
        "fs.readFileSync('./folder/../link', 'utf8')",
    ],
)
def test_the_ways_to_read(files: Kernel, code: str) -> None:
    assert files.ok(code).result == f"'{TEXT[:-1]}\\n'"


def test_paths_begin_at_the_folder_of_the_notebook(files: Kernel, place: Path) -> None:
    files.ok("%%python\nimport os; before = os.getcwd(); os.chdir('/')")
    try:
        names = value(files, "[process.cwd(), fs.realpathSync('link'), fs.existsSync('text')]")
        assert names == [str(place), str(place / "text"), True]
        assert (place / value(files, "fs.mkdtempSync('')")).is_dir()
    finally:
        files.ok("%%python\nos.chdir(before)")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf8", "\0A\ufffd\ufffd\ufffd("),
        ("latin1", "\0A\xff\xfe\xc3("),
        ("binary", "\0A\xff\xfe\xc3("),
        ("ascii", "\0A\x7f~C("),
        ("hex", "0041fffec328"),
        ("base64", "AEH//sMo"),
        ("base64url", "AEH__sMo"),
        ("utf16le", "\u4100\ufeff\u28c3"),
    ],
)
def test_encodings(files: Kernel, place: Path, encoding: str, text: str) -> None:
    assert value(files, f"fs.readFileSync('bytes', '{encoding}')") == text
    files.ok(f"fs.writeFileSync('again', {json.dumps(text)}, '{encoding}')")
    again = (place / "again").read_bytes()
    expected = (place / "bytes").read_bytes()
    assert again == {"utf8": text.encode(), "ascii": b"\0A\x7f~C("}.get(encoding, expected)


def test_without_an_encoding_there_is_a_buffer(files: Kernel) -> None:
    code = "const read = fs.readFileSync('bytes'); [Buffer.isBuffer(read), [...read], read.buffer.byteLength]"
    assert value(files, code.partition("; ")[2].replace("read", "fs.readFileSync('bytes')")) == [
        True,
        [0, 65, 255, 254, 195, 40],
        6,
    ]
    assert files.ok("await fs.promises.readFile('bytes')").result == "<Buffer 00 41 ff fe c3 28>"


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ("'\\ud800x'", "\ufffdx".encode()),
        ("Buffer.from('abcdef').subarray(1, 3)", b"bc"),
        ("new Uint16Array([0x4241, 0x4443]).subarray(1)", b"CD"),
        ("new DataView(new Uint8Array([1, 2, 3]).buffer, 1)", b"\x02\x03"),
        ("new Uint8Array(new SharedArrayBuffer(2))", b"\0\0"),
        ("new Uint8Array(new ArrayBuffer(2, {maxByteLength: 9}))", b"\0\0"),
    ],
)
def test_what_can_be_written(files: Kernel, place: Path, data: str, written: bytes) -> None:
    files.ok(f"fs.writeFileSync('new', {data})")
    assert (place / "new").read_bytes() == written
    files.ok(f"await fs.promises.appendFile('new', {data})")
    assert (place / "new").read_bytes() == 2 * written


def test_flags_and_modes(files: Kernel, place: Path) -> None:
    files.ok("fs.writeFileSync('new', 'abcdef', {mode: 0o640}); fs.writeFileSync('new', 'XY', {flag: 'r+'})")
    assert (place / "new").read_text() == "XYcdef"
    assert (place / "new").stat().st_mode & 0o777 == 0o640
    files.ok(
        "fs.writeFileSync('new', 'Z', {flag: 'a'}); fs.chmodSync('new', '600'); fs.truncateSync('new', 3)"
    )
    assert (place / "new").read_text() == "XYc"
    assert (place / "new").stat().st_mode & 0o777 == 0o600
    assert told(files, "fs.writeFileSync('new', '', {flag: 'wx'})")["code"] == "EEXIST"
    flags = "fs.constants.O_WRONLY | fs.constants.O_CREAT"
    files.ok(f"fs.writeFileSync('other', '1', {{flag: {flags}}}); fs.utimesSync('other', 1, new Date(2500))")
    assert (place / "other").stat().st_mtime == 2.5


ERRORS = [
    ("readFileSync('x')", "ENOENT: no such file or directory, open 'x'"),
    ("readFileSync('')", "ENOENT: no such file or directory, open ''"),
    ("readFileSync('\\ud800')", "ENOENT: no such file or directory, open '\ufffd'"),
    ("readFileSync('text/')", "ENOTDIR: not a directory, open 'text/'"),
    ("readFileSync('folder')", "EISDIR: illegal operation on a directory, read"),
    ("readFileSync('loop')", "ELOOP: too many symbolic links encountered, open 'loop'"),
    ("readFileSync('x'.repeat(300))", f"ENAMETOOLONG: name too long, open '{300 * 'x'}'"),
    ("writeFileSync('folder', '')", "EISDIR: illegal operation on a directory, open 'folder'"),
    ("appendFileSync('x/y', '')", "ENOENT: no such file or directory, open 'x/y'"),
    ("statSync('x')", "ENOENT: no such file or directory, stat 'x'"),
    ("statSync('loop')", "ELOOP: too many symbolic links encountered, stat 'loop'"),
    ("lstatSync('text/x')", "ENOTDIR: not a directory, lstat 'text/x'"),
    ("readdirSync('text')", "ENOTDIR: not a directory, scandir 'text'"),
    ("mkdirSync('folder')", "EEXIST: file already exists, mkdir 'folder'"),
    ("mkdirSync('text', {recursive: true})", "EEXIST: file already exists, mkdir 'text'"),
    ("mkdirSync('text/x/y', {recursive: true})", "ENOTDIR: not a directory, mkdir 'text/x/y'"),
    ("rmSync('x')", "ENOENT: no such file or directory, lstat 'x'"),
    ("unlinkSync('x')", "ENOENT: no such file or directory, unlink 'x'"),
    ("rmdirSync('folder')", "ENOTEMPTY: directory not empty, rmdir 'folder'"),
    ("renameSync('x', 'y')", "ENOENT: no such file or directory, rename 'x' -> 'y'"),
    ("copyFileSync('x', 'y')", "ENOENT: no such file or directory, copyfile 'x' -> 'y'"),
    ("copyFileSync('folder', 'y')", "EISDIR: illegal operation on a directory, copyfile 'folder' -> 'y'"),
    ("copyFileSync('text', 'bytes', 1)", "EEXIST: file already exists, copyfile 'text' -> 'bytes'"),
    ("accessSync('x')", "ENOENT: no such file or directory, access 'x'"),
    ("accessSync('text', fs.constants.X_OK)", "EACCES: permission denied, access 'text'"),
    ("realpathSync('x')", "ENOENT: no such file or directory, lstat '{place}/x'"),
    ("realpathSync('loop')", "ELOOP: too many symbolic links encountered, stat '{place}/loop'"),
    ("realpathSync.native('x')", "ENOENT: no such file or directory, realpath 'x'"),
    ("mkdtempSync('x/y')", "ENOENT: no such file or directory, mkdtemp 'x/yXXXXXX'"),
    ("readlinkSync('text')", "EINVAL: invalid argument, readlink 'text'"),
    ("symlinkSync('x', 'text')", "EEXIST: file already exists, symlink 'x' -> 'text'"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors_of_the_system(files: Kernel, place: Path, call: str, message: str) -> None:
    """The messages are those of Node 20, and so are the members."""
    message = message.replace("{place}", str(place))
    said = told(files, f"fs.{call}")
    code, _, rest = message.partition(": ")
    syscall, _, paths = rest.rpartition(", ")[2].partition(" ")
    path, _, dest = paths.partition(" -> ")
    expected = {"name": "Error", "message": message, "errno": said["errno"], "code": code, "syscall": syscall}
    expected |= {"path": path.strip("'")} if paths else {}
    expected |= {"dest": dest.strip("'")} if dest else {}
    assert said == expected
    assert os.strerror(-said["errno"])
    later = call.replace("Sync", "", 1)
    if "realpath" not in call:  # fs.promises has the native one
        assert value(files, f"await toldLater(() => fs.promises.{later})") == expected


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (
            "readFileSync()",
            "ERR_INVALID_ARG_TYPE",
            'The "path" argument must be of type string or an instance of',
        ),
        ("readFileSync(0)", "ERR_INVALID_ARG_TYPE", "Received type number (0)"),
        ("readFileSync('a\\0b')", "ERR_INVALID_ARG_VALUE", "without null bytes. Received 'a\\x00b'"),
        ("readFileSync(Buffer.from('a\\0'))", "ERR_INVALID_ARG_VALUE", "without null bytes."),
        ("readFileSync(new URL('file:///a%00'))", "ERR_INVALID_ARG_VALUE", "without null bytes."),
        ("readFileSync(new URL('file:///a%2Fb'))", "ERR_INVALID_FILE_URL_PATH", "encoded /"),
        ("readFileSync(new URL('file://host/b'))", "ERR_INVALID_FILE_URL_HOST", "File URL host"),
        ("readFileSync(new URL('http://a/b'))", "ERR_INVALID_URL_SCHEME", "must be of scheme file"),
        (
            "readFileSync('text', 'nope')",
            "ERR_INVALID_ARG_VALUE",
            "'encoding' is invalid encoding. Received 'nope'",
        ),
        (
            "readFileSync('text', 5)",
            "ERR_INVALID_ARG_TYPE",
            "one of type string or object. Received type number",
        ),
        ("readFileSync('text', {flag: 'rw'})", "ERR_INVALID_ARG_VALUE", "'flags' is invalid. Received 'rw'"),
        (
            "writeFileSync('text', {})",
            "ERR_INVALID_ARG_TYPE",
            "Buffer, TypedArray, or DataView. Received an instance",
        ),
        ("writeFileSync('text')", "ERR_INVALID_ARG_TYPE", "Received undefined"),
        ("writeFileSync('text', '', {mode: '8'})", "ERR_INVALID_ARG_VALUE", "octal string. Received '8'"),
        ("writeFileSync('text', '', {mode: -1})", "ERR_OUT_OF_RANGE", ">= 0 && <= 4294967295. Received -1"),
        (
            "mkdirSync('x', {recursive: 1})",
            "ERR_INVALID_ARG_TYPE",
            '"options.recursive" property must be of type bool',
        ),
        ("renameSync('text')", "ERR_INVALID_ARG_TYPE", 'The "newPath" argument'),
        ("readFile('text')", "ERR_INVALID_ARG_TYPE", 'The "cb" argument must be of type function.'),
        ("openSync('text')", "ERR_METHOD_NOT_IMPLEMENTED", "Files are read and written as a whole here"),
        ("createReadStream('text')", "ERR_METHOD_NOT_IMPLEMENTED", "readFileSync"),
        ("rmSync('folder')", "ERR_FS_EISDIR", "rm returned EISDIR (is a directory) folder"),
    ],
)
def test_wrong_arguments(files: Kernel, place: Path, call: str, code: str, words: str) -> None:
    said = told(files, f"fs.{call}")
    assert said["code"] == code
    assert words in said["message"]
    assert (place / "text").read_text("utf-8") == TEXT


def test_errors_point_at_the_cell(files: Kernel) -> None:
    for code in (
        "const f = () =>\n  fs.readFileSync('x')\nf()",
        "const g = async () => {\n  await fs.promises.readFile('x') }\nawait g()",
    ):
        run = files.fails(code)
        assert "open 'x'" in run.traceback
        assert "isolates:" not in run.traceback
        assert ":2:" in run.traceback
