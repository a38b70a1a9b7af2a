"""Build hook: puts the page into the wheel and the sdist.

A wheel must serve the workbench without Node on the machine that installs it, so the page is
built here, once, where the wheel is made. Editable installs never build it (``make page`` does),
and a page that already lies in the package is taken as it is.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


PAGE = Path("src/assay/apps/server/page")
SKIP_VARIABLE = "ASSAY_SKIP_PAGE_BUILD"


def must_build_page(root: Path, *, version: str, environment: Mapping[str, str]) -> bool:
    """Say whether this build has to make the page.

    Args:
        root: The directory of ``pyproject.toml``.
        version: What hatchling builds: ``standard`` or ``editable``.
        environment: Environment variables; a non-empty ``ASSAY_SKIP_PAGE_BUILD`` skips the page.

    Returns:
        True when the page is missing and wanted.
    """
    if version == "editable" or environment.get(SKIP_VARIABLE, "") not in {"", "0"}:
        return False
    return not (root / PAGE / "index.html").is_file()


def build_page(root: Path, *, search_path: str | None = None) -> None:
    """Run ``npm ci`` and ``npm run build`` in ``frontend``.

    Args:
        root: The directory of ``pyproject.toml``.
        search_path: Where to look for npm; the environment's ``PATH`` by default.

    Raises:
        RuntimeError: When npm is missing, a step fails, or the build leaves no page.
    """
    npm = shutil.which("npm", path=search_path)
    if npm is None:
        raise RuntimeError(
            "The page is not built and npm was not found. Install Node 20 or newer, or set "
            f"{SKIP_VARIABLE}=1 to build a package without the page."
        )
    for step in (["ci"], ["run", "build"]):
        done = subprocess.run([npm, *step], cwd=root / "frontend", check=False)
        if done.returncode != 0:
            raise RuntimeError(
                f"npm {' '.join(step)} in {root / 'frontend'} exited with {done.returncode}."
            )
    if not (root / PAGE / "index.html").is_file():
        raise RuntimeError(f"npm run build left no index.html in {root / PAGE}.")


class PageBuildHook(BuildHookInterface[Any]):
    """Makes the page before the files of a wheel or an sdist are collected."""

    PLUGIN_NAME = "custom"

    def initialize(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self,
        version: str,
        build_data: dict[str, Any],  # noqa: ARG002 (hatchling's signature)
    ) -> None:
        """Build the page when this build needs it."""
        root = Path(self.root)
        if must_build_page(root, version=version, environment=os.environ):
            build_page(root)
