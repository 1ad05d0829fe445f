"""`python -m isolates.kernel -f CONNECTION` runs the kernel, `... install` tells Jupyter about it."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:2] == ["install"]:
        from isolates.kernel.kernelspec import main as install

        install(sys.argv[2:])
        return
    from isolates.kernel.app import IsolateKernelApp

    IsolateKernelApp.launch_instance()


if __name__ == "__main__":
    main()
