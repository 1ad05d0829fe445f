"""The functions that IPython calls for `%load_ext isolates`: the one door to what stands on this package."""

from __future__ import annotations


def load_ipython_extension(shell: object) -> None:
    """For `%load_ext isolates`: gives an IPython the magics."""
    from isolates.kernel.extension import loading

    loading.load(shell)


def unload_ipython_extension(shell: object) -> None:
    """For `%unload_ext isolates`: disposes the isolates that the magics have made."""
    from isolates.kernel.extension import loading

    loading.unload(shell)
