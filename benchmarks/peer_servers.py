"""Servers that the peers' benchmarks run against, each in a process and a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
SIDES = HERE / "sides"
SERVER_SECONDS = 180.0


def environment(*, own: bool) -> dict[str, str]:
    """Return the environment of a side: ours finds Assay, nobody finds settings of this shell."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("HH_", "OTEL_", "MLFLOW_", "PHOENIX_", "ASSAY_"))
    }
    return {**kept, "PYTHONPATH": str(SOURCE)} if own else kept


@contextmanager
def our_server(folder: str, *more: str) -> Iterator[str]:
    """Serve Assay over a database in ``folder``; yields the URL."""
    command = [sys.executable, str(SIDES / "assay_server.py"), f"{folder}/server", *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(own=True), cwd=folder
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            wait_for(f"{url}/health", process)
            yield url
        finally:
            stop(process)


@contextmanager
def mlflow_server(python: str, folder: str) -> Iterator[str]:
    """Serve MLflow over SQLite in ``folder``, as it comes; yields the URL."""
    port = free_port()
    command = [str(Path(python).parent / "mlflow"), "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.sqlite"]
    command += ["--artifacts-destination", f"{folder}/artifacts"]
    settings = {"MLFLOW_DISABLE_TELEMETRY": "true"}
    with served(command, settings, url=f"http://127.0.0.1:{port}", health="/health") as url:
        yield url


@contextmanager
def phoenix_server(python: str, folder: str) -> Iterator[str]:
    """Serve Phoenix over SQLite in ``folder``; yields the URL."""
    port, grpc = free_port(), free_port()
    settings = {
        "PHOENIX_WORKING_DIR": folder,
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    command = [str(Path(python).parent / "phoenix"), "serve"]
    with served(command, settings, url=f"http://127.0.0.1:{port}", health="/healthz") as url:
        yield url


@contextmanager
def served(command: list[str], settings: dict[str, str], *, url: str, health: str) -> Iterator[str]:
    """Run a server of another make until the context closes; yields its URL."""
    with subprocess.Popen(
        command,
        env={**environment(own=False), **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            wait_for(url + health, process)
            yield url
        finally:
            stop(process)


def wait_for(url: str, process: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The server ended with {process.returncode} before {url} answered.")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - a server started here
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nothing answered at {url} within {SERVER_SECONDS} s.")


def stop(process: "subprocess.Popen[Any]") -> None:
    """End a server with the processes that it started in its own session."""
    own_session = os.getpgid(process.pid) == process.pid
    signals = (signal.SIGTERM, signal.SIGKILL)
    for sent in signals:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent) if own_session else process.send_signal(sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
