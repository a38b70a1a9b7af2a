"""Opening MLflow's SQL stores: what is wrong with a database is said before MLflow tries it.

MLflow alone would try an absent database for minutes, make an empty one where a path is
mistyped, and move an older schema on without being asked.
"""

import logging
import socket
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from assay.core.errors import InvalidInputError, LedgerError, MissingExtraError, NoLedgerError
from assay.kit.extras import require_extra
from assay.kit.log import get_logger
from assay.kit.redaction import redact
from assay.tracking.faults import UnreachableError, shorten
from assay.tracking.sqlite_files import sqlite_file


if TYPE_CHECKING:
    from assay.tracking.sql_backend import SqlBackend


CONNECT_SECONDS: Final = 3.0
_SQLITE_HEADER: Final = b"SQLite format 3\x00"
_PORTS: Final = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


def open_database(uri: str, *, create: bool) -> "SqlBackend":
    """Open the database of an MLflow server or of plain clients.

    Raises:
        LedgerError: If it is absent, no MLflow database, or of another version of MLflow.
        MissingExtraError: If ``mlflow`` is not installed.
    """
    file = sqlite_file(uri)
    is_new = file is not None and _is_new(file, uri, create=create)
    if file is None:
        _knock(urlsplit(uri), uri)
    require_extra("gate", "mlflow", purpose="An MLflow database as tracking URI")
    # It writes what it also raises, and INFO lines about each migration; we raise the former.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        if file is not None and is_new:
            get_logger("tracking").info("ledger_being_made", uri=redact(uri), seconds="5 to 10")
            _make(file)
        return _stores(uri, file, create=create)
    except (LedgerError, MissingExtraError):
        raise
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The tracking URI {urlsplit(uri).scheme}://… needs the package {error.name!r}, which is "
            "not installed. For PostgreSQL install psycopg with: pip install 'assay[gate,server]' "
            "and write postgresql+psycopg://…"
        ) from error
    except OSError as error:
        raise LedgerError(
            f"The database {redact(uri)} cannot be made or opened: {error.strerror or error}."
        ) from error
    except Exception as error:
        raise LedgerError(
            f"The database {redact(uri)} cannot be opened: {type(error).__name__}: "
            f"{shorten(str(error))}"
        ) from error


def _make(file: Path) -> None:
    """Make an empty MLflow database beside its place and put it there once it is whole.

    So nobody meets one that is half made: not after a kill or a full disk in the seconds that
    MLflow takes, and not another process meanwhile. Whoever comes second takes the first one's.
    """
    tracking = import_module("mlflow.store.tracking.sqlalchemy_store")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as scratch:
        made = Path(scratch) / file.name
        path = str(made).replace("%", "%25").replace("?", "%3F")
        store = tracking.SqlAlchemyStore(f"sqlite:///{path}", _artifact_root(file))
        store.engine.dispose()
        try:
            file.hardlink_to(made)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not file.exists():
                made.rename(file)


def _artifact_root(file: Path | None) -> str:
    """Return MLflow's default beside the database, wherever this process was started."""
    return "./mlruns" if file is None else str(file.parent / "mlruns")


def _stores(uri: str, file: Path | None, *, create: bool) -> "SqlBackend":
    from assay.tracking.rest_backend import user_name
    from assay.tracking.sql_backend import SqlBackend

    _check_schema(import_module("mlflow.store.db.utils"), uri, create=create)
    tracking = import_module("mlflow.store.tracking.sqlalchemy_store")
    registry = import_module("mlflow.store.model_registry.sqlalchemy_store")
    return SqlBackend(
        tracking.SqlAlchemyStore(uri, _artifact_root(file)),
        registry.SqlAlchemyStore(uri),
        uri=redact(uri),
        user=user_name(),
    )


def _check_schema(utils: Any, uri: str, *, create: bool) -> None:
    """Connect once, and refuse another version's schema instead of moving it on.

    An empty database is filled only where a ledger may be made.
    """
    engine = utils.create_sqlalchemy_engine(uri)
    try:
        with engine.connect():
            pass
        if utils._is_empty_database(engine):  # noqa: SLF001  # MLflow has no public way to ask
            if create:
                return
            raise NoLedgerError(
                f"The database {redact(uri)} is empty: nothing was ever logged there. "
                "`assay run-evals` fills it, and so does an MLflow server."
            )
        found = utils._get_schema_version(engine)  # noqa: SLF001
        expected = utils._get_latest_schema_revision()  # noqa: SLF001
    finally:
        engine.dispose()
    if found is None:
        raise LedgerError(
            f"The database {redact(uri)} holds other tables than MLflow's; check the tracking URI."
        )
    if found != expected:
        raise LedgerError(
            f"The database {redact(uri)} has the schema {found}, and the MLflow installed here "
            f"has {expected}. If the database is older, take a backup and run: mlflow db upgrade "
            f"{redact(uri)} ; if it is newer, install the newer mlflow here."
        )


def _is_new(file: Path, uri: str, *, create: bool) -> bool:
    """Whether a database is to be made at ``file``, where there is none.

    Raises:
        NoLedgerError: If it is not there and may not be made.
        LedgerError: If what is there is no database.
    """
    try:
        with file.open("rb") as stream:
            header = stream.read(len(_SQLITE_HEADER))
    except FileNotFoundError:
        if not create:
            raise NoLedgerError(
                f"There is no database at {file}: nothing was ever logged there. "
                "`assay run-evals` makes it, and so does: mlflow server --backend-store-uri "
                f"{uri} --host 127.0.0.1 --port 5000"
            ) from None
        return True
    except OSError as error:
        raise LedgerError(f"The database {file} cannot be read: {error}") from error
    if header not in {b"", _SQLITE_HEADER}:
        raise LedgerError(f"{file} is no SQLite database; the tracking URI is {uri}.")
    return False


def _knock(parts: SplitResult, uri: str) -> None:
    """See in a few seconds whether anybody listens: MLflow would try for minutes."""
    try:
        port = parts.port or _PORTS[parts.scheme.partition("+")[0]]
    except ValueError:
        port = None
    if port is None or uri.partition("?")[0].count("@") > 1:
        raise InvalidInputError(
            f"The tracking URI {parts.scheme}://… names no usable host and port; in a password, "
            "each of / ? # @ : has to be written as %2F %3F %23 %40 %3A."
        )
    if parts.hostname is None and "host" in parse_qs(parts.query):
        return  # a socket's folder, or several hosts
    host = parts.hostname or "localhost"
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS):
            return
    except OSError as error:
        raise UnreachableError(
            f"No database answers at {redact(uri)} ({host} port {port}: {error}); "
            "see whether it runs."
        ) from error
