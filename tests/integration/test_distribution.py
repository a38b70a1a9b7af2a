"""What is built from this tree: a wheel that serves the page without Node."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatch_build import PAGE, SKIP_VARIABLE, build_page, must_build_page

from tests.repository import ROOT, tracked_files


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tracked files, without what git ignores."""
    for path in tracked_files():
        copy = tmp_path / "checkout" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return tmp_path / "checkout"


@pytest.fixture
def checkout_with_page(checkout: Path) -> Path:
    page = checkout / PAGE
    (page / "assets").mkdir(parents=True, exist_ok=True)
    (page / "index.html").write_text("<title>Assay</title>")
    (page / "assets" / "main.js").write_text("1")
    return checkout


def build(root: Path, target: str, *, skip_page: bool = False) -> Path:
    environment = {**os.environ, SKIP_VARIABLE: "1" if skip_page else ""}
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", "out"]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = (root / "out").iterdir()
    return made


def test_the_wheel_holds_the_page_and_nothing_but_the_package(checkout_with_page: Path) -> None:
    names = zipfile.ZipFile(build(checkout_with_page, "wheel")).namelist()

    assert "assay/apps/server/page/assets/main.js" in names
    assert "assay/apps/server/page/index.html" in names
    assert "assay/py.typed" in names
    assert {"assay"} == {name.split("/")[0] for name in names if ".dist-info/" not in name}


def test_the_sdist_holds_the_page_so_that_it_installs_without_node(
    checkout_with_page: Path,
) -> None:
    with tarfile.open(build(checkout_with_page, "sdist")) as archive:
        names = [name.split("/", 1)[1] for name in archive.getnames()]

    assert f"{PAGE}/index.html" in names
    assert "hatch_build.py" in names


def test_a_wheel_without_the_page_is_built_on_request(checkout: Path) -> None:
    names = zipfile.ZipFile(build(checkout, "wheel", skip_page=True)).namelist()

    assert [] == [name for name in names if "/page/" in name]


def test_the_page_is_built_when_it_is_missing_and_wanted(tmp_path: Path) -> None:
    assert must_build_page(tmp_path, version="standard", environment={})
    assert must_build_page(tmp_path, version="standard", environment={SKIP_VARIABLE: "0"})
    assert not must_build_page(tmp_path, version="standard", environment={SKIP_VARIABLE: "1"})
    assert not must_build_page(tmp_path, version="editable", environment={})


def test_a_page_that_is_there_is_not_built_again(checkout_with_page: Path) -> None:
    assert not must_build_page(checkout_with_page, version="standard", environment={})


def fake_npm(folder: Path, script: str) -> str:
    """Put an ``npm`` of ours first on a search path."""
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    return f"{folder}{os.pathsep}{os.defpath}"


def test_the_page_is_installed_from_the_lock_and_then_built(tmp_path: Path) -> None:
    (tmp_path / "frontend").mkdir()
    page = tmp_path / PAGE
    script = f'echo "$*" >>calls\nmkdir -p "{page}"\ntouch "{page}/index.html"'

    build_page(tmp_path, search_path=fake_npm(tmp_path / "bin", script))

    assert "ci\nrun build\n" == (tmp_path / "frontend" / "calls").read_text()


@pytest.mark.parametrize(
    ("script", "message"),
    [("exit 3", "npm ci .* exited with 3"), ("exit 0", "left no index.html")],
)
def test_a_failed_page_build_says_which_step_failed(
    tmp_path: Path, script: str, message: str
) -> None:
    (tmp_path / "frontend").mkdir()

    with pytest.raises(RuntimeError, match=message):
        build_page(tmp_path, search_path=fake_npm(tmp_path / "bin", script))


def test_without_npm_the_build_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Install Node 20 .* ASSAY_SKIP_PAGE_BUILD=1"):
        build_page(tmp_path, search_path=str(tmp_path))
