"""The process around the kernel."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from traitlets import default

from isolates.kernel.kernel import IsolateKernel


class IsolateKernelApp(IPKernelApp):
    """ipykernel's application, with this kernel and a history of its own."""

    name = "isolates-kernel"
    description = "The Jupyter kernel for JavaScript in V8 isolates."

    @default("kernel_class")
    def _default_kernel_class(self) -> type[IsolateKernel]:
        return IsolateKernel

    def init_kernel(self) -> None:
        assert self.profile_dir is not None
        # IPython's own file would mix JavaScript into the history of the user's Python sessions.
        history: Any = self.config.HistoryManager
        if "hist_file" not in history:
            history.hist_file = str(Path(self.profile_dir.location) / "isolates_history.sqlite")
        super().init_kernel()
