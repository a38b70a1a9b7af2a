"""The page's typed client is generated from the server as it is now."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT


FRONTEND = ROOT / "frontend"
DOCUMENT = FRONTEND / "openapi.json"
SCHEMA = FRONTEND / "src" / "api" / "generated" / "schema.ts"
TOOLS = FRONTEND / "node_modules" / ".bin"


def test_the_document_that_the_client_is_generated_from_is_the_servers_own() -> None:
    done = _run(
        [sys.executable, str(ROOT / "tools" / "openapi.py")],
        environment={"PYTHONPATH": str(ROOT / "src")},
    )

    assert done.returncode == 0, done.stderr
    assert DOCUMENT.read_text(encoding="utf-8") == done.stdout, "run make api-client"


def test_the_client_is_what_the_document_generates(tmp_path: Path) -> None:
    if shutil.which("node") is None or not (TOOLS / "openapi-typescript").exists():
        pytest.skip("needs Node and the page's tools: npm ci in frontend/")
    made = tmp_path / "schema.ts"
    command = [str(TOOLS / "openapi-typescript"), "openapi.json", "--output", str(made)]
    done = _run(command, environment={})

    assert done.returncode == 0, done.stderr
    assert SCHEMA.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), (
        "run make api-client"
    )


def _run(command: list[str], *, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=FRONTEND,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
