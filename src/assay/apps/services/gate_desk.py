"""The gate of a project as a long-lived server holds it.

The config is read again when its file changes; the ledger is opened once and kept. Nothing
that cannot be read is taken for empty: every caller gets the error, with what to do.
"""

import threading
from pathlib import Path
from typing import Protocol

from assay.apps.services.gate import Gate
from assay.apps.services.ledger import names_ledger, open_project_ledger, tracking_uri_of
from assay.apps.settings import Settings
from assay.core.errors import ConflictError, InvalidSettingsError
from assay.core.ledger import ClosableLedger
from assay.gate.config import GateConfig
from assay.gate.config_file import read_gate_config
from assay.kit.redaction import redact


CONFIG_FILES = ("assay.toml", "pyproject.toml")


class OpenLedger(Protocol):
    """Opens the ledger that settings and config name."""

    def __call__(
        self, settings: Settings, config: GateConfig, *, create: bool = False
    ) -> ClosableLedger:
        """Return the ledger; ``create`` makes a SQLite database that is not there yet."""
        ...


_Stamp = tuple[tuple[str, int, int], ...]


class GateNotConfiguredError(ConflictError):
    """Nothing says that there is a gate; the message says which file to write."""

    code = "gate_not_configured"


class GateMisconfiguredError(ConflictError):
    """The config file has faults; the message has one line for each."""

    code = "gate_misconfigured"


class GateDesk:
    """One project's config and ledger, for many requests at once."""

    def __init__(
        self,
        settings: Settings,
        *,
        folder: Path | None = None,
        open_ledger: OpenLedger = open_project_ledger,
    ) -> None:
        """Take the folder with the config file, by default the current one; open nothing yet."""
        self._settings = settings
        self._folder = (folder if folder is not None else Path()).absolute()
        self._open_ledger = open_ledger
        self._reading = threading.Lock()
        self._opening = threading.Lock()  # of its own: a database takes seconds to open
        self._stamp: _Stamp | None = None
        self._config: GateConfig | None = None
        self._ledgers: dict[str, ClosableLedger] = {}

    @property
    def folder(self) -> Path:
        """Where the config file lies."""
        return self._folder

    def config(self) -> GateConfig:
        """Return the config as the file says it now.

        Raises:
            GateNotConfiguredError: If there is neither a table nor a ledger in the settings.
            GateMisconfiguredError: If the file cannot be used.
        """
        with self._reading:
            return self._read()

    def tracking_uri(self) -> str:
        """Return where the ledger is, without credentials.

        Raises:
            GateNotConfiguredError: If there is neither a table nor a ledger in the settings.
            GateMisconfiguredError: If the file cannot be used.
        """
        return redact(tracking_uri_of(self._settings, self.config()))

    def open(self, *, create: bool = False) -> Gate:
        """Return config and ledger; the ledger stays open until ``close``.

        Args:
            create: Make a SQLite ledger that is not there yet.

        Raises:
            GateNotConfiguredError: If there is neither a table nor a ledger in the settings.
            GateMisconfiguredError: If the file cannot be used.
            LedgerError: If the ledger cannot be opened.
        """
        config = self.config()
        uri = tracking_uri_of(self._settings, config)
        with self._opening:
            ledger = self._ledgers.get(uri)
            if ledger is None:
                ledger = self._ledgers[uri] = self._open_ledger(
                    self._settings, config, create=create
                )
        return Gate(config=config, ledger=ledger, folder=self._folder, settings=self._settings)

    def close(self) -> None:
        """Close every ledger that was opened."""
        with self._opening:
            for ledger in self._ledgers.values():
                ledger.close()
            self._ledgers.clear()

    def _read(self) -> GateConfig:
        stamp = tuple(_stamp(self._folder / name) for name in CONFIG_FILES)
        if self._config is None or stamp != self._stamp:
            try:
                self._config = read_gate_config(self._folder)
            except InvalidSettingsError as error:
                self._config = None
                raise GateMisconfiguredError(str(error)) from error
            self._stamp = stamp
        if not names_ledger(self._settings, self._config):
            raise GateNotConfiguredError(
                f"No gate is set up in {self._folder}: write an assay.toml there with a table "
                "[gate] (base_experiment, tracking_uri, suites and eval types), or start "
                "`assay up` in the folder that has one."
            )
        return self._config


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (path.name, 0, -1)
    return (path.name, found.st_mtime_ns, found.st_size)
