"""Opening the experiment ledger that the settings and the gate's config name.

A ledger that cannot be opened or read is an error for every caller, never an empty one.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from assay.apps.settings import Settings
from assay.core.errors import NoLedgerError
from assay.gate.config import GateConfig, choose_tracking_uri


if TYPE_CHECKING:
    from assay.tracking import MlflowLedger


TIMEOUT_SECONDS = 10.0

_HINT = (
    "No tracking URI is set, so this one is taken; set --tracking-uri, ASSAY_TRACKING_URI or "
    "tracking_uri under [gate]."
)


def tracking_uri_of(settings: Settings, config: GateConfig) -> str:
    """Return where the ledger is; relative SQLite paths are those of the working directory.

    The first of: flag or ``ASSAY_TRACKING_URI``, ``[gate] tracking_uri``,
    ``MLFLOW_TRACKING_URI``, and else ``sqlite:///mlflow.db``.
    """
    return choose_tracking_uri(
        assay_variable=settings.tracking_uri,
        config=config.tracking_uri,
        mlflow_variable=settings.mlflow_tracking_uri,
    )


def names_ledger(settings: Settings, config: GateConfig) -> bool:
    """Whether anything says where the ledger is, or that there is a gate."""
    return config.source is not None or any(
        (settings.tracking_uri, config.tracking_uri, settings.mlflow_tracking_uri)
    )


def absent_file(settings: Settings, config: GateConfig) -> Path | None:
    """Return the file of a SQLite ledger that is not there yet, else None.

    Raises:
        LedgerError: If the URI names no file.
    """
    from assay.tracking import sqlite_file

    file = sqlite_file(tracking_uri_of(settings, config))
    return None if file is None or file.exists() else file


def open_project_ledger(
    settings: Settings, config: GateConfig, *, create: bool = False
) -> "MlflowLedger":
    """Open the ledger; ``create`` makes a SQLite database that is not there yet.

    Raises:
        NoLedgerError: If a database is not made yet, and ``create`` is not given.
        LedgerError: If it cannot be opened; in one line, with the URI and what to do.
        InvalidInputError: If the URI names nothing that a ledger can be on.
        MissingExtraError: If a database is asked for and ``mlflow`` is not installed.
    """
    from assay.tracking import open_ledger

    try:
        return open_ledger(
            tracking_uri_of(settings, config),
            username=settings.tracking_username,
            password=settings.tracking_password,
            token=settings.tracking_token,
            timeout_seconds=TIMEOUT_SECONDS,
            create=create,
        )
    except NoLedgerError as error:
        if any((settings.tracking_uri, config.tracking_uri, settings.mlflow_tracking_uri)):
            raise
        raise NoLedgerError(f"{error} {_HINT}") from error
