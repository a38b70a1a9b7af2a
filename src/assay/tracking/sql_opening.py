"""Opening MLflow's SQL stores: what is wrong with a database is said before MLflow tries it.

MLflow alone would try an absent database for minutes, make an empty one where a path is
mistyped, and move an older schema on without being asked.
"""

import logging
import socket
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from assay.core.errors import LedgerError, MissingExtraError
from assay.kit.extras import require_extra
from assay.kit.log import get_logger
from assay.kit.redaction import redact
from assay.tracking.faults import UnreachableError, shorten


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
    parts = urlsplit(uri)
    file = _sqlite_file(uri, parts)
    is_new = file is not None and _is_new(file, uri, create=create)
    if file is None:
        _knock(parts, uri)
    require_extra("gate", "mlflow", purpose="An MLflow database as tracking URI")
    # It writes what it also raises, and INFO lines about each migration; we raise the former.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    if is_new:
        get_logger("tracking").info("ledger_being_made", uri=redact(uri), seconds="5 to 10")
    try:
        return _stores(uri, file, is_new=is_new)
    except (LedgerError, MissingExtraError):
        raise
    except Exception as error:
        raise LedgerError(
            f"The database {redact(uri)} cannot be opened: {type(error).__name__}: "
            f"{shorten(str(error))}"
        ) from error


def _stores(uri: str, file: Path | None, *, is_new: bool) -> "SqlBackend":
    from assay.tracking.rest_backend import user_name
    from assay.tracking.sql_backend import SqlBackend

    utils = import_module("mlflow.store.db.utils")
    if not is_new:
        _check_schema(utils, uri)
    tracking = import_module("mlflow.store.tracking.sqlalchemy_store")
    registry = import_module("mlflow.store.model_registry.sqlalchemy_store")
    # MLflow's default beside the database, wherever this process was started.
    root = str(file.parent / "mlruns") if file is not None else "./mlruns"
    return SqlBackend(
        tracking.SqlAlchemyStore(uri, root),
        registry.SqlAlchemyStore(uri),
        uri=redact(uri),
        user=user_name(),
    )


def _check_schema(utils: Any, uri: str) -> None:
    """Connect once, and refuse another version's schema instead of moving it on."""
    engine = utils.create_sqlalchemy_engine(uri)
    try:
        with engine.connect():
            pass
        if utils._is_empty_database(engine):  # noqa: SLF001  # MLflow has no public way to ask
            return
        found = utils._get_schema_version(engine)  # noqa: SLF001
        expected = utils._get_latest_schema_revision()  # noqa: SLF001
    finally:
        engine.dispose()
    if found != expected:
        raise LedgerError(
            f"The database {redact(uri)} has the schema {found}, and the MLflow installed here "
            f"has {expected}. If the database is older, take a backup and run: mlflow db upgrade "
            f"{redact(uri)} ; if it is newer, install the newer mlflow here."
        )


def _sqlite_file(uri: str, parts: SplitResult) -> Path | None:
    """Return the file of a SQLite URI, or None for another database."""
    if parts.scheme.partition("+")[0] != "sqlite":
        return None
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path or path == ":memory:":
        raise LedgerError(
            f"The tracking URI {redact(uri)!r} names no file; write sqlite:///mlflow.db for a file in this "
            "folder, or sqlite:////home/me/mlflow.db for another one."
        )
    return Path(path).absolute()


def _is_new(file: Path, uri: str, *, create: bool) -> bool:
    """Whether a database is to be made at ``file``.

    Raises:
        LedgerError: If it is not there, or is no database.
    """
    try:
        with file.open("rb") as stream:
            header = stream.read(len(_SQLITE_HEADER))
    except FileNotFoundError:
        if not create:
            raise LedgerError(
                f"There is no database at {file}: nothing was ever logged there. "
                "`assay run-evals` makes it, and so does: mlflow server --backend-store-uri "
                f"{uri} --host 127.0.0.1 --port 5000"
            ) from None
        file.parent.mkdir(parents=True, exist_ok=True)
        return True
    except OSError as error:
        raise LedgerError(f"The database {file} cannot be read: {error}") from error
    if header not in {b"", _SQLITE_HEADER}:
        raise LedgerError(f"{file} is no SQLite database; the tracking URI is {uri}.")
    return header == b""


def _knock(parts: SplitResult, uri: str) -> None:
    """See in a few seconds whether anybody listens: MLflow would try for minutes."""
    port = parts.port or _PORTS[parts.scheme.partition("+")[0]]
    host = parts.hostname or "localhost"
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS):
            return
    except OSError as error:
        raise UnreachableError(
            f"No database answers at {redact(uri)} ({host} port {port}: {error}); "
            "see whether it runs."
        ) from error
