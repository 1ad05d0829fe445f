"""The process around the kernel."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp, kernel_aliases, kernel_flags
from traitlets import Dict, Instance, List, default

from isolates.kernel.iopub import IOPubQueue, be_patient, few_unread
from isolates.kernel.kernel import IsolateKernel
from isolates.kernel.listeners import Listeners
from isolates.kernel.streams import IdleOutStream

_ALIASES = {
    "timeout": "IsolateKernel.default_timeout",
    "memory": "IsolateKernel.default_memory",
    "main-memory": "IsolateKernel.main_memory",
    "file-imports": "IsolateKernel.file_imports",
    "trusted-display": "IsolateKernel.trusted_display",
    "network": "IsolateKernel.network",
    "files": "IsolateKernel.files",
    # Of ipykernel's and IPython's those that are not about Python's own prompt; all have long names too.
    **{
        name: kernel_aliases[name]
        for name in (
            "f",
            "ip",
            "transport",
            "shell",
            "iopub",
            "stdin",
            "control",
            "hb",
            "log-level",
            "config",
        )
    },
}
_FLAGS = {
    "no-await": (
        {"IsolateKernel": {"await_promises": False}},
        "show promises as they are, instead of waiting for their values",
    ),
    **{name: kernel_flags[name] for name in ("debug", "quiet", "show-config", "no-stdout", "no-stderr")},
}


@contextmanager
def _without_debugpy() -> Iterator[None]:
    """ipykernel's debugger is for Python: loading it takes a tenth of the start, and it prints warnings.

    Users may import it afterwards.
    """
    if "debugpy" in sys.modules:
        yield
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # So an import of it fails.
    try:
        yield
    finally:
        del sys.modules["debugpy"]


class IsolateKernelApp(IPKernelApp):
    """ipykernel's application, with this kernel, its options and a history of its own."""

    name = "isolates-kernel"
    description = """The Jupyter kernel for JavaScript in V8 isolates.

    `python -m isolates.kernel install` tells Jupyter about it (`install --help`). Jupyter then starts it by
    `python -m isolates.kernel -f CONNECTION`. Options can be added to `argv` in its kernel.json, or be set
    for good as `c.IsolateKernel.default_timeout = 5` in isolates_kernel_config.py, in the folder of an
    IPython profile (`ipython locate profile`).
    """
    examples = "\n".join(
        [
            "python -m isolates.kernel --timeout 5 --memory 64 # limits of cells and isolates that set none",
            "python -m isolates.kernel --file-imports main --file-imports 'lib*'",
            "python -m isolates.kernel --log-level=INFO        # says which isolates are made and gone",
        ]
    )
    classes = List([IsolateKernel, *(one for one in IPKernelApp.classes if one is not IPythonKernel)])
    aliases = Dict(_ALIASES)
    flags = Dict(_FLAGS)
    subcommands = Dict()  # ipykernel's would install ipykernel.
    listeners = Instance(Listeners, args=())

    @default("kernel_class")
    def _default_kernel_class(self) -> type[IsolateKernel]:
        return IsolateKernel

    @default("outstream_class")
    def _default_outstream_class(self) -> str:
        return f"{IdleOutStream.__module__}.{IdleOutStream.__name__}"

    def init_sockets(self) -> None:
        super().init_sockets()
        self.listeners.close()

    def _try_bind_socket(self, s: Any, port: int) -> int:
        listener = self.listeners.take(self.ip, port)
        if listener is not None:
            s.setsockopt(zmq.USE_FD, listener)
        return int(super()._try_bind_socket(s, port))

    def init_iopub(self, context: Any) -> None:
        with few_unread(context):
            super().init_iopub(context)
        self.iopub_queue = IOPubQueue(self.iopub_thread, self.log)
        be_patient(self.iopub_thread, self.log)

    def init_kernel(self) -> None:
        assert self.profile_dir is not None
        # IPython's own file would mix JavaScript into the history of the user's Python sessions.
        history: Any = self.config.HistoryManager
        if "hist_file" not in history:
            history.hist_file = str(Path(self.profile_dir.location) / "isolates_history.sqlite")
        # Written when cells pause (IsolateKernel): a write costs as much as a short cell.
        if "db_cache_size" not in history:
            history.db_cache_size = 1000
        with _without_debugpy():
            super().init_kernel()

    def start(self) -> None:
        if not self.logging_config:
            # Traitlets' handler drops what is below the level, once it is made: four records for a cell.
            self.log.setLevel(cast("int | str", self.log_level))
        super().start()
        # However the loop ended. Threads that wait for JavaScript would keep the process.
        self.kernel.runner.close()
