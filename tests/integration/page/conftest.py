"""A browser on the built page, answered by the page's development double."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright


ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src/assay/apps/server/page/index.html"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of the page; its server ends with the tests."""
    node = shutil.which("node")
    if node is None or not BUILT.is_file():
        pytest.skip("needs Node and the built page: npm ci && npm run build in frontend/")
    port = _free_port()
    process = subprocess.Popen(
        [node, "dev/server.mjs"],
        cwd=FRONTEND,
        env={"PORT": str(port), "PATH": str(Path(node).parent)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline(), "the development double did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as the system ships it."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of the accessibility checker."""
    source = FRONTEND / "node_modules/axe-core/axe.min.js"
    if not source.is_file():
        pytest.skip("needs axe-core: npm ci in frontend/")
    return source.read_text()
