"""The page's typed client is generated from the server as it is now."""

import os
import subprocess
import sys

import pytest

from tests.repository import ROOT


def test_the_document_that_the_client_is_generated_from_is_the_servers_own() -> None:
    stored = ROOT / "frontend" / "openapi.json"
    if not stored.exists():
        pytest.skip("the page has no generated client yet")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "openapi.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert stored.read_text(encoding="utf-8") == done.stdout, "run make api-client"
