"""Python's stdout and stderr in the kernel."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

from ipykernel.iostream import OutStream


class IdleOutStream(OutStream):
    """ipykernel's stream, which costs nothing while nobody writes.

    ipykernel flushes both streams twice for each message, and each time waits for the IOPub thread. In this
    kernel few cells write to them, and those waits would be a quarter of a short cell's time.
    """

    _is_flushing = False

    def flush(self) -> None:
        __tracebackhide__ = True  # IPython hides the frame, where an interrupt may find Python
        # In this order: _flush says that it is at work before it says that nothing is pending.
        if self._flush_pending or self._subprocess_flush_pending or self._is_flushing:
            super().flush()

    def _flush(self) -> None:
        self._is_flushing = True
        try:
            super()._flush()
        finally:
            self._is_flushing = False
