"""What can be opened, what cannot, and what is loaded for it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from assay.core.errors import (
    AssayError,
    InvalidInputError,
    LedgerError,
    MissingExtraError,
    NoLedgerError,
)
from assay.tracking import open_ledger, sqlite_file
from tests.services import free_port


@pytest.mark.parametrize(
    ("uri", "kind", "words"),
    [
        (
            "./mlruns",
            LedgerError,
            "migrate-filestore --source ./mlruns --target sqlite:///mlflow.db",
        ),
        ("file:///data/mlruns", LedgerError, "--source /data/mlruns --target sqlite:////data/ml"),
        ("", LedgerError, "migrate-filestore --source mlruns"),
        ("ftp://host", InvalidInputError, "ftp://… cannot be opened"),
        ("databricks://profile:secret@x", InvalidInputError, "databricks://… cannot be opened"),
        ("databricks", InvalidInputError, "databricks://… cannot be opened"),
        ("http://127.0.0.1:99999", InvalidInputError, "127.0.0.1 names no usable port"),
        ("http://", InvalidInputError, "names no host"),
        ("sqlite://", LedgerError, "names no file"),
        ("sqlite:///:memory:", LedgerError, "names no file"),
        ("postgresql://me:secr/et@host/db", InvalidInputError, "has to be written as %2F"),
        ("postgresql://me:secret@host:no/db", InvalidInputError, "names no usable host and port"),
        ("postgresql://me:se@cret@host/db", InvalidInputError, "names no usable host and port"),
    ],
)
def test_what_cannot_be_opened_says_what_can(uri: str, kind: type[AssayError], words: str) -> None:
    with pytest.raises(kind, match=words.replace("?", r"\?")) as caught:
        open_ledger(uri)
    assert "secret" not in str(caught.value)


def test_a_timeout_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="timeout_seconds is 0"):
        open_ledger("http://127.0.0.1:5000", timeout_seconds=0)


def test_an_absent_database_is_no_empty_ledger(tmp_path: Path) -> None:
    path = tmp_path / "none" / "mlflow.db"
    with pytest.raises(LedgerError, match=r"nothing was ever logged there.*assay run-evals"):
        open_ledger(f"sqlite:///{path}")
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("sqlite:////data/a.db", "/data/a.db"),
        ("sqlite:////data/my%20a.db", "/data/my a.db"),
        ("sqlite:////data/a#1.db?timeout=5", "/data/a#1.db"),
        ("SQLite+pysqlite:////data/a.db", "/data/a.db"),
        ("postgresql://host/a.db", None),
        ("http://host/a.db", None),
    ],
)
def test_the_file_of_a_uri_is_the_one_that_sqlalchemy_opens(uri: str, file: str | None) -> None:
    assert sqlite_file(uri) == (None if file is None else Path(file))


def test_a_database_behind_a_socket_is_not_knocked_at(tmp_path: Path) -> None:
    uri = f"postgresql+nodriver:///db?host={tmp_path}"
    with pytest.raises(LedgerError, match=r"cannot be opened: NoSuchModuleError"):
        open_ledger(uri)


def test_a_driver_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"package 'pymssql', .*not installed"):
        open_ledger(f"mssql+pymssql:///db?host={tmp_path}")


def test_a_place_where_no_database_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"mlflow\.db cannot be (made|read)"):
        open_ledger(f"sqlite:///{tmp_path}/file/mlflow.db", create=True)


def test_an_empty_file_is_no_ledger_unless_one_is_to_be_made(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.touch()
    with pytest.raises(NoLedgerError, match="is empty: nothing was ever logged there"):
        open_ledger(f"sqlite:///{path}")
    assert 0 == path.stat().st_size


def test_another_programs_database_is_not_told_to_be_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE letters (id INTEGER)")
    with pytest.raises(LedgerError, match="holds other tables than MLflow's"):
        open_ledger(f"sqlite:///{path}", create=True)


def test_a_file_of_another_kind_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_text("this is a letter, not a database")
    with pytest.raises(LedgerError, match="is no SQLite database"):
        open_ledger(f"sqlite:///{path}")
    with pytest.raises(LedgerError, match="cannot be read"):
        open_ledger(f"sqlite:///{tmp_path}")


def test_a_database_server_that_is_away_is_said_without_its_password() -> None:
    with pytest.raises(LedgerError, match="No database answers") as caught:
        open_ledger(f"postgresql://me:hidden@127.0.0.1:{free_port()}/mlflow")
    assert "hidden" not in str(caught.value)


def test_mlflow_is_not_loaded_for_a_server() -> None:
    """It takes seconds; a trend over a server must not wait for it."""
    code = (
        "import sys\n"
        "import assay.tracking\n"
        "assert 'httpx2' not in sys.modules\n"
        "assay.tracking.open_ledger('http://127.0.0.1:1').close()\n"
        "assert 'mlflow' not in sys.modules\n"
        "assert 'sqlalchemy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
