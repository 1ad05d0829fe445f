"""What a magic is, what it may ask of the kernel that it runs in, and how a cell finds its magics."""

from __future__ import annotations

import argparse
import difflib
import shlex
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from IPython.core.error import UsageError

from isolates import ExternalCopy, Isolate
from isolates.magics.cell import Body, Cell, MagicLine, Place, split_cell
from isolates.magics.jobs import Job, Wishes
from isolates.magics.manager import IsolateManager
from isolates.magics.module_row import ModuleRow
from isolates.magics.parser import MagicParser
from isolates.magics.settings import Settings

HELP_WORDS = frozenset({"-h", "--help", "?"})

Kind = Literal["line", "cell"]


class Host(Protocol):
    """One run of one cell, in this project's kernel or in any IPython."""

    @property
    def manager(self) -> IsolateManager[Any]: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """Python's variables."""
        ...

    async def evaluate(self, cell: Cell, name: str | None = None) -> object:
        """Runs JavaScript as a cell does: its console writes to this cell, its errors are raised.

        The result is for the magic to return, so that the kernel shows it. Errors call the JavaScript `name`,
        if it is of another cell.
        """
        ...

    async def snapshot_script(self, source: str) -> str:
        """The text of a cell as a script whose declarations later cells can replace. Lines stay."""
        ...

    def start(self, cells: Sequence[Cell], wishes: Wishes) -> Job:
        """Runs the same JavaScript in several isolates, each a cell of its own, as a job."""
        ...

    def shown(self, value: object) -> object:
        """A value of Python's, as a magic returns it to be shown."""
        ...

    async def ask_parser(self, question: str, source: str) -> Mapping[str, Any]:
        """What a function of kernel/tools.js says of JavaScript. Raises JSSyntaxError if it can't be read."""
        ...

    async def python(self, expression: str) -> object:
        """The value of an expression of Python's, in the user's namespace."""
        ...

    def display(self, data: Mapping[str, str]) -> None:
        """Shows a MIME bundle, which must be harmless in a page, in the output of the cell."""
        ...

    def known_bytes(self, isolate: Isolate) -> int:
        """What an isolate held, heap and buffers together, when a call there last ended."""
        ...

    async def modules(self, place: Place) -> list[ModuleRow]:
        """What a context that is there has loaded."""
        ...

    async def find_module(self, place: Place, name: str) -> ModuleRow:
        """What an import there loads; makes nothing. Raises UsageError, which does not name the magic."""
        ...

    async def track_heap(self, isolate: Isolate) -> int:
        """Collects garbage; a number for what lives now. `heap_classes` must follow."""
        ...

    async def heap_classes(self, isolate: Isolate, since: int) -> list[tuple[str, int, int]]:
        """What lives and is newer than that number: class, count, bytes; the largest first."""
        ...

    def byte_counts(self, copy: ExternalCopy) -> tuple[int, int]:
        """The bytes that a copy holds for itself, and those of shared memory in it."""
        ...

    def unshared(self, copy: ExternalCopy) -> ExternalCopy:
        """A copy of the same, in which each SharedArrayBuffer has memory of its own."""
        ...

    def write(self, text: str, stream: Literal["stdout", "stderr"] = "stdout") -> None: ...
    def page(self, text: str) -> None:
        """Shows a text beside the cell: in the pager of a notebook, among the output of a console."""
        ...


Run = Callable[[Any, argparse.Namespace, Body], Awaitable[object]]


def split_words(line: str) -> list[str]:
    """The words of a line as a shell sees them. Raises ValueError."""
    return shlex.split(line)


class Magic(NamedTuple):
    """A magic for a line (`%name`) or for a cell (`%%name`).

    `run(host, options, body)` returns what `host.evaluate` returned, if it evaluates. A line's body is empty.
    `split` takes the line apart for the parser. `language` is what a cell's body is written in. `moves`:
    what follows in the cell runs in the isolate and context that the options name.
    """

    name: str
    kind: Kind
    parser: MagicParser
    run: Run
    split: Callable[[str], list[str]] = split_words
    language: Literal["javascript", "python"] = "javascript"
    moves: bool = False

    def __str__(self) -> str:
        return f"{'%%' if self.kind == 'cell' else '%'}{self.name}"

    def parse(self, line: str) -> argparse.Namespace | None:
        """The options; None if they ask for help. Raises UsageError."""
        try:
            words = self.split(line.strip())
        except ValueError as error:
            self.parser.error(f"{line.strip()!r}: {error}")
        if len(words) == 1 and words[0] in HELP_WORDS:
            return None
        return self.parser.parse(words)


