"""Other makes' packages, each in an environment of its own, built from a lock with hashes.

They stand in ``.venv-third-party/`` and are built anew when their lock changes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.repository import ROOT
from tests.services import ServiceUnavailableError


PLACE = ROOT / ".venv-third-party"
HONEYHIVE = ROOT / "tests" / "integration" / "honeyhive"
OPENINFERENCE = ROOT / "tests" / "integration" / "openinference"
LOCKS = {
    "honeyhive-newest": HONEYHIVE / "requirements-newest.lock",
    "honeyhive-1.0.2": HONEYHIVE / "requirements-1.0.2.lock",
    "openinference": OPENINFERENCE / "requirements.lock",
}
BUILD_SECONDS = 300.0


def provisioned(name: str) -> Path:
    """Return the Python of the environment called ``name``, building it if it is not there.

    Raises:
        ServiceUnavailableError: If it cannot be built, as without a network.
    """
    folder, lock = PLACE / name, LOCKS[name]
    stamp, python = folder / ".built-from", folder / "bin" / "python"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    PLACE.mkdir(exist_ok=True)
    with (PLACE / f"{name}.guard").open("w") as guard:  # several test processes may come at once
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (python.exists() and stamp.is_file() and stamp.read_text() == digest):
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder, python, lock)
            stamp.write_text(digest)
    return python


def _build(folder: Path, python: Path, lock: Path) -> None:
    environment = {**os.environ}
    for ours, theirs in (
        ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    ):
        if ours in environment:
            environment.setdefault(theirs, environment[ours])
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    locked = ["--quiet", "--require-hashes", "-r", str(lock)]
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", *locked],
    ]
    if uv is not None:
        steps = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--python", str(python), *locked],
        ]
    for step in steps:
        done = subprocess.run(
            step,
            env=environment,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceUnavailableError(
                f"The environment {folder.name} cannot be built ({' '.join(step[:3])}):\n"
                f"{done.stderr[-2000:]}"
            )


if __name__ == "__main__":
    for each in LOCKS:
        print(provisioned(each))
