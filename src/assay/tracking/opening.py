"""Opening a ledger by its URI: which transport, and clear words for what cannot be opened."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from assay.core.errors import InvalidInputError, LedgerError
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.tracking.ledger import MlflowLedger


if TYPE_CHECKING:
    import httpx2

    from assay.tracking.stored import Backend


_SQL: Final = frozenset({"sqlite", "postgresql", "mysql", "mssql"})


class Secret(Protocol):
    """A password or token that does not show itself, such as pydantic's ``SecretStr``."""

    def get_secret_value(self) -> str:
        """Return the secret."""
        ...


def open_ledger(
    uri: str,
    *,
    username: str | None = None,
    password: Secret | str | None = None,
    token: Secret | str | None = None,
    timeout_seconds: float = 10.0,
    create: bool = False,
    clock: Clock = SYSTEM_CLOCK,
    transport: "httpx2.BaseTransport | None" = None,
) -> MlflowLedger:
    """Open the experiment ledger at an MLflow tracking URI.

    A server is spoken to by plain REST and is first asked when something is read; a database
    is opened at once by MLflow's own store, which is imported for it.

    Args:
        uri: ``http(s)://…`` for a server, or ``sqlite:///…``, ``postgresql://…``,
            ``mysql://…`` and ``mssql://…`` for its database; credentials in it are used and
            not shown.
        username: For a server with accounts.
        password: Of that account.
        token: Sent as a bearer token instead.
        timeout_seconds: For one answer of a server, above 0; connecting takes 3 at most.
        create: Make a SQLite database that is not there yet (5 to 10 seconds).
        clock: Gives runs and metrics their times.
        transport: Used instead of the network, as in tests.

    Raises:
        InvalidInputError: If the URI names nothing a ledger can be on.
        LedgerError: If a database is not there, or cannot be used as it is.
        MissingExtraError: If a database is asked for and ``mlflow`` is not installed.
    """
    if not timeout_seconds > 0:
        raise InvalidInputError(f"timeout_seconds is {timeout_seconds}; it must be above 0.")
    scheme = urlsplit(uri).scheme.lower()
    backend: Backend
    if scheme in {"http", "https"}:
        backend = _server(
            uri, (username, _plain(password), _plain(token)), timeout_seconds, transport
        )
    elif scheme.partition("+")[0] in _SQL:
        from assay.tracking.sql_opening import open_database

        backend = open_database(uri, create=create)
    else:
        _refuse(uri, scheme)
    return MlflowLedger(backend, clock=clock)


def _server(
    uri: str,
    secrets: tuple[str | None, str | None, str | None],
    timeout_seconds: float,
    transport: "httpx2.BaseTransport | None",
) -> "Backend":
    from assay.tracking.rest import RestClient, ServerAccess
    from assay.tracking.rest_backend import RestBackend

    username, password, token = secrets
    parts = urlsplit(uri)
    if not parts.hostname:
        raise InvalidInputError(f"The tracking URI {uri!r} names no host.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if parts.port is None else f"{host}:{parts.port}"
    access = ServerAccess(
        urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")),
        username=username or (unquote(parts.username) if parts.username else None),
        password=password or (unquote(parts.password) if parts.password else None),
        token=token,
        timeout_seconds=timeout_seconds,
        transport=transport,
    )
    return RestBackend(RestClient(access))


def _plain(secret: Secret | str | None) -> str | None:
    return secret if secret is None or isinstance(secret, str) else secret.get_secret_value()


def _refuse(uri: str, scheme: str) -> NoReturn:
    if scheme in {"", "file"}:
        folder = unquote(urlsplit(uri).path) if scheme else uri
        target = Path(folder or "mlruns").parent / "mlflow.db"
        raise LedgerError(
            f"The tracking URI {uri!r} is a folder of files, which MLflow itself has given up: "
            "aliases and searches are not safe on it. Move it into a database with: "
            f"mlflow migrate-filestore --source {folder or 'mlruns'} --target sqlite:///{target} "
            f"and use sqlite:///{target} instead."
        )
    raise InvalidInputError(
        f"The tracking URI {scheme}://… cannot be opened; use http:// or https:// for an MLflow "
        "server, or sqlite:///, postgresql:// or mysql:// for its database."
    )