class Step(NamedTuple):
    """A magic that a cell calls, with its options; None asks for its help."""

    magic: Magic
    options: argparse.Namespace | None

    async def run(self, host: Host, body: Body) -> object:
        if self.options is None:
            host.page(host.registry.help(self.magic.name, self.magic.kind))
            return None
        return await self.magic.run(host, self.options, body)


class Plan(NamedTuple):
    """What a cell will do: nothing of it has been done."""

    lines: tuple[Step, ...]
    cell: Step | None
    body: Body

    @property
    def language(self) -> Literal["javascript", "python"]:
        return self.cell.magic.language if self.cell is not None else "javascript"

    def javascript(self, current: Place) -> Cell:
        """The body, and where it runs for a session that is at `current`: for completion and so on."""
        for step in (*(line for line in self.lines if line.magic.moves), *filter(None, [self.cell])):
            targets = getattr(step.options, "targets", None)
            isolate = targets.example if targets is not None else getattr(step.options, "isolate", None)
            current = current.named(isolate, getattr(step.options, "context", None))
        return Cell(self.body.text, self.body.line_offset, *current)

    async def run(self, host: Host) -> object:
        result: object = None
        for step in self.lines:
            result = await step.run(host, Body(""))
        if self.cell is not None:
            return await self.cell.run(host, self.body)
        if self.lines and not self.body.text.strip():
            return result
        return await host.evaluate(Cell(self.body.text, self.body.line_offset, *host.settings.current))


class Registry:
    """The magics that a kernel has."""

    def __init__(
        self, magics: Iterable[Magic], hint: Callable[[MagicLine], str | None] = lambda line: None
    ) -> None:
        """`hint` may say what else a magic could be that is not here."""
        self._hint = hint
        self._magics = {(magic.kind, magic.name): magic for magic in magics}

    def __iter__(self) -> Iterator[Magic]:
        """By name, those for lines first."""
        return iter(sorted(self._magics.values(), key=lambda magic: (magic.kind != "line", magic.name)))

    def plan(self, text: str) -> Plan:
        """Takes a cell apart. Raises UsageError, which names the magic, the option and its value."""
        lines, body = split_cell(text)
        steps = tuple(self._step(line) for line in lines)
        if steps and lines[0].is_cell:
            return Plan((), steps[0], body)
        return Plan(steps, None, body)

    def find(self, name: str, kind: Kind) -> Magic | None:
        return self._magics.get((kind, name))

    def help(self, name: str, kind: Kind = "line") -> str:
        """The help of the magics of that name, which may be two: that of the kind comes first."""
        other: Kind = "cell" if kind == "line" else "line"
        magics = [self.find(name, one) for one in (kind, other)]
        return "\n\n".join(magic.parser.format_help() for magic in magics if magic is not None)

    def _step(self, line: MagicLine) -> Step:
        magic = self.find(line.name, "cell" if line.is_double else "line")
        if line.asks_help and magic is None:
            magic = self.find(line.name, "line" if line.is_double else "cell")
        if magic is None:
            raise UsageError(self._unknown(line))
        return Step(magic, None if line.asks_help else magic.parse(line.rest))

    def _unknown(self, line: MagicLine) -> str:
        other = self.find(line.name, "line" if line.is_cell else "cell")
        if other is not None:
            what = "a line" if other.kind == "line" else "a whole cell"
            return f"{line}: it is written {other}, as it is a magic for {what}. {other}? shows its help."
        hint = self._hint(line)
        if hint is not None:
            return f"There is no magic {line} here. {hint}"
        known = {str(magic): magic.name for magic in self}
        near = set(difflib.get_close_matches(line.name, known.values(), n=3, cutoff=0.5))
        nearest = [shown for shown, name in known.items() if name in near] or list(known)
        return f"There is no magic {line} here; there is {', '.join(nearest)}. %lsmagic lists all."
