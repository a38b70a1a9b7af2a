"""Databases for the store's tests: a SQLite file per test, and one emptied PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from assay.core.ports import Store
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.store.tables import metadata
from assay.testing.memory_store import MemoryStore
from tests.services import PostgresServer


pytest.register_assert_rewrite("assay.testing.contracts")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each implementation of the store, empty."""
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind, with its tables."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/assay.sqlite"
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def migrated_postgresql(postgres_server: PostgresServer) -> Iterator[Engine]:
    # In a language, as most are: the bare locale of a fresh server orders and lowers as we do.
    language = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    postgres_server.sql(f"CREATE DATABASE store_tests TEMPLATE template0 {language}")
    url = postgres_server.url("store_tests")
    upgrade(url)
    engine = create_engine(url, pool_pre_ping=True)  # other tests cut its connections
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_url(migrated_postgresql: Engine) -> str:
    """One database for all tests, emptied before each: making one takes far longer."""
    with migrated_postgresql.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} CASCADE")
    return migrated_postgresql.url.render_as_string(hide_password=False)
