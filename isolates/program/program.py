"""A program: its isolate, what it may ask of the host, and its life from the file to the exit code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from isolates import V8_VERSION, Isolate, IsolatesError, Reference, __version__, _native, isolated_vm
from isolates.packages import Resolver
from isolates.places import Place
from isolates.prelude import BUILTINS, LIBRARIES, bundle_source, random_hex, source
from isolates.program.loop import EventLoop
from isolates.program.output import Output
from isolates.program.report import report, signature
from isolates.reading import LoadError, Reader, ReadPolicy

DEFAULT_MEMORY_MB = 1024.0
# The newest Node whose V8 is not newer than ours: what programs may take for granted of the language.
_LIKE_NODE = "25.0.0"
_PRELUDE_NAME = "isolates:program"
_FOLDER = Path(__file__).parent
_SHARED = (
    "types",
    "inspect",
    "table",
    "console",
    "timer_heap",
    "clone",
    "errors",
    "dom_exception",
    "event_target",
    "abort",
    "text",
    "base64",
    "url_search_params",
    "url",
    "builtins",
    "timer_modules",
    "commonjs",
    "file_urls",
    "crypto",
    "performance",
)
_OWN = ("jobs", "timers", "process", "modules", "main")
_WAY_OUT = "a program reads files below its own folder only. --allow-read=PATH allows more"
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
_EXIT_OUT_OF_MEMORY = 134  # as of a process that has aborted
EXIT_TIMEOUT = 124  # as of timeout(1)


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    file: str | None
    arguments: Sequence[str] = ()
    eval_source: str | None = None
    memory_mb: float = DEFAULT_MEMORY_MB
    allow_read: Sequence[str] = ()
    allow_read_all: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    expose_gc: bool = False
    options: Sequence[str] = ()


class Program:
    """Runs on the main thread and ends the process. Host functions are called on the threads of the engine.

    The program is trusted with `ivm`, and with nothing else: what it asks of the host is checked here.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cwd = str(Path.cwd())
        self._file = None if settings.file is None else str(Path(self._cwd, settings.file))
        self._reader = Reader(self._policy())
        self._resolver = Resolver(self._reader, (*BUILTINS, *LIBRARIES))
        self.output = Output()
        self._died_of = ""

    def _policy(self) -> ReadPolicy:
        if self._settings.allow_read_all:
            return ReadPolicy(None)
        folder = self._cwd if self._file is None else str(Path(_real_file(self._file)).parent)
        return ReadPolicy([folder, *self._settings.allow_read], _WAY_OUT)

    def run(self) -> NoReturn:
        """Until the program ends; then the process does."""
        if self._settings.expose_gc:
            _native._expose_gc()
        try:
            self._loop = EventLoop(lambda: self._call("turn"), lambda: self._call("idle"), self._is_pending)
            self._isolate = Isolate(memory_limit=self._settings.memory_mb, on_dispose=self._on_death)
            self._isolate._watch_activity(self._loop.wake)
            self._dispatch = self._evaluate_prelude()
            main = None if self._file is None else os.path.normpath(self._file)
            self._call("run", main, self._settings.eval_source)
            self._loop.run()
            self._call("exit")
            raise AssertionError("process.exit came back")
        except IsolatesError as error:
            why = f" ({self._died_of})" if self._died_of and self._died_of not in str(error) else ""
            self.output.write(2, f"\nFATAL ERROR: {error}{why}\n\n{signature()}\n")
            self.output.exit(_EXIT_OUT_OF_MEMORY)

    def _is_pending(self) -> bool:
        return self._isolate._pending_calls > 0

    def _on_death(self, reason: str) -> None:
        self._died_of = reason
        self._loop.wake()

    def _call(self, *arguments: object) -> Any:
        return self._dispatch.apply_sync(None, arguments)

    def _evaluate_prelude(self) -> Reference:
        self._context = self._isolate.create_context_sync()
        natives = _native._program_natives(self._context, self._loop.wake)
        files = {name: _FOLDER / "prelude" / f"{name}.js" for name in ("host", *_OWN)}
        code = source("primordials", files["host"], *_SHARED, *(files[name] for name in _OWN))
        hosts: list[Callable[..., object]] = [
            self._write,
            self._resolve,
            self._read,
            self._library,
            self._memory,
            self._report,
            self._exit,
            self._loop.wake,
            self._vendored,
            random_hex,
        ]
        dispatch = self._context.eval_closure_sync(
            code,
            [natives.deref_into(), self._config(), *map(_quiet, hosts)],
            filename=_PRELUDE_NAME,
            reference=True,
        )
        assert isinstance(dispatch, Reference)
        return dispatch

    def _config(self) -> dict[str, object]:
        executable = sys.executable
        machine = os.uname().machine
        return {
            "argv": [executable, *([self._file] if self._file else []), *self._settings.arguments],
            "argv0": executable,
            "execPath": executable,
            "execArgv": list(self._settings.options),
            "cwd": self._cwd,
            "env": dict(self._settings.environment),
            "pid": os.getpid(),
            "ppid": os.getppid(),
            "platform": sys.platform,
            "arch": _ARCHITECTURES.get(machine, machine),
            "versions": {"node": _LIKE_NODE, "v8": V8_VERSION, "isolates": __version__},
            "isTTY": [os.isatty(1), os.isatty(2)],
            "columns": _columns(),
            "startedAt": time.time() * 1000,
        }

    # --- What JavaScript calls ---

    def _write(self, fd: object, text: object) -> None:
        if fd not in (1, 2):
            raise ValueError("no such stream")
        self.output.write(2 if fd == 2 else 1, text if isinstance(text, str) else bytes(memoryview(text)))  # type: ignore[arg-type] # refuses what is no buffer

    def _resolve(self, request: object, folder: object, _: object) -> dict[str, str]:
        try:
            target = self._resolver.resolve_require(_text(request), _text(folder))
        except LoadError as error:
            return _load_error(error)
        except OSError as error:
            return _os_error(error)
        return {"builtin" if target.is_builtin else "filename": target.path}

    def _read(self, filename: object) -> dict[str, str]:
        path = _text(filename)
        try:
            return {"text": self._reader.read(path), "format": self._resolver.format_for_require(path)}
        except LoadError as error:
            return _load_error(error)
        except OSError as error:
            return _os_error(error)

    def _library(self, profile: object) -> object:
        return isolated_vm(_text(profile))

    def _memory(self) -> dict[str, int]:
        heap = self._isolate.get_heap_statistics_sync()
        return {
            "rss": _resident_bytes(),
            "heapTotal": heap["total_heap_size"],
            "heapUsed": heap["used_heap_size"],
            "external": heap["externally_allocated_size"],
            "arrayBuffers": heap["externally_allocated_size"],
        }

    def _report(
        self,
        text: object,
        stack: object,
        file: object,
        line: object,
        start: object,
        end: object,
        source_line: object,
    ) -> None:
        place, width = None, 1
        if isinstance(file, str) and isinstance(line, int) and isinstance(start, int) and line > 0:
            place = Place(file, line, start + 1)
            width = end - start if isinstance(end, int) else 1
        shown = source_line if isinstance(source_line, str) else None
        self.output.write(2, report(_text(text), _text(stack), place, shown, width, self._reader.sources))

    def _exit(self, code: object) -> NoReturn:
        self.output.exit(code & 255 if isinstance(code, int) else 1)

    def _vendored(self, name: object) -> str:
        return bundle_source(_text(name))


def _quiet(host: Callable[..., object]) -> Callable[..., object]:
    """Takes any number of arguments and gives nothing of the host's own errors away."""

    def call(*arguments: object) -> object:
        try:
            return host(*arguments)
        except Exception as error:
            raise RuntimeError(f"the host could not do it: {type(error).__name__}") from None

    return call


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is wanted")
    return value


def _load_error(error: LoadError) -> dict[str, str]:
    return {"code": error.code, "name": error.name, "message": str(error)}


def _os_error(error: OSError) -> dict[str, str]:
    import errno

    code = errno.errorcode.get(error.errno or 0, "EIO")
    return {"code": code, "message": f"{code}: {error.strerror or error}, '{error.filename or ''}'"}


def _real_file(path: str) -> str:
    """Where the main file is, which may have been named without its extension."""
    for candidate in (path, f"{path}.js"):
        if Path(candidate).is_file():
            return os.path.realpath(candidate)
    real = os.path.realpath(path)
    return f"{real}/index.js" if Path(real).is_dir() else real


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 80


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):  # not Linux: the most that it has been
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
