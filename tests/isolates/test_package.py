"""The package as a package: its layers, its types, its names."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import isolates
from isolates import _native

PACKAGE = Path(isolates.__file__).parent
NATIVE = PACKAGE / "native"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SYMBOL = re.compile(r"_ZNK?K?2v8|__asm__|asm\s*\(")

TYPES = {
    "_ArgumentOptions",
    "_Arguments",
    "_ResultOptions",
    "_Scripts",
    "_SnapshotScript",
    "_ModuleResolver",
    "_SyncModuleResolver",
    "_ImportResolver",
}  # for the checker alone: the module has them not

needs_sources = pytest.mark.skipif(not NATIVE.is_dir(), reason="installed without its sources")


def native_files(layer: str) -> list[Path]:
    return sorted((NATIVE / layer).rglob("*.[ch]*"))


def includes(path: Path) -> list[str]:
    return [name for _, name in INCLUDE.findall(path.read_text(encoding="utf-8"))]


def imports(path: Path) -> set[str]:
    """All modules that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_the_engine_imports_nothing_that_stands_on_it(path: Path) -> None:
    above = (
        "isolates.kernel",
        "isolates.magics",
        "isolates.widgets",
        "IPython",
        "ipykernel",
        "jupyter",
        "numpy",
    )
    # What IPython calls for `%load_ext isolates` imports it then.
    door = {"isolates.kernel.extension", "isolates.kernel.extension.loading"}
    allowed = door if path.name == "_ipython.py" else set()
    assert not [name for name in imports(path) - allowed if name.startswith(above)]


@pytest.mark.parametrize("folder", ["magics", "widgets"])
def test_magics_and_widgets_use_public_names_alone(folder: str) -> None:
    files = sorted((PACKAGE.parent / folder).rglob("*.py"))
    if not files:
        pytest.skip(f"there is no {folder} here")
    for path in files:
        engine = {name for name in imports(path) if re.match(r"isolates\.(?!kernel|magics|widgets)", name)}
        private = {name for name in engine if any(part.startswith("_") for part in name.split("."))}
        assert not private, path


def test_importing_the_engine_loads_neither_ipython_nor_numpy() -> None:
    code = "import sys, isolates; print(*{'IPython', 'numpy', 'zmq', 'pybind11'} & set(sys.modules))"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert child.stdout.split() == []


@needs_sources
def test_native_layers_include_downwards_only() -> None:
    allowed = {"lib": ("lib/",), "engine": ("lib/", "engine/"), "bind": ("lib/", "engine/", "bind/")}
    for layer, prefixes in allowed.items():
        files = native_files(layer)
        assert files, f"native/{layer} is empty"
        for path in files:
            own = [name for name in includes(path) if name.startswith(("lib/", "engine/", "bind/"))]
            assert all(name.startswith(prefixes) for name in own), path
            for name in includes(path):
                assert not name.startswith((".", "v8", "libplatform/")), (
                    path
                )  # no V8 headers, no relative ones


@needs_sources
@pytest.mark.parametrize("layer", ["lib", "engine"])
def test_only_the_binding_knows_python(layer: str) -> None:
    for path in native_files(layer):
        assert not [name for name in includes(path) if name.startswith(("Python.h", "pybind11"))], path
        assert not re.search(r"\bPy(?!MiniRacer)[A-Z_]\w+|\bpy::", path.read_text(encoding="utf-8")), path


@needs_sources
def test_lib_does_not_know_v8() -> None:
    for path in native_files("lib"):
        assert "v8abi" not in path.read_text(encoding="utf-8"), path


@needs_sources
def test_the_v8_abi_headers_alone_name_v8s_symbols() -> None:
    naming = {
        path.relative_to(NATIVE).as_posix()
        for layer in ("lib", "engine", "bind")
        for path in native_files(layer)
        if SYMBOL.search(path.read_text(encoding="utf-8"))
    }
    assert "engine/v8_abi.h" in naming
    assert [name for name in naming if not re.fullmatch(r"engine/v8_abi(_\w+)?\.h", name)] == []


def test_the_package_has_types() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "_native.pyi").is_file()


def test_the_stub_agrees_with_the_module(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    allowed = tmp_path / "allowed"
    # pybind11's metaclass, and constructors that always refuse.
    # The buffer protocol has a name in Python from 3.12 on, and there only for classes that begin with it.
    allowed.write_text(r"isolates\._native\.\w+(\.__init__|\.__buffer__)?" + "\n", encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "isolates._native", "--concise", "--allowlist", str(allowed)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_stub_names_what_the_module_has_and_no_more() -> None:
    tree = ast.parse((PACKAGE / "_native.pyi").read_text(encoding="utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name in TYPES:
            continue
        stub = {item.name for item in node.body if isinstance(item, ast.FunctionDef)} - {"__init__"}
        stub |= {ast.unparse(item.target) for item in node.body if isinstance(item, ast.AnnAssign)}
        real = {name for name in vars(getattr(_native, node.name)) if not name.startswith("_")}
        assert {name for name in stub if not name.startswith("_")} == real, node.name
    stubbed = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    stubbed |= {
        str(node.target.id)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert {name for name in vars(_native) if not name.startswith("__")} == stubbed - TYPES


def test_all_names_what_is_public_and_is_sorted() -> None:
    assert len(set(isolates.__all__)) == len(isolates.__all__)
    for name in isolates.__all__:
        assert hasattr(isolates, name)
    parts = {"kernel", "magics", "places", "prelude", "program", "text", "widgets"}
    files = {"package_targets", "packages", "reading", "source_texts"}
    # Those that were imported by now.
    modules = {"background", "errors", "future", "load", "references", "resolver", "samples", *parts, *files}
    hooks = {"load_ipython_extension", "unload_ipython_extension"}
    public = {name for name in vars(isolates) if not name.startswith("_")} - modules - hooks
    assert public == set(isolates.__all__)
    assert {"Isolate", "Context", "Script", "Reference", "Future", "undefined"} <= public


def members() -> list[str]:
    classes = [name for name in isolates.__all__ if inspect.isclass(getattr(isolates, name))]
    return [
        *classes,
        *(
            f"{name}.{member}"
            for name in classes
            for member, value in vars(getattr(isolates, name)).items()
            if not member.startswith("_")
            and (callable(value) or isinstance(value, property))
            and type(value).__name__ != "pybind11_static_property"  # it can't have one: its class has
        ),
    ]


@pytest.mark.parametrize("name", members())
def test_every_public_name_has_a_docstring(name: str) -> None:
    thing: object = isolates
    for part in name.split("."):
        thing = inspect.getattr_static(thing, part)
    assert inspect.getdoc(thing), name
    if inspect.isclass(thing):
        assert thing.__doc__
        assert not thing.__doc__.startswith("Initialize self")


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_version_of_v8_is_told() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+(-\w+)?", isolates.V8_VERSION)


def test_a_platform_without_v8_is_refused_in_one_sentence() -> None:
    code = "import sys; sys.platform = 'win32'; import isolates"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert child.returncode == 1
    assert "ImportError: isolates needs Linux or macOS" in child.stderr
    assert "WSL" in child.stderr


def test_without_mini_racer_the_import_says_what_to_install() -> None:
    code = "import sys; sys.modules['py_mini_racer'] = None; import isolates"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert child.returncode == 1
    assert "ImportError: isolates needs mini-racer: pip install mini-racer==" in child.stderr
