"""Executes a notebook and prints each cell and its outputs as they come: python notebooks/run.py NOTEBOOK."""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

RULE = "─" * 100
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def show(text: str) -> None:
    if not sys.stdout.isatty():
        text = COLOURS.sub("", text)
    print(text, end="", flush=True)


def show_source(cell: Any, cell_index: int) -> None:
    if cell.cell_type == "markdown":
        show(f"\n{cell.source}\n")
    else:
        source = "\n".join(f"  │ {line}" for line in cell.source.splitlines())
        show(f"\n{RULE}\n{source}\n\n")


class PrintingClient(NotebookClient):
    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        content = msg["content"]
        match msg["msg_type"]:
            case "stream":
                show(content["text"])
            case "error":
                show("\n".join(content["traceback"]) + "\n")
            case "execute_result" | "display_data":
                kinds = ", ".join(content["data"])
                show(content["data"].get("text/plain", f"({kinds})") + "\n")
        return super().output(outs, msg, display_id, cell_index)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    if not path.is_file():
        print(f"There is no notebook {path}.", file=sys.stderr)
        return 2
    notebook = nbformat.read(path, as_version=4)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # A terminal may know ASCII only.
    client = PrintingClient(
        notebook, timeout=120, on_cell_start=show_source, resources={"metadata": {"path": path.parent}}
    )
    try:
        client.execute()
    except CellExecutionError:
        print("\nThe cell above failed.", file=sys.stderr)  # Its traceback has been printed already.
        return 1
    except (CellTimeoutError, DeadKernelError) as error:
        print(f"\nThe cell above failed: {error}", file=sys.stderr)
        return 1
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    show(f"\n{RULE}\n{path}: {cells} cells ran without an error.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
