"""The recipes: listed by ``make`` alone, and the scripts behind them can be run from anywhere."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repository import ROOT


SCRIPTS = (".ci/run", "tools/provision.sh")


def run(*command: str, cwd: Path, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command as from a new terminal, outside of any make that runs these tests."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    environment.pop("MFLAGS", None)
    if path is not None:
        environment["PATH"] = path
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def recipes() -> set[str]:
    """The recipes a person may call: all that are declared phony, but the internal check."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    [phony] = re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    return set(phony.split()) - {"check-node"}


def test_make_alone_lists_every_recipe_with_a_word_on_it() -> None:
    done = run("make", cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert recipes() == set(re.findall(r"^  make ([a-z-]+) +\S", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_run_and_stops_at_the_first_error(script: str) -> None:
    path = ROOT / script

    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in path.read_text()
    assert run("bash", "-n", str(path), cwd=ROOT).returncode == 0


def test_provisioning_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    for name in ("bash", "env", "id"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))

    done = run(str(ROOT / "tools" / "provision.sh"), cwd=tmp_path, path=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "could not bring up" in done.stderr
    assert "apt-get install" in done.stderr
    assert "redis-server" in done.stderr
