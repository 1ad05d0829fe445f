"""Other people's programs, as their users start them, with this kernel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from isolates.kernel.kernel import IsolateKernel

DEADLINE_S = 100
METADATA = {  # as JupyterLab writes it
    "kernelspec": {"display_name": "JavaScript (isolates)", "language": "javascript", "name": "isolates"},
    "language_info": IsolateKernel.language_info,
}


class Folder:
    """A folder with notebooks, where commands run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, cells: Sequence[str | Any]) -> None:
        """A notebook of these cells; those that are text are code."""
        made = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        nbformat.write(new_notebook(cells=made, metadata=METADATA), str(self.path / name))

    def read(self, name: str) -> Any:
        return nbformat.read(str(self.path / name), as_version=4)

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `python -m MODULE ARGUMENTS` did in the folder."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )


@pytest.fixture(scope="session", autouse=True)
def own_folders(jupyter_folders: Path) -> Path:
    return jupyter_folders


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def outputs(cell: Any) -> list[str]:
    """What is below a cell, as text."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts.append(f"{output.name}: {output.text}")
        elif output.output_type == "error":
            texts.append(f"error: {output.ename}: {output.evalue}")
        else:
            texts.append(output.data["text/plain"])
    return texts


@pytest.fixture
def texts() -> Callable[[Any], list[list[str]]]:
    """What is below the code cells of a notebook."""
    return lambda notebook: [outputs(cell) for cell in notebook.cells if cell.cell_type == "code"]
