"""Opening a ledger by its URI: which transport, and clear words for what cannot be opened."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from assay.core.errors import InvalidInputError, LedgerError
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.tracking.buffer import MAX_BYTES, LedgerBuffer
from assay.tracking.ledger import MlflowLedger


if TYPE_CHECKING:
    import httpx2

    from assay.tracking.stored import Backend


_HTTP: Final = frozenset({"http", "https"})
_SERVICES: Final = frozenset({"databricks", "databricks-uc", "uc"})
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
    access = Access(username, _plain(password), _plain(token), timeout_seconds, transport)
    return MlflowLedger(_backend(uri, access, create=create), clock=clock)


def open_buffer(
    folder: Path | str,
    uri: str,
    *,
    username: str | None = None,
    password: Secret | str | None = None,
    token: Secret | str | None = None,
    timeout_seconds: float = 10.0,
    create: bool = False,
    max_bytes: int = MAX_BYTES,
) -> LedgerBuffer:
    """Open a buffer in front of a ledger, which need not be there yet.

    What an earlier process left in the folder is delivered first.

    Args:
        folder: Where records wait; one process at a time owns it.
        uri: As ``open_ledger`` takes it, and so are the others.
        username: For a server with accounts.
        password: Of that account.
        token: Sent as a bearer token instead.
        timeout_seconds: For one answer of a server, above 0.
        create: Make a SQLite database that is not there yet.
        max_bytes: How much may wait on disk before logging is refused.

    Raises:
        ConflictError: If another process has the folder open.
        InvalidInputError: If the URI names nothing a ledger can be on.
        LedgerError: If the folder cannot be used, or the URI is a folder of files.
    """
    access = Access(username, _plain(password), _plain(token), timeout_seconds, None)
    _scheme(uri, access)
    return LedgerBuffer(
        Path(folder), lambda: _backend(uri, access, create=create), max_bytes=max_bytes
    )


@dataclass(frozen=True, slots=True)
class Access:
    """How to be let in, and how long to wait."""

    username: str | None
    password: str | None = field(repr=False)
    token: str | None = field(repr=False)
    timeout_seconds: float
    transport: "httpx2.BaseTransport | None"


def _backend(uri: str, access: Access, *, create: bool) -> "Backend":
    if _scheme(uri, access) in _HTTP:
        return _server(uri, access)
    from assay.tracking.sql_opening import open_database

    return open_database(uri, create=create)


def _scheme(uri: str, access: Access) -> str:
    """Return the scheme of a URI that can be opened."""
    if not access.timeout_seconds > 0:
        raise InvalidInputError(f"timeout_seconds is {access.timeout_seconds}; it must be above 0.")
    scheme = urlsplit(uri).scheme.lower()
    if scheme not in _HTTP and scheme.partition("+")[0] not in _SQL:
        _refuse(uri, scheme)
    return scheme


def _server(uri: str, given: Access) -> "Backend":
    from assay.tracking.rest import RestClient, ServerAccess
    from assay.tracking.rest_backend import RestBackend

    parts = urlsplit(uri)
    if not parts.hostname:
        raise InvalidInputError(f"The tracking URI {uri!r} names no host.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = _port(parts)
    place = host if port is None else f"{host}:{port}"
    access = ServerAccess(
        urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")),
        username=given.username or (None if parts.username is None else unquote(parts.username)),
        password=given.password or (None if parts.password is None else unquote(parts.password)),
        token=_sendable(given.token),
        timeout_seconds=given.timeout_seconds,
        transport=given.transport,
    )
    return RestBackend(RestClient(access))


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise InvalidInputError(
            f"The tracking URI for {parts.hostname} names no usable port: {error}."
        ) from None


def _sendable(token: str | None) -> str | None:
    """Return a token without what a file or a shell put around it.

    Raises:
        InvalidInputError: If no HTTP header can carry it.
    """
    found = None if token is None else token.strip()
    if found and not (found.isascii() and found.isprintable() and " " not in found):
        raise InvalidInputError(
            "The tracking token holds characters that an HTTP header cannot carry, such as a line "
            "feed in its middle; look at MLFLOW_TRACKING_TOKEN."
        )
    return found or None


def _plain(secret: Secret | str | None) -> str | None:
    return secret if secret is None or isinstance(secret, str) else secret.get_secret_value()


def _refuse(uri: str, scheme: str) -> NoReturn:
    scheme = uri if uri in _SERVICES else scheme
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
