"""Where output of cells goes in an IPython: Jupyter's messages, or the streams of a terminal."""

# mypy: no-disallow-untyped-calls
# IPython's and ipykernel's functions are half typed.

from __future__ import annotations

import sys
from typing import Any, Protocol

from ipykernel.iostream import OutStream
from ipykernel.kernelbase import Kernel

from isolates.kernel.extension.raw_cells import RawCells
from isolates.kernel.extension.shell_sink import ShellSink
from isolates.kernel.iopub import IOPubQueue, be_patient
from isolates.kernel.origin import RequestSink, Sink
from isolates.kernel.output import Message, Output


class Streams(Protocol):
    """The streams of one IPython. Any thread."""

    def parent(self) -> Message:
        """The request of the cell that Python runs for; without Jupyter an object for each cell."""
        ...

    def sink(self, parent: Message) -> Sink:
        """The output of that cell, also later."""
        ...

    def begin(self) -> None:
        """JavaScript comes next: what Python has printed must be out before."""
        ...

    def end(self) -> None:
        """Python comes next."""
        ...

    def release(self) -> None:
        """Lets JavaScript go on that waits for room."""
        ...

    def set_thread_parent(self, parent: Message) -> object:
        """For PythonCalls: what this thread prints belongs to that request."""
        ...

    def reset_thread_parent(self, tokens: Any) -> None: ...
    def close(self) -> None: ...


def streams_of(shell: Any, cells: RawCells) -> Streams:
    kernel = getattr(shell, "kernel", None)
    return NotebookStreams(shell, kernel) if isinstance(kernel, Kernel) else TerminalStreams(shell, cells)


class TerminalStreams:
    """Text goes to sys.stdout and sys.stderr at once, the rest to IPython's display publisher."""

    def __init__(self, shell: Any, cells: RawCells) -> None:
        self._shell = shell
        self._cells = cells

    def parent(self) -> Message:
        return self._cells.request

    def sink(self, parent: Message) -> Sink:
        return ShellSink(self._shell.display_pub)

    def begin(self) -> None:
        """Nothing to do: there is one stream."""

    def end(self) -> None:
        """As before."""

    def release(self) -> None:
        """Nobody waits."""

    def set_thread_parent(self, parent: Message) -> object:
        return None

    def reset_thread_parent(self, tokens: Any) -> None:
        """All threads have the same streams."""

    def close(self) -> None:
        """Nothing is kept."""


class NotebookStreams:
    """ipykernel's: two buffers for what Python prints, beside them ours, flushed where they take turns."""

    def __init__(self, shell: Any, kernel: Kernel) -> None:
        assert kernel.session is not None
        self._shell = shell
        # ipykernel's own queue is full with 1000 messages: then threads that send would wait for one another.
        self._queue = IOPubQueue(kernel.iopub_thread, kernel.log)
        # JavaScript floods faster than clients read, who would miss that the cell has ended.
        self._be_impatient = be_patient(kernel.iopub_thread, kernel.log)
        self._output = Output(kernel.session, kernel.iopub_thread)
        # A value must not be shown before what its cell has written.
        shell.displayhook.register_hook(self._after_output)
        shell.display_pub.register_hook(self._after_output)

    def parent(self) -> Message:
        parent: Message = self._shell.get_parent()
        return parent

    def sink(self, parent: Message) -> Sink:
        streams = {"stdout": sys.stdout, "stderr": sys.stderr}
        if not isinstance(sys.stdout, OutStream):
            # It is captured (%%capture, redirect_stdout), and what comes late as well.
            return ShellSink(self._shell.display_pub, lambda name: streams[name])
        return RequestSink(self._output, parent)

    def begin(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            # To flush costs a wait for the thread that sends.
            if getattr(stream, "_flush_pending", True):
                stream.flush()

    def end(self) -> None:
        self._output.flush()

    def release(self) -> None:
        self._output.release()

    def set_thread_parent(self, parent: Message) -> object:
        return self._shell.set_thread_parent(parent)

    def reset_thread_parent(self, tokens: Any) -> None:
        self._shell.reset_thread_parent(tokens)

    def close(self) -> None:
        self._output.flush()
        for publisher in (self._shell.displayhook, self._shell.display_pub):
            publisher.unregister_hook(self._after_output)
        self._be_impatient()
        self._queue.close()

    def _after_output(self, message: Message) -> Message:
        self._output.flush()
        return message
