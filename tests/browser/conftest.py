"""A real JupyterLab in an empty home, and the Chromium or Chrome of the machine to look at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PICTURES = Path(os.environ.get("SIMSOLID_PICTURES", ROOT / "results" / "browser"))
HOMES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR",
         "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
# Cells far from the window would not be there to look at; a clean look for pictures.
SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
            "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}  # fmt: skip


def _home(folder):
    """Environment of a JupyterLab that finds nothing of this machine's user, and leaves nothing behind."""
    places = {name: folder / name.lower() for name in HOMES}
    for plugin, values in SETTINGS.items():
        path = places["JUPYTERLAB_SETTINGS_DIR"] / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    return os.environ | {name: str(path) for name, path in places.items()} | {"SIMSOLID_LESSON": "full"}


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Address of a JupyterLab that serves copies of the notebooks."""
    pages, home = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("home")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, pages)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ip=127.0.0.1", "--allow-root",
               f"--ServerApp.root_dir={pages}", "--IdentityProvider.token=", "--ServerApp.password="]  # fmt: skip
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=_home(home), stdout=log, stderr=log, cwd=pages)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, server, home / "log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait(address, server, log):
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/api", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser():
    """The machine's own browser; playwright's is never fetched."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1300, "height": 1150})
    yield context.new_page()
    context.close()
