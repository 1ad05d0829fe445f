"""What can be configured, and what it has to be."""

# mypy: no-disallow-untyped-calls

from __future__ import annotations

import math
from typing import Any

from traitlets import Bool, Float, HasTraits, List, TraitError, Unicode, link, validate

from isolates.kernel.runner import CellRunner
from isolates.magics.cell import MAIN
from isolates.magics.named_isolate import DEFAULT_MEMORY_MB


class Configuration(HasTraits):
    """The options of the kernel: in isolates_kernel_config.py, on the command line, by %config in Python.

    In any IPython they are those of IsolateMagics (extension.py).
    """

    default_timeout = Float(
        None,
        allow_none=True,
        help="Seconds that a cell may take if its magic does not say (--timeout). None: as long as it likes.",
    ).tag(config=True)

    default_memory = Float(
        DEFAULT_MEMORY_MB,
        help="The memory limit, in MB, of an isolate whose magic does not say (--memory).",
    ).tag(config=True)

    main_memory = Float(
        1024.0,
        help="The memory limit, in MB, of the isolate main, where plain cells run.",
    ).tag(config=True)

    await_promises = Bool(
        True,
        help="Whether a cell whose value is a promise waits for it. `%await on|off` changes it for a session,"
        " `%%isolate --no-await` for a cell.",
    ).tag(config=True)

    file_imports = List(
        Unicode(),
        [MAIN],
        help="The isolates whose cells can import files and packages from beside the notebook: names, with "
        "the wildcards *, ? and [abc].",
    ).tag(config=True)

    trusted_display = List(
        Unicode(),
        [MAIN],
        help="The isolates that may show HTML, SVG, Markdown, LaTeX and JavaScript, which a page runs with "
        "all rights that you have there: names, with wildcards. Pictures, JSON, tables and text are for all.",
    ).tag(config=True)

    network = List(
        Unicode(),
        [MAIN],
        help="The isolates that have fetch(), which reaches what this machine reaches, its own servers too: "
        "names, with wildcards.",
    ).tag(config=True)

    files = List(
        Unicode(),
        [MAIN],
        help="The isolates that have the modules fs, fs/promises and os, which read, write and remove what "
        "you can: names, with wildcards.",
    ).tag(config=True)

    def apply_to(self, runner: CellRunner) -> None:
        """Makes them the runner's, from now on."""
        settings, isolates = runner.settings, runner.isolates
        link((self, "default_timeout"), (settings, "timeout_s"))
        link((self, "default_memory"), (settings, "memory_mb"))
        link((self, "await_promises"), (settings, "await_promises"))
        link((self, "file_imports"), (settings, "file_imports"))
        link((self, "trusted_display"), (settings, "trusted_display"))
        link((self, "network"), (settings, "network"))
        link((self, "files"), (settings, "files"))

        def set_memory(change: object = None) -> None:
            isolates.memory_mb[MAIN] = self.main_memory

        self.observe(set_memory, "main_memory")
        set_memory()

    @validate("default_timeout")
    def _check_timeout(self, proposal: dict[str, Any]) -> float | None:
        value: float | None = proposal["value"]
        if value is not None and not 0 < value <= 1e6:
            raise TraitError(f"default_timeout: {value!r} is not above 0 and at most 1000000 (seconds)")
        return value

    @validate("default_memory", "main_memory")
    def _check_memory(self, proposal: dict[str, Any]) -> float:
        value: float = proposal["value"]
        if math.isnan(value) or not 8 <= value <= 1e6:
            name = proposal["trait"].name
            raise TraitError(f"{name}: {value!r} is not between 8 and 1000000 (megabytes)")
        return value
