"""JupyterLab as a user has it: a real server, a real browser, the folders of a new user."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect, sync_playwright

from isolates.kernel.kernel import IsolateKernel

DEADLINE_S = 60
NUMBER = re.compile(r"\[\d+\]:")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# Nothing asks the network, and cells that are out of sight are in the page too.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
METADATA = {
    "kernelspec": {"display_name": "JavaScript (isolates)", "language": "javascript", "name": "isolates"},
    "language_info": IsolateKernel.language_info,
}
READY = """async () => {
    const widget = jupyterapp.shell.currentWidget;
    await widget.context.ready;
    await widget.sessionContext.ready;
    await widget.sessionContext.session.kernel.info;
}"""

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Server:
    """A JupyterLab server of its own, for the notebooks of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endings: dict[str, threading.Thread] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = (folder.parent / "server.log").open("w+")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                *(f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
                *(f"--ServerApp.root_dir={folder}", "--ServerApp.disable_check_xsrf=True"),
                *("--ServerApp.terminals_enabled=False", "--LabApp.extension_manager=readonly"),
                "--expose-app-in-browser",
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("GET", "/api/status")
            except OSError:  # it refuses the connection, or does not answer yet
                time.sleep(0.05)  # It is a program of its own: there is nothing to wait for.
            else:
                return
        self.log.seek(0)
        raise AssertionError(f"JupyterLab does not answer:\n{self.log.read()}")

    def ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_kernels(self) -> None:
        """Kernels outlive the page, and take half a second to end. Nobody has to wait for that."""
        for session in self.ask("GET", "/api/sessions"):
            name = session["id"]
            if name not in self.endings:
                ending = threading.Thread(target=self.ask, args=("DELETE", f"/api/sessions/{name}"))
                self.endings[name] = ending
                ending.start()

    def close(self) -> None:
        for ending in self.endings.values():
            ending.join()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Lab:
    """The page. One notebook is open at a time."""

    def __init__(self, server: Server, page: Page) -> None:
        self.server = server
        self.page = page
        self.numbers = itertools.count(1)
        page.set_default_timeout(DEADLINE_S * 1000)
        expect.set_options(timeout=DEADLINE_S / 2 * 1000)  # 5 s are too few for a machine with much to do
        page.goto(f"{server.url}/lab?reset")
        page.wait_for_function("window.jupyterapp?.shell !== undefined")
        page.evaluate("async () => { await jupyterapp.restored; }")

    def command(self, name: str, **arguments: Any) -> None:
        """Starts a command of JupyterLab's; what it does to the page is to be waited for."""
        self.page.evaluate("([n, a]) => { void jupyterapp.commands.execute(n, a); }", [name, arguments])

    def open(self, notebook: Any) -> Notebook:
        # A notebook of the same name would have the kernel of the last one.
        name = f"test-{next(self.numbers)}.ipynb"
        nbformat.write(notebook, str(self.server.folder / name))
        script = "async path => { await jupyterapp.commands.execute('docmanager:open', {path}); }"
        self.page.evaluate(script, name)
        self.page.evaluate(READY)
        return Notebook(self)

    def open_cells(self, *codes: str) -> Notebook:
        return self.open(new_notebook(cells=[new_code_cell(code) for code in codes], metadata=METADATA))

    def close_all(self) -> None:
        close = """async () => {
            for (const widget of [...jupyterapp.shell.widgets('main')]) {
                if (widget.context) {
                    await widget.context.ready;
                    widget.context.model.dirty = false;
                }
                widget.close();
            }
        }"""
        self.page.evaluate(close)
        self.server.end_kernels()


class Notebook:
    """The notebook that is open, as its user sees it. Cells are numbered from 0, among those with code."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.page = lab.page
        self.panel = lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int) -> Locator:
        return self.panel.locator(".jp-CodeCell").nth(index)

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-OutputArea-output")

    def run(self, index: int) -> None:
        """Runs a cell by its keys, as one does."""
        self.edit(index)
        self.page.keyboard.press("Control+Enter")

    def edit(self, index: int) -> Locator:
        """Puts the cursor at a cell's end."""
        editor = self.cell(index).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+End")
        return editor

    def run_all(self) -> None:
        self.lab.command("notebook:run-all-cells")

    def wait_until_done(self, *indices: int) -> None:
        for index in indices or range(self.panel.locator(".jp-CodeCell").count()):
            prompt = self.cell(index).locator(".jp-InputPrompt")
            expect(prompt).to_have_text(NUMBER, timeout=DEADLINE_S * 1000)

    def wait_until_it_runs(self, index: int) -> None:
        expect(self.cell(index).locator(".jp-InputPrompt")).to_have_text("[*]:", timeout=DEADLINE_S * 1000)

    def restart(self) -> None:
        script = "() => { window.restarted = jupyterapp.commands.execute('notebook:restart-kernel'); }"
        self.page.evaluate(script)
        self.page.locator(".jp-Dialog-button.jp-mod-accept").click()
        assert self.page.evaluate("async () => await window.restarted")
        self.page.evaluate(READY)

    def button(self, name: str) -> Locator:
        return self.panel.locator(f'.jp-NotebookPanel-toolbar [data-jp-item-name="{name}"]')

    def texts(self, index: int) -> list[str]:
        """What is below a cell that is done: JupyterLab may draw it a frame later."""
        self.page.evaluate(DRAWN)
        return [text.rstrip("\n") for text in self.output(index).all_inner_texts()]

    def content(self) -> Any:
        """What would be saved."""
        text = self.page.evaluate("() => JSON.stringify(jupyterapp.shell.currentWidget.content.model)")
        return nbformat.reads(text, as_version=4)


@pytest.fixture(scope="session", autouse=True)
def own_folders(jupyter_folders: Path) -> Path:
    for name, settings in SETTINGS.items():
        path = Path(os.environ["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", f"{name}.jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    return jupyter_folders


# Of one module: while it lives, Playwright's loop runs on this thread, and nobody else's can.
@pytest.fixture(scope="module")
def whole_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if CHROMIUM is None:
        pytest.skip("Chromium is missing, so nothing is tested in JupyterLab: `apt install chromium`.")
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    folder.mkdir()
    server = Server(folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1000, "height": 900})
            server.wait_until_ready()
            yield Lab(server, page)
            browser.close()
    finally:
        server.close()


@pytest.fixture
def lab(whole_lab: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """JupyterLab without an open notebook. What it showed last is kept if the test fails."""
    failed = request.session.testsfailed
    yield whole_lab
    if request.session.testsfailed > failed:
        path = Path(whole_lab.server.folder.parent, f"{request.node.name}.png")
        whole_lab.page.screenshot(path=path)
        print(f"What JupyterLab showed: {path}")  # noqa: T201 - pytest shows it with the failure.
    whole_lab.close_all()
