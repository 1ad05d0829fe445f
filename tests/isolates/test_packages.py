"""Which file an import or a require() means: as Node 20 says (packages/ask_node.mjs), and in odd trees."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolates.packages import BUILTINS, NODE_ONLY, Resolver, Target
from isolates.reading import AccessDeniedError, LoadError, Reader, ReadPolicy

DATA = Path(__file__).parent / "packages"
TREE = json.loads((DATA / "tree.json").read_text("utf-8"))
ANSWERS = json.loads((DATA / "answers.json").read_text("utf-8"))

# Where Node is odd, and what is said here.
OTHERS = {
    ("import", "plain/a%b.js"): "/node_modules/plain/a%b.js",  # URIError
    ("import", "pat/ok/"): "ERR_PACKAGE_PATH_NOT_EXPORTED",  # matches "./*" with "ok/"
    ("require", "pat/ok/"): "ERR_PACKAGE_PATH_NOT_EXPORTED",
    ("import", "@s/"): "ERR_UNSUPPORTED_DIR_IMPORT",
    ("require", "broken"): "ERR_INVALID_PACKAGE_CONFIG",  # a SyntaxError without a code
    ("require", "#dep/sub"): "ERR_UNSUPPORTED_DIR_IMPORT",
    ("require", "#fs"): "fs",  # ERR_INVALID_URL_SCHEME
    ("require", "node:nope"): "ERR_UNKNOWN_BUILTIN_MODULE",
    ("import", "node:nope"): "ERR_UNKNOWN_BUILTIN_MODULE",  # import.meta.resolve does not look
    ("import", "node:test"): "ERR_UNKNOWN_BUILTIN_MODULE",
    ("require", "node:test"): "ERR_UNKNOWN_BUILTIN_MODULE",
    ("import", "http://x"): "ERR_UNSUPPORTED_ESM_URL_SCHEME",
    ("import", "data:text/javascript,1"): "ERR_UNSUPPORTED_ESM_URL_SCHEME",
    ("import", "blob:x"): "ERR_UNSUPPORTED_ESM_URL_SCHEME",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(os.path.realpath(tmp_path_factory.mktemp("packages")))
    for name, content in TREE["files"].items():
        write(root / name, content)
    for name, target in TREE["links"].items():
        (root / name).symlink_to(target)
    return root


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def resolver(*allowed: Path, node: bool = False) -> Resolver:
    reader = Reader(ReadPolicy([str(path) for path in allowed] or None, "no"))
    return Resolver(reader, sorted(BUILTINS), NODE_ONLY) if node else Resolver(reader, ["util"])


def answer(find: Callable[..., Target], *arguments: str) -> str:
    try:
        target = find(*arguments)
    except LoadError as error:
        return error.code
    return target.path + target.query


def message(find: Callable[..., Target], *arguments: str) -> str:
    with pytest.raises(LoadError) as caught:
        find(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(("folder", "specifier", "imported", "required"), ANSWERS)
def test_specifiers_mean_what_they_mean_in_node(
    root: Path, folder: str, specifier: str, imported: str, required: str
) -> None:
    find = resolver(node=True)
    place = str(root / folder)
    found = answer(find.resolve_import, specifier, place, "x").replace(str(root), "")
    wanted = OTHERS.get(("import", specifier), imported.removeprefix("node:"))
    assert found == (wanted if imported != "TypeError" else found)
    found = answer(find.resolve_require, specifier, place).replace(str(root), "")
    assert found == OTHERS.get(("require", specifier), required.removeprefix("node:"))


def test_what_is_not_for_node_alone_goes_first(root: Path) -> None:
    find, place = resolver(), str(root)
    assert answer(find.resolve_import, "cond", place, "x") == f"{root}/node_modules/cond/d.js"
    assert answer(find.resolve_require, "cond/nul", place) == f"{root}/node_modules/cond/d.js"
    write(root / "node_modules/nodish/package.json", {"exports": {"node": "./n.js", "browser": "./b.js"}})
    write(root / "node_modules/nodish/n.js", "")
    assert answer(find.resolve_import, "nodish", place, "x") == f"{root}/node_modules/nodish/n.js"


def test_messages_are_nodes(root: Path) -> None:
    find, place = resolver(), str(root)
    assert message(find.resolve_import, "./none.mjs", place, "In [3]") == (
        f"Cannot find module '{root}/none.mjs' imported from In [3]"
    )
    assert message(find.resolve_import, "nope/x", place, "In [3]") == (
        "Cannot find package 'nope' imported from In [3]"
    )
    assert message(find.resolve_require, "./none", place) == "Cannot find module './none'"
    assert message(find.resolve_import, "pat/internal/x", place, "m.mjs") == (
        "Package subpath './internal/x' is not defined by \"exports\" in "
        f"{root}/node_modules/pat/package.json imported from m.mjs"
    )
    assert message(find.resolve_require, "empty", place) == (
        f'No "exports" main defined in {root}/node_modules/empty/package.json'
    )
    assert message(find.resolve_import, "./b", place, "m.mjs").endswith(f"Did you mean '{root}/b.js'?")


def test_modules_of_node_that_are_not_here_are_named(root: Path) -> None:
    find, place = resolver(), str(root)
    about = ". This is not Node: of the modules that are built in there are util"
    assert (
        message(find.resolve_import, "fs", place, "m") == f"Cannot find package 'fs' imported from m{about}"
    )
    assert message(find.resolve_require, "fs", place) == f"Cannot find module 'fs'{about}"
    assert message(find.resolve_import, "node:fs", place, "m") == f"No such built-in module: node:fs{about}"
    assert find.resolve_import("node:util", place, "m") == Target("util", is_builtin=True)


def test_a_package_may_take_the_place_of_a_module_of_node(root: Path) -> None:
    write(root / "node_modules/buffer/index.js", "")
    assert answer(resolver().resolve_require, "buffer", str(root)) == f"{root}/node_modules/buffer/index.js"
    assert answer(resolver(node=True).resolve_require, "buffer", str(root)) == "buffer"


@pytest.mark.parametrize(
    ("file", "format_"),
    [
        ("a.mjs", "module"),
        ("a.cjs", "commonjs"),
        ("b.js", "unclear"),
        ("c.json", "json"),
        ("g.node", "addon"),
        ("f", "unclear"),
        ("typed/m.js", "module"),
        ("typed/n/o.js", "unclear"),
        ("typed/c/o.js", "commonjs"),
    ],
)
def test_formats(root: Path, file: str, format_: str) -> None:
    assert resolver().format_of(str(root / file)) == format_


def test_an_unknown_extension_is_refused_for_import_alone(root: Path) -> None:
    path = str(root / "h.ts")
    with pytest.raises(LoadError, match=r'Unknown file extension "\.ts" for ') as caught:
        resolver().format_of(path)
    assert (caught.value.code, caught.value.name) == ("ERR_UNKNOWN_FILE_EXTENSION", "TypeError")
    assert resolver().format_for_require(path) == "commonjs"


def test_packages_may_import_as_bundlers_read_it(tmp_path: Path) -> None:
    """rxjs has an entry for Node, and one whose imports have no extensions for all others."""
    package = tmp_path / "node_modules/p"
    for name in ("a.js", "b/index.js"):
        write(package / name, "")
    write(tmp_path / "a.js", "")
    find = resolver().resolve_import
    assert answer(find, "./a", str(package), "x") == f"{package}/a.js"
    assert answer(find, "./b", str(package), "x") == f"{package}/b/index.js"
    assert answer(find, "../a?v=1", str(package / "b"), "x") == f"{package}/a.js?v=1"
    assert answer(find, "./none", str(package), "x") == "ERR_MODULE_NOT_FOUND"
    assert answer(find, "./a", str(tmp_path), "x") == "ERR_MODULE_NOT_FOUND"
    assert answer(resolver(node=True).resolve_import, "./a", str(package), "x") == "ERR_MODULE_NOT_FOUND"


# --- Policies ---


def test_nothing_is_found_outside_of_what_may_be_read(root: Path) -> None:
    find = resolver(root / "sub")
    place = str(root / "sub/deep")
    assert answer(find.resolve_import, "near", place, "x") == f"{root}/sub/node_modules/near/index.js"
    assert answer(find.resolve_import, "dual", place, "x") == "ERR_MODULE_NOT_FOUND"
    for specifier in ("../../a.mjs", "../../none.mjs", "/etc/passwd", "file:///etc/passwd"):
        assert answer(find.resolve_import, specifier, place, "x") == "ERR_ACCESS_DENIED"
    for request in ("../../b", "../../none", "/etc/passwd"):
        assert answer(find.resolve_require, request, place) == "ERR_ACCESS_DENIED"


def test_exports_can_not_lead_out(tmp_path: Path) -> None:
    package = tmp_path / "app/node_modules/evil"
    write(package / "package.json", {"exports": {"./*": "./*", "./up": "./../../../secret.js"}})
    (package / "link.js").symlink_to("../../../secret.js")
    write(tmp_path / "secret.js", "")
    find, place = resolver(tmp_path / "app"), str(tmp_path / "app")
    assert answer(find.resolve_import, "evil/up", place, "x") == "ERR_INVALID_PACKAGE_TARGET"
    assert answer(find.resolve_import, "evil/link.js", place, "x") == "ERR_ACCESS_DENIED"
    assert answer(find.resolve_require, "evil/link.js", place) == "ERR_ACCESS_DENIED"
    for subpath in (
        "../x",
        "a/../../x",
        "%2e%2e/x",
        "..%2fx",
        "node_modules/x",
        "NODE_MODULES/x",
        "a\\..\\x",
    ):
        assert answer(find.resolve_import, f"evil/{subpath}", place, "x") == "ERR_INVALID_MODULE_SPECIFIER"


def test_a_package_json_that_may_not_be_read_says_nothing(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"type": "module", "imports": {"#x": "./app/x.js"}})
    path = write(tmp_path / "app/x.js", "")
    find = resolver(tmp_path / "app")
    assert find.format_of(str(path)) == "unclear"
    assert answer(find.resolve_import, "#x", str(path.parent), "x") == "ERR_PACKAGE_IMPORT_NOT_DEFINED"


# --- Hostile trees ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\0",
        "\ufeff",
        "[" * 100_000,
        "nul",
        '{"exports": ' + '{"import":' * 100_000 + "1" + "}" * 100_001,
    ],
)
def test_a_package_json_that_is_none(tmp_path: Path, text: str) -> None:
    write(tmp_path / "node_modules/odd/package.json", text)
    write(tmp_path / "node_modules/odd/index.js", "")
    for found in (
        answer(resolver().resolve_import, "odd", str(tmp_path), "x"),
        answer(resolver().resolve_require, "odd", str(tmp_path)),
    ):
        assert found == "ERR_INVALID_PACKAGE_CONFIG"


@pytest.mark.parametrize(
    "content",
    [
        1,
        '"text"',
        None,
        [1],
        {"name": 1, "main": {}, "type": [], "imports": [], "exports": None},
        {"__proto__": {"exports": "./evil.js"}, "constructor": "x"},
    ],
)
def test_a_package_json_with_other_types(tmp_path: Path, content: Any) -> None:
    write(tmp_path / "node_modules/odd/package.json", content)
    write(tmp_path / "node_modules/odd/index.js", "")
    path = f"{tmp_path}/node_modules/odd/index.js"
    assert answer(resolver().resolve_import, "odd", str(tmp_path), "x") == path
    assert answer(resolver().resolve_require, "odd", str(tmp_path)) == path


def test_a_package_json_that_is_no_file(tmp_path: Path) -> None:
    for name in ("pipe", "folder", "loop"):
        write(tmp_path / f"node_modules/{name}/index.js", "")
    os.mkfifo(tmp_path / "node_modules/pipe/package.json")
    (tmp_path / "node_modules/folder/package.json").mkdir()
    (tmp_path / "node_modules/loop/package.json").symlink_to("package.json")
    for name in ("pipe", "folder", "loop"):
        path = f"{tmp_path}/node_modules/{name}/index.js"
        assert answer(resolver().resolve_require, name, str(tmp_path)) == path


def test_folders_in_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").symlink_to("../a")
    write(tmp_path / "a/x.js", "")
    assert (
        answer(resolver().resolve_import, f"./a/{'b/' * 30}x.js", str(tmp_path), "x") == f"{tmp_path}/a/x.js"
    )
    assert answer(resolver().resolve_import, f"./a/{'b/' * 300}x.js", str(tmp_path), "x").startswith("ERR_")


@pytest.mark.parametrize(
    "specifier", ["./a\0b", "a\0b", "./%00", "./\ud800", "\ud800", "./" + "x" * 5000, "#\0"]
)
def test_names_that_no_file_has(tmp_path: Path, specifier: str) -> None:
    assert answer(resolver().resolve_import, specifier, str(tmp_path), "x") in (
        "ERR_MODULE_NOT_FOUND",
        "ERR_PACKAGE_IMPORT_NOT_DEFINED",
    )
    assert answer(resolver().resolve_require, specifier, str(tmp_path)) == "MODULE_NOT_FOUND"


def test_pipes_and_huge_files_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mjs")
    reader = Reader(ReadPolicy(None))
    with pytest.raises(OSError, match="is no file"):
        reader.read(str(tmp_path / "pipe.mjs"))
    with (tmp_path / "huge.mjs").open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(OSError, match="is too large"):
        reader.read(str(tmp_path / "huge.mjs"))


def test_a_changed_package_json_counts(tmp_path: Path) -> None:
    package = tmp_path / "node_modules/p"
    write(package / "package.json", {"main": "a.js"})
    write(package / "a.js", "")
    write(package / "bb.js", "")
    find = resolver()
    assert answer(find.resolve_require, "p", str(tmp_path)) == f"{package}/a.js"
    write(package / "package.json", {"main": "bb.js"})
    assert answer(find.resolve_require, "p", str(tmp_path)) == f"{package}/bb.js"


def test_refusals_name_the_way_out(root: Path) -> None:
    find = Resolver(Reader(ReadPolicy([str(root / "sub")], "only sub")), [])
    with pytest.raises(AccessDeniedError, match=r"Access to '.*/a\.mjs' is denied: only sub"):
        find.resolve_import("../a.mjs", str(root / "sub"), "x")
