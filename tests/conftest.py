"""What the tests with a kernel share, whichever client drives it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def jupyter_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders of the tests' own, with the kernelspec in them: nothing of the user's is read or changed."""
    from isolates.kernel.kernelspec import install

    base = tmp_path_factory.mktemp("jupyter")
    install(prefix=str(base))
    changed = {
        "JUPYTER_PATH": str(base / "share" / "jupyter"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "lab" / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "lab" / "workspaces"),
        "IPYTHONDIR": str(base / "ipython"),
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    yield base
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
