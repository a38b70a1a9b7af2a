"""Where the repository lies, and what it holds: shared by the tests that read its own files."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest


ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "assay"


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git tracks, or would track, and that exists; sorted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"reads the files that git tracks, and git says: {done.stderr.strip()}")
    paths = sorted(ROOT / name for name in set(done.stdout.split("\0")) if name)
    return tuple(path for path in paths if path.is_file() and not path.is_symlink())


@cache
def pyproject() -> dict[str, Any]:
    """The parsed ``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def rooms() -> set[str]:
    """The top-level packages of ``assay``."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
