"""What the disk or the server refuses is said clearly, and leaves nothing half-stored."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from assay.core.errors import InvalidSettingsError, StorageError
from assay.core.ports import Store
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.manual_clock import ManualClock
from assay.testing.samples import a_result, a_run
from tests.services import free_port


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from assay.core.errors import StorageError
from assay.store import open_store
from assay.testing.samples import a_result, a_run
path = Path(sys.argv[1])
store = open_store(f"sqlite:///{path}")
store.create_run(a_run())
store.write_results("run-1", [a_result(output="before")])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = path.with_name(path.name + "-wal").stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    store.write_results("run-1", [a_result(f"d{n}", output="x" * 10_000) for n in range(100)])
except StorageError as error:
    print(error)
print([item.output for item in store.iter_results("run-1")])
"""
WRITE_AS_NOBODY = """
import os, sys
from assay.core.errors import StorageError
from assay.store import open_store
from assay.testing.samples import a_run
open_store("sqlite:///" + sys.argv[2]).close()
os.setegid(65534)
os.seteuid(65534)
try:
    open_store(f"sqlite:///{sys.argv[1]}").create_run(a_run())
except StorageError as error:
    print(error)
os.seteuid(0)
"""


def run_python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "" == done.stderr
    return done.stdout


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nowhere.*does not exist; create it"):
        open_store(f"sqlite:///{tmp_path}/nowhere/assay.sqlite")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 500)
    with pytest.raises(StorageError, match=r"notes.txt.*not a SQLite database.*another path"):
        open_store(f"sqlite:///{path}")
    assert "buy milk\n" * 500 == path.read_text()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "assay.sqlite"
    store = open_store(f"sqlite:///{path}")
    store.create_run(a_run())
    store.write_results("run-1", [a_result(f"d{n}") for n in range(2_000)])
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 20 : 4096 * 200] = b"\xa5" * (4096 * 180)
    path.write_bytes(content)

    with pytest.raises(StorageError, match=r"assay.sqlite.*damaged.*backup"):
        list(open_store(f"sqlite:///{path}").iter_results("run-1"))


def test_a_full_disk_stores_nothing_of_the_call_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "assay.sqlite"
    output = run_python(FILL_THE_DISK, str(path)).splitlines()
    assert 2 == len(output)
    assert "assay.sqlite" in output[0]
    assert "disk" in output[0]
    assert "['before']" == output[1]
    store = open_store(f"sqlite:///{path}")
    assert ["before"] == [item.output for item in store.iter_results("run-1")]
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user to be refused")
def test_a_read_only_folder_is_said_to_be_read_only(tmp_path: Path) -> None:
    path = tmp_path / "assay.sqlite"
    open_store(f"sqlite:///{path}").close()
    ours = [folder for folder in tmp_path.parents if "pytest-of-" in str(folder)]
    for folder in (tmp_path, *ours):
        folder.chmod(0o755)
    output = run_python(WRITE_AS_NOBODY, str(path), str(tmp_path / "another.sqlite"))
    assert "assay.sqlite" in output
    assert "read-only" in output


def test_a_failed_batch_leaves_nothing_behind(database_url: str) -> None:
    store = open_store(database_url)
    store.create_run(a_run())
    with pytest.raises(StorageError):
        store.write_results("run-1", [a_result("d1"), a_result("d2", repeat=2**80)])
    assert {} == store.count_results("run-1")
    store.write_results("run-1", [a_result("d1")])
    assert [a_result("d1")] == list(store.iter_results("run-1"))
    store.close()


def test_another_process_in_the_way_is_waited_for(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert 0 == store.list_runs().total
    other.execute("COMMIT")
    other.close()
    store.create_run(a_run())
    assert 1 == store.list_runs().total
    store.close()


@pytest.mark.parametrize(
    "url",
    ["mysql://h/d", "assay.sqlite", "sqlite://", "sqlite:///:memory:", "sqlite:////x?cache=1", ""],
)
def test_a_url_assay_does_not_speak_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettingsError):
        open_store(url)


def test_synchronous_can_be_full(sqlite_url: str) -> None:
    store = open_store(f"{sqlite_url}?synchronous=full")
    assert store.create_run(a_run()) == store.get_run("run-1")
    store.close()


def test_a_server_that_does_not_answer_is_waited_for_and_then_named() -> None:
    clock = ManualClock()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)

    url = f"postgresql+psycopg://ada:hush@127.0.0.1:{free_port()}/assay"
    with pytest.raises(StorageError, match=r"ada:\*\*\*@127.0.0.1.*lost or refused") as refusal:
        open_store(url, clock=clock, wait_seconds=5, sleep=sleep)
    assert "hush" not in str(refusal.value)
    assert [0.1, 0.2, 0.4, 0.8, 1.6] == pytest.approx(pauses)


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Store:
    return open_store(postgresql_url)


def test_a_lost_connection_is_an_error_once_and_then_made_again(
    postgresql_store: Store, postgresql_url: str
) -> None:
    postgresql_store.create_run(a_run())
    stream = postgresql_store.iter_results("run-1")
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()
    assert [] == list(stream)
    postgresql_store.write_results("run-1", [a_result()])
    assert 1 == postgresql_store.page_results("run-1").total
    postgresql_store.close()


def test_a_missing_table_is_answered_with_the_command(postgres_url: str) -> None:
    upgrade(postgres_url)
    store = open_store(postgres_url)
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE responses")
    engine.dispose()
    with pytest.raises(StorageError, match=r"table is missing.*assay db upgrade"):
        store.get_response("digest")
    store.close()
