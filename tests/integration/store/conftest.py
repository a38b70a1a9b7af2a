"""Databases for the store's tests: SQLite in a folder, PostgreSQL of our own."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from assay.core.ports import Store
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.memory_store import MemoryStore


pytest.register_assert_rewrite("assay.testing.contracts")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/assay.sqlite"


@pytest.fixture
def postgresql_url(postgres_url: str) -> str:
    upgrade(postgres_url)
    return postgres_url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("pg_ctl")
    if found is None and not programs:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    binaries = Path(found).parent if found is not None else programs[-1]
    with tempfile.TemporaryDirectory(prefix="assay-postgres-") as folder:
        as_owner = _owner_of(Path(folder))
        _run([*as_owner, binaries / "initdb", "-D", f"{folder}/data", "-U", "assay", "-A", "trust"])
        control = [*as_owner, binaries / "pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate"]
        port = 20_000 + os.getpid() % 20_000
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
            "-c fsync=off -c max_connections=60"
        )
        _run([*control, "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://assay@127.0.0.1:{port}"
        finally:
            _run([*control, "stop"])


def _owner_of(folder: Path) -> list[str]:
    """Return the prefix that runs a program as the folder's owner: initdb refuses root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str | Path]) -> None:
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60
    )


_numbers = itertools.count()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    admin = create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"{postgres_server}/{name}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
