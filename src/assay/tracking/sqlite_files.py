"""Which file a SQLite tracking URI names, read as SQLAlchemy reads it."""

from pathlib import Path
from urllib.parse import unquote

from assay.core.errors import LedgerError


def sqlite_file(uri: str) -> Path | None:
    """Return the file of a SQLite URI, absolute; None for the URI of anything else.

    Example:
        >>> sqlite_file("sqlite:////data/my%20db.db?timeout=5")
        PosixPath('/data/my db.db')

    Raises:
        LedgerError: If it names no file, such as ``sqlite://``.
    """
    scheme, _, rest = uri.partition("://")
    if scheme.lower().partition("+")[0] != "sqlite":
        return None
    path = unquote(rest.partition("?")[0].removeprefix("/"))
    if not rest.startswith("/") or not path or path == ":memory:":
        raise LedgerError(
            f"The tracking URI {uri!r} names no file; write sqlite:///mlflow.db for a file in this "
            "folder, or sqlite:////home/me/mlflow.db for another one."
        )
    return Path(path).absolute()
