"""The native core, `isolates._native`: compiled in parallel, only where it changed. The rest: setup.cfg.

The sources are compiled in units of several files, since most of the time goes into the headers that all of
them include: a third of the time in all. The files of a unit share their anonymous namespace, so a name that
two of them define there is an error, to be mended by a better name.
"""

import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
import zlib
from collections import defaultdict
from pathlib import Path
from typing import NoReturn

from setuptools import Distribution, Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("isolates/native")
SOURCES = sorted(str(path) for path in NATIVE.glob("**/*.cpp"))
HEADERS = sorted(str(path) for path in NATIVE.glob("**/*.h"))
UNITS = {"lib": 1, "engine": 4, "bind": 8}

# Where mini-racer has a library that exports V8.
PLATFORMS = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")}


def refuse(sentence: str) -> NoReturn:
    raise SystemExit(f"\nisolates can't be built: {sentence}\n")


def check_platform() -> None:
    if sys.platform in ("win32", "cygwin"):
        refuse("mini-racer's library for Windows hides V8; use WSL (Windows Subsystem for Linux).")
    if sys.implementation.name != "cpython":
        refuse(f"it needs CPython, and this is {platform.python_implementation()}.")
    if sys.maxsize < 2**32:
        refuse("it needs a 64-bit Python, and this is a 32-bit one.")
    if (sys.platform, platform.machine()) not in PLATFORMS:
        refuse(f"it needs Linux or macOS on x86-64 or ARM64; this is {sys.platform} on {platform.machine()}.")


def find_compiler() -> str | None:
    names = [os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "c++"]
    if "CXX" not in os.environ:
        names += ["c++", "g++", "clang++"]  # A Python from elsewhere may name the compiler it was built with.
    return next((name for name in names if shutil.which(name.split()[0])), None)


def check_tools() -> str:
    """The compiler. What is missing is said at once, not one by one."""
    missing, packages = [], []
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.exists():
        missing.append(str(headers))
        packages.append(f"python{sys.version_info.major}.{sys.version_info.minor}-dev")
    compiler = find_compiler()
    if compiler is None:
        missing.append(f"C++ compiler ({os.environ.get('CXX') or 'c++, g++ or clang++'})")
        packages.append("g++")
    if compiler and not missing:
        return compiler
    refuse(
        f"there is no {' and no '.join(missing)}; install what is missing "
        f"(Debian, Ubuntu: apt install {' '.join(packages)}; macOS: xcode-select --install)."
    )


def find_package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        refuse(f"{name} is missing; build with pip, or install the build requirements of pyproject.toml.")
    return Path(spec.origin).parent


def write_units(folder: Path) -> dict[str, list[str]]:
    """Files that include the sources of one unit each, and which those are. A source stays in its unit."""
    members = defaultdict(list)
    for source in SOURCES:
        name = Path(source).relative_to(NATIVE).as_posix()
        layer = name.partition("/")[0]
        unit = folder / f"{layer}_{zlib.crc32(name.encode()) % UNITS[layer]}.cpp"
        members[str(unit)].append(source)
    folder.mkdir(parents=True, exist_ok=True)
    for unit, sources in members.items():
        text = "".join(f'#include "{Path(source).relative_to(NATIVE).as_posix()}"\n' for source in sources)
        if not Path(unit).exists() or Path(unit).read_text() != text:
            Path(unit).write_text(text)
    return members


class DistributionWithData(Distribution):
    # An editable install asks for `has_data`, which setuptools lacks: the kernelspec would be left out.
    has_data = Distribution.has_data_files


class BuildNative(build_ext):
    """Adds what is known only where it is built, after saying what is missing there."""

    def run(self) -> None:
        check_platform()
        os.environ["CXX"] = check_tools()
        super().run()

    def build_extensions(self) -> None:
        library = find_package("py_mini_racer")
        find_package("pybind11")
        import pybind11
        from pybind11.setup_helpers import ParallelCompile

        # Not the temporary folder of an editable install: it would make each build a full one. And objects
        # compiled for another Python or pybind11 must not be linked with new ones.
        python = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
        self.build_temp = str(Path("build", f"native-{python}-pybind11-{pybind11.__version__}"))

        (native,) = self.extensions
        native.include_dirs += [str(NATIVE), pybind11.get_include()]
        # No rpath: a build environment's folder is gone at run time. `import isolates` loads mini-racer's
        # library by its path, and that library's SONAME then satisfies this link.
        native.library_dirs.append(str(library))
        # The C++ library first: mini-racer's exports PartitionAlloc's operator new and delete too, which must
        # not free what the C++ library allocated: "free(): invalid pointer", once pyzmq is loaded.
        linux = sys.platform == "linux"
        native.extra_link_args += ["-lstdc++", "-l:libmini_racer.so"] if linux else ["-lc++", "-lmini_racer"]

        units = write_units(Path(self.build_temp, "units"))
        native.sources = sorted(units)
        newest_dependency = max(Path(path).stat().st_mtime for path in native.depends)

        def is_stale(built: str, unit: str) -> bool:
            newest = max(Path(path).stat().st_mtime for path in (unit, *units[unit]))
            return Path(built).stat().st_mtime < max(newest, newest_dependency)

        with ParallelCompile("ISOLATES_BUILD_JOBS", needs_recompile=is_stale):
            super().build_extensions()


# Errors for who develops it, not for who installs it with next year's compiler.
WARNINGS = ["-Wall", "-Wextra", *(["-Werror"] if "ISOLATES_WERROR" in os.environ else [])]

setup(
    distclass=DistributionWithData,
    cmdclass={"build_ext": BuildNative},
    ext_modules=[
        Extension(
            "isolates._native",
            SOURCES,
            depends=["setup.py", *HEADERS],
            language="c++",
            extra_compile_args=["-std=c++17", "-O2", "-g0", "-fvisibility=hidden", "-pthread", *WARNINGS],
            extra_link_args=["-pthread"],
        )
    ],
)
