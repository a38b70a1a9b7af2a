"""A server of ours on a free port, and other makes' programs in environments of their own."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from assay.apps.server.app import create_app
from assay.apps.settings import Settings
from tests.conftest import unavailable
from tests.services import ServiceUnavailableError
from tests.third_party import provisioned


DRIVER_SECONDS = 100.0


@pytest.fixture(scope="session")
def served_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server over a SQLite file, on a free loopback port."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("served"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def run_driver(environment: str, script: Path, **variables: str) -> str:
    """Return what a script prints, run by the Python of a provisioned environment."""
    try:
        python = provisioned(environment)
    except ServiceUnavailableError as error:
        unavailable(str(error))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HH_", "OTEL_"))}
    done = subprocess.run(
        [python, script],
        env={**kept, **variables},
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=DRIVER_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
