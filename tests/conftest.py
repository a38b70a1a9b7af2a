"""Fixtures for every tier: the services are started only by the tests that ask for them."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.repository import PACKAGE
from tests.services import (
    MlflowServer,
    PostgresServer,
    RedisServer,
    ServiceUnavailableError,
    find_chromium,
    find_postgres,
    find_redis,
    running_mlflow,
    running_postgres,
    running_redis,
)


Service = TypeVar("Service")

# Properties are about what holds, not about how fast a loaded machine is.
settings.register_profile(
    "assay", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("assay")

# What the machine sets for its own use of Assay would send the tests' runs to its server.
for _name in ("ASSAY_API_KEY", "ASSAY_SERVER_URL"):
    os.environ.pop(_name, None)


def pytest_report_header() -> list[str]:
    """Say which services the tests can be given, and which are missing."""
    found = {"PostgreSQL": find_postgres(), "Redis": find_redis(), "Chromium": find_chromium()}
    parts = [f"{name} {'MISSING' if path is None else path}" for name, path in found.items()]
    return [f"services: {', '.join(parts)}"]


def unavailable(reason: str) -> NoReturn:
    """A missing service is a failure in CI and a visible skip elsewhere."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def bring_up(stack: ExitStack, service: AbstractContextManager[Service]) -> Service:
    """Start a service that the stack will stop."""
    try:
        return stack.enter_context(service)
    except ServiceUnavailableError as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL per test process."""
    with ExitStack() as stack:
        yield bring_up(stack, running_postgres())


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    """Numbers for database names, each given out once per test process."""
    return itertools.count(1)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, database_numbers: Iterator[int]) -> Iterator[str]:
    """The URL of a new, empty database, dropped after the test."""
    name = f"test_{next(database_numbers)}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis per test process."""
    with ExitStack() as stack:
        yield bring_up(stack, running_redis())


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis."""
    redis_server.clear()
    return redis_server.url


@pytest.fixture(scope="session")
def mlflow_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with MLflow's tables: copying it takes no time, making it takes seconds."""
    path = tmp_path_factory.mktemp("mlflow-template") / "mlflow.db"
    code = (
        f"from assay.tracking import open_ledger; open_ledger({f'sqlite:///{path}'!r}, create=True)"
    )
    with path.with_suffix(".output").open("wb") as output:
        command = [sys.executable, "-c", code]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
        subprocess.run(command, stdout=output, stderr=output, env=environment, check=True)
    return path


@pytest.fixture
def mlflow_sqlite_url(mlflow_template: Path, tmp_path: Path) -> str:
    """The URL of a new, empty MLflow database."""
    path = tmp_path / "mlflow.db"
    shutil.copyfile(mlflow_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def mlflow_server(
    mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    """One MLflow server per test process; keep the tests that need it in few files."""
    folder = tmp_path_factory.mktemp("mlflow-server")
    shutil.copyfile(mlflow_template, folder / "mlflow.db")
    with ExitStack() as stack:
        yield bring_up(stack, running_mlflow(folder / "mlflow.db", folder / "artifacts"))


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium to drive; start it with ``tests.services.CHROMIUM_FLAGS``."""
    path = find_chromium()
    if path is None:
        unavailable("Chromium was not found; run `make services` or set ASSAY_TEST_CHROMIUM.")
    return path


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the built page."""
    folder = PACKAGE / "apps" / "server" / "page"
    if not (folder / "index.html").is_file():
        unavailable("The page is not built; run `make page`.")
    return folder
