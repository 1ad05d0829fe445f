"""`python -m isolates.kernel -f CONNECTION` runs the kernel, `... install` tells Jupyter about it."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["install"]:
        from isolates.kernel.kernelspec import main as install

        install(sys.argv[2:])
        return
    # The kernelspec sets it, so that a folder `isolates` beside a notebook is not taken for the package
    # (from Python 3.11 on). It is not meant for what the kernel starts.
    os.environ.pop("PYTHONSAFEPATH", None)
    # Before the imports, which take most of the start.
    from isolates.kernel.listeners import Listeners

    listeners = Listeners()
    listeners.open(sys.argv[1:])
    # What is imported stays: there is nothing to collect, neither meanwhile (a tenth of the time until the
    # start) nor ever after.
    gc.disable()
    from isolates.kernel.app import IsolateKernelApp

    gc.freeze()
    gc.enable()
    IsolateKernelApp.launch_instance(listeners=listeners)


if __name__ == "__main__":
    main()
