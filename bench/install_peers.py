"""Installs the peers of bench/run.py: mini-racer for this Python, isolated-vm, built here, for this Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--requirement", str(HERE / "requirements.txt")]
    subprocess.run(pip, check=True)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        sys.exit("Node or npm is missing: install Node 20 with npm (and g++ and make), then run this again.")
    headers = node_headers(node)
    if headers is None:
        sys.exit("Node's headers are missing: install them (Debian: libnode-dev), then run this again.")
    print("Building isolated-vm, which takes a minute or two ...")
    environment = {**os.environ, "npm_config_nodedir": str(headers), "npm_config_build_from_source": "true"}
    install = [npm, "install", "--loglevel=error"]
    return subprocess.run(install, cwd=HERE, env=environment, check=False).returncode


def node_headers(node: str) -> Path | None:
    """The folder that node-gyp calls nodedir: include/node (or Debian's include/nodejs) is below it."""
    prefix = Path(node).resolve().parent.parent
    for folder in (prefix, Path("/usr"), Path("/usr/include/nodejs")):
        if any((folder / "include" / name / "node.h").exists() for name in ("node", "nodejs")):
            return folder
    return None


if __name__ == "__main__":
    sys.exit(main())
