"""Schemas come up from nothing and from every released one, on both databases."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, select, text

from assay.core.documents import DocumentFilter
from assay.core.errors import StorageError
from assay.core.managed_datasets import DATASET_KIND, unique_name
from assay.core.results import ItemKey
from assay.core.score_columns import collect_scores
from assay.store import open_store
from assay.store.database import Database
from assay.store.migrations import _config, current, head, upgrade
from assay.store.revision import HEAD, KNOWN
from assay.store.tables import metadata
from assay.testing.samples import a_result, a_run, an_event, some_datapoints


RELEASED = sorted(Path(__file__).parent.glob("schema_*.sql"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
OPEN_IN_A_PROCESS = """
import sys
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.samples import a_run
url, name = sys.argv[1:]
sys.stdin.readline()
if url.startswith("postgresql"):
    upgrade(url)
store = open_store(url)
store.create_run(a_run(name))
store.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/assay.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


def stamp(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        change = text("UPDATE alembic_version SET version_num = :revision")
        connection.execute(change, {"revision": revision})
    engine.dispose()


def test_an_empty_database_gets_the_newest_schema(empty_url: str) -> None:
    assert current(empty_url) is None
    upgrade(empty_url)
    assert head() == current(empty_url)
    upgrade(empty_url)
    assert head() == current(empty_url)


def test_the_tables_are_those_the_migrations_make(empty_url: str) -> None:
    upgrade(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
        views = inspect(connection).get_view_names()
    engine.dispose()
    assert [] == differences
    assert ["sessions"] == views


def test_the_revisions_known_without_alembic_are_the_migrations() -> None:
    folder = Path(sys.modules["assay.store.migrations"].__file__ or "").parent / "versions"
    files = sorted(path.stem.removeprefix("v") for path in folder.glob("v*.py"))
    assert files == list(KNOWN)
    assert head() == HEAD == KNOWN[-1]


def test_every_released_schema_has_a_database_kept_here() -> None:
    assert [f"schema_{name}" for name in KNOWN] == [path.stem for path in RELEASED]


@pytest.fixture
def old_sqlite(script: Path, tmp_path: Path) -> str:
    """The URL of a SQLite file as a released version left it."""
    path = tmp_path / "old.sqlite"
    database = sqlite3.connect(path)
    database.executescript(script.read_text(encoding="utf-8"))
    database.close()
    return f"sqlite:///{path}"


@pytest.fixture
def old_postgresql(script: Path, old_sqlite: str, postgres_url: str) -> str:
    """The URL of a PostgreSQL database of the same schema with the same content."""
    source, target = Database(old_sqlite), Database(postgres_url)
    with source.read() as kept, target.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, script.stem.removeprefix("schema_"))
        known = inspect(kept)
        for table in metadata.sorted_tables:
            if known.has_table(table.name):
                columns = [table.c[each["name"]] for each in known.get_columns(table.name)]
                for row in kept.execute(select(*columns)).mappings():
                    connection.execute(insert(table), dict(row))
                    if table.autoincrement_column is not None:
                        sequence = f"{table.name}_id_seq"
                        connection.execute(text(f"SELECT setval('{sequence}', {row['id']})"))
    source.close()
    target.close()
    return postgres_url


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("script", RELEASED, ids=lambda path: path.stem)
def test_a_database_of_a_released_schema_is_still_read(
    request: pytest.FixtureRequest, script: Path, kind: str
) -> None:
    url: str = request.getfixturevalue(f"old_{kind}")
    assert script.stem == f"schema_{current(url)}"
    upgrade(url)
    store = open_store(url)

    dataset = store.find_dataset("sums")
    assert some_datapoints(2) == list(store.iter_datapoints(dataset.id))
    run = a_run(dataset_id=dataset.id, evaluation_id="evaluation-1")
    assert run == store.get_run("run-1")
    results = [a_result("d0"), a_result("d1", output="naïve \x00")]
    assert results == list(store.iter_results("run-1"))
    assert collect_scores(results) == store.read_scores("run-1")
    assert [an_event()] == list(store.iter_run_events("run-1", project="default"))
    assert ["started"] == [event.kind for event in store.read_events("evaluation-1")]
    assert {"text": "4"} == store.get_response("digest")
    assert 1 == store.list_audit().total
    assert store.find_key("a-secret-of-tests") is not None
    store.write_results("run-1", [a_result("d0", output="new")])
    assert "new" == store.get_result("run-1", ItemKey("d0", 0)).output
    assert collect_scores(store.iter_results("run-1")) == store.read_scores("run-1")
    longer = store.extend_dataset(dataset.id, some_datapoints(3)[2:])
    assert some_datapoints(3) == list(store.iter_datapoints(longer.id))
    found = store.list_documents(DocumentFilter(DATASET_KIND)).items
    assert [unique_name("default", "sums")] == [document.unique_key for document in found]
    store.close()
    assert head() == current(url)


def test_a_schema_from_the_future_is_refused_and_left_alone(empty_url: str) -> None:
    upgrade(empty_url)
    stamp(empty_url, "9999_future")
    for use in (open_store, upgrade):
        with pytest.raises(StorageError, match=r"9999_future.*newer.*0004_score_pages"):
            use(empty_url)
    assert "9999_future" == current(empty_url)


def test_postgresql_without_the_schema_is_refused_with_the_command(postgres_url: str) -> None:
    with pytest.raises(StorageError, match="assay db upgrade"):
        open_store(postgres_url)


def test_processes_that_open_a_fresh_database_at_once_all_succeed(empty_url: str) -> None:
    names = ["first", "second", "third"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_IN_A_PROCESS, empty_url, name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in processes]

    assert [(0, "")] * 3 == [
        (process.returncode, error) for process, error in zip(processes, errors, strict=True)
    ]
    store = open_store(empty_url)
    assert set(names) == {run.id for run in store.list_runs().items}
    store.close()


def test_opening_a_file_of_the_newest_schema_loads_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.sqlite"
    open_store(url).close()
    code = (
        "import sys; from assay.store import open_store; open_store(sys.argv[1]).close(); "
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=ENVIRONMENT,
    )
    assert "False\n" == done.stdout


def test_threads_upgrade_databases_of_their_own_at_once(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{number}.sqlite" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, urls))
    assert {HEAD} == {current(url) for url in urls}
