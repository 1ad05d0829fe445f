"""The cell of IPython's that runs, and where in it the body of a magic stands."""

from __future__ import annotations

from typing import Any


class RawCells:
    """Told of each cell by IPython's event `pre_run_cell`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._text = ""
        self._name = "In [0]"
        self.request: dict[str, Any] = {}
        """For each cell another object, where there is no request of Jupyter's."""

    def begin(self, info: Any) -> None:
        """`info` is IPython's ExecutionInfo."""
        self._text = info.raw_cell
        count = self._shell.execution_count
        # It counts on before it tells.
        self._name = f"In [{count - 1 if info.store_history else count}]"
        self.request = {}

    @property
    def name(self) -> str:
        """What errors call it."""
        return self._name

    def find(self, call: str, body: str) -> tuple[str, int]:
        """A text that ends with the body, and how many of its lines stand before that.

        It is the cell itself, or if that does not end so (code has called the magic), `call` and the body.
        """
        text, body = self._text.rstrip("\n"), body.rstrip("\n")
        if text.endswith("\n" + body):
            return self._text, text[: len(text) - len(body)].count("\n")
        return f"{call}\n{body}", 1
