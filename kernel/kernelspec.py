"""The kernelspec: how Jupyter finds and starts the kernel."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

NAME = "isolates"
SOURCE = Path(__file__).parent / "kernelspec"


def install(*, user: bool = False, prefix: str | None = None) -> Path:
    """Installs the kernelspec for this Python and returns its folder. With neither option: for all users."""
    with tempfile.TemporaryDirectory() as work:
        # The folder that jupyter copies gets its rights too, so it can't be the temporary one itself.
        folder = Path(work) / NAME
        shutil.copytree(SOURCE, folder)
        spec = json.loads((folder / "kernel.json").read_text("utf-8"))
        spec["argv"][0] = sys.executable
        (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", "utf-8")
        return Path(KernelSpecManager().install_kernel_spec(str(folder), NAME, user=user, prefix=prefix))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m isolates.kernel install",
        description='Install the kernelspec "JavaScript (isolates)".',
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for the current user only")
    where.add_argument("--sys-prefix", action="store_true", help="into this Python's own environment")
    where.add_argument("--prefix", metavar="P", help="below P, in P/share/jupyter/kernels")
    options = parser.parse_args(arguments)
    try:
        folder = install(user=options.user, prefix=sys.prefix if options.sys_prefix else options.prefix)
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {error}\nIs the place writable? --user or --sys-prefix may help.\n")
    sys.stdout.write(f"Installed the kernelspec {NAME} in {folder}\n")
