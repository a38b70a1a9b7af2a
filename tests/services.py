"""Throw-away services for tests: PostgreSQL, Redis, MLflow and a browser.

Each pytest process (each xdist worker too) starts its own servers the first time a test asks for
one, on a free loopback port, with its data in a temporary folder, and stops them at the end. What
cannot be brought up is a visible skip, and a failure under ``CI=true``. This module refuses to
install anything (``make services`` does) and to touch servers that it did not start.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# What a headless browser needs to run as root, offline and alone.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
START_SECONDS = 60.0
START_ATTEMPTS = 3


class ServiceUnavailableError(Exception):
    """A service cannot be brought up here; the message says why and what to do."""


def find_postgres() -> Path | None:
    """The ``bin`` folder of the newest PostgreSQL installed, or None."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    roots = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))
    found = [path.parent for root in roots for path in root.glob("*/bin/initdb")]
    return max(found, key=_version_of, default=None)


def _version_of(folder: Path) -> int:
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def find_redis() -> Path | None:
    """The ``redis-server`` program, or None."""
    found = shutil.which("redis-server")
    return None if found is None else Path(found)


def find_chromium() -> Path | None:
    """A Chromium or Chrome; ``ASSAY_TEST_CHROMIUM`` names one that is somewhere else."""
    named = os.environ.get("ASSAY_TEST_CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = [path for name in CHROMIUM_NAMES if (path := shutil.which(name)) is not None]
    found += [place for place in CHROMIUM_PLACES if Path(place).is_file()]
    return Path(found[0]) if found else None


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL; the role ``postgres`` needs no password."""

    binaries: Path
    port: int

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str) -> None:
        """Run one statement in the maintenance database; raises CalledProcessError."""
        command = [
            str(self.binaries / "psql"),
            *("--host=127.0.0.1", f"--port={self.port}", "--username=postgres"),
            *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres"),
            f"--command={statement}",
        ]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=START_SECONDS)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a PostgreSQL of our own and stop it at the end.

    Yields:
        The server, with durability switched off: its data lives no longer than the tests.

    Raises:
        ServiceUnavailableError: It is not installed, or does not start.
    """
    binaries = find_postgres()
    if binaries is None:
        raise ServiceUnavailableError("PostgreSQL (initdb) was not found; run `make services`.")
    with _folder("assay-postgres-", owner=_postgres_account()) as folder:
        data = folder / "data"
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        _command([str(binaries / "initdb"), "-D", str(data), *options], folder)
        port = _with_new_ports(lambda port: _start_postgres(binaries, folder=folder, port=port))
        try:
            yield PostgresServer(binaries, port)
        finally:
            stop = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop"]
            _command(stop, folder)


def _start_postgres(binaries: Path, *, folder: Path, port: int) -> None:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    flags = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    start = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-o"]
    log = ["-l", str(folder / "server.log"), "-t", str(int(START_SECONDS))]
    _command([*start, f"-p {port} {flags}", *log, "start"], folder)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running Redis without persistence."""

    port: int

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def clear(self) -> None:
        """Remove every key of every database."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_SECONDS) as link:
            link.sendall(b"FLUSHALL\r\n")
            link.recv(64)


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """Start a Redis of our own and stop it at the end.

    Yields:
        The server.

    Raises:
        ServiceUnavailableError: It is not installed, or does not start.
    """
    program = find_redis()
    if program is None:
        raise ServiceUnavailableError("redis-server was not found; run `make services`.")
    with _folder("assay-redis-", owner=None) as folder:
        started: list[subprocess.Popen[bytes]] = []
        port = _with_new_ports(lambda port: started.append(_start_redis(program, folder, port)))
        try:
            yield RedisServer(port)
        finally:
            _stop(started[-1])


def _start_redis(program: Path, folder: Path, port: int) -> "subprocess.Popen[bytes]":
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(program), *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return server
        time.sleep(0.02)
    _stop(server)
    raise ServiceUnavailableError(f"redis-server did not start: {log.read_text()[-500:]}")


class MlflowServer:
    """MLflow's own server over one SQLite file; it can be killed and started again.

    MLflow takes many seconds to import, so one process imports it once and forks the server
    as often as it is asked to: what runs is the application that ``mlflow server`` runs.
    """

    def __init__(self, launcher: "subprocess.Popen[str]", port: int, database: Path) -> None:
        self._launcher = launcher
        self.port = port
        self.database = database
        self.pid = 0

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write(f"{self.port}\n")
        self._launcher.stdin.flush()
        self.pid = int(self._launcher.stdout.readline() or "0")
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._launcher.poll() is not None or time.monotonic() > deadline:
                raise ServiceUnavailableError("The MLflow server does not answer.")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        while _answers(self.port):
            time.sleep(0.01)


@contextmanager
def running_mlflow(database: Path, artifacts: Path) -> Iterator[MlflowServer]:
    """Start an MLflow server of our own over a database with MLflow's tables.

    Yields:
        The server.

    Raises:
        ServiceUnavailableError: MLflow is not installed, or its server does not start.
    """
    program = Path(__file__).with_name("mlflow_launcher.py")
    settings = {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{database}",
        "_MLFLOW_SERVER_REGISTRY_STORE": f"sqlite:///{database}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(artifacts),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    log = artifacts.with_suffix(".log")
    with log.open("wb") as errors:
        launcher = subprocess.Popen(
            [sys.executable, str(program)],
            cwd=artifacts.parent,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert launcher.stdout is not None
        if launcher.stdout.readline() != "ready\n":
            raise ServiceUnavailableError(f"MLflow does not start: {log.read_text()[-800:]}")
        server = MlflowServer(launcher, free_port(), database)
        server.start()
        yield server
    finally:
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        launcher.stdin.close()  # it ends its server and itself
        launcher.wait(timeout=START_SECONDS)
        launcher.stdout.close()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(timeout=10)


def _with_new_ports(start: Callable[[int], None]) -> int:
    """Start on a free port; another process may take it first, so try a few."""
    for _ in range(START_ATTEMPTS - 1):
        port = free_port()
        try:
            start(port)
        except ServiceUnavailableError:
            continue
        return port
    port = free_port()
    start(port)
    return port


def _postgres_account() -> str | None:
    """The account PostgreSQL runs under when we are root: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise ServiceUnavailableError(
            "PostgreSQL refuses to run as root and there is no account named postgres."
        ) from None


@contextmanager
def _folder(prefix: str, *, owner: str | None) -> Iterator[Path]:
    # Not pytest's own temporary folder: that one is closed to other accounts.
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _command(command: list[str], folder: Path) -> None:
    """Run one PostgreSQL program in its folder, as the folder's owner.

    Output goes to a file: a server started by ``pg_ctl`` would hold a pipe open for ever.
    """
    account = None if os.geteuid() != 0 else folder.owner()
    log = folder / "command.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            user=account,
            extra_groups=None if account is None else [],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=2 * START_SECONDS,
            check=False,
        )
    if done.returncode != 0:
        server_log = folder / "server.log"
        text = log.read_text() + (server_log.read_text() if server_log.is_file() else "")
        raise ServiceUnavailableError(f"{Path(command[0]).name} failed: {text[-800:]}")
