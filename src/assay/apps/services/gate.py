"""The gate of one project: its config, its ledger and what runs its evaluations.

The command line and the server open it alike and call the same functions on it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.apps.services.judges import gateway_settings
from assay.apps.services.ledger import absent_file, open_project_ledger, tracking_uri_of
from assay.apps.settings import Settings
from assay.core.ledger import Ledger
from assay.gate.config import GateConfig
from assay.gate.config_file import read_gate_config


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Gate:
    """One project's gate.

    Attributes:
        folder: Where its config file lies; the code of candidates and scorers is found there.
    """

    config: GateConfig
    ledger: Ledger
    folder: Path
    settings: Settings


@contextmanager
def open_gate(
    settings: Settings,
    *,
    folder: Path | None = None,
    create: bool = False,
    warn: Callable[[str], None] = lambda _: None,
    on_create: Callable[[str], None] = lambda _: None,
) -> Iterator[Gate]:
    """Open the gate of ``folder`` (the current one), and close its ledger at the end.

    Args:
        settings: Where the ledger is, and the keys of models.
        folder: Where ``assay.toml`` or ``pyproject.toml`` lies.
        create: Make a SQLite ledger that is not there yet.
        warn: Told what is odd about the config.
        on_create: Told the URI before a SQLite ledger is made.

    Raises:
        InvalidSettingsError: If the config cannot be used, one line per fault.
        LedgerError: If the ledger cannot be opened.
    """
    place = (folder if folder is not None else Path()).absolute()
    config = read_gate_config(place)
    for warning in config.warnings:
        warn(warning)
    if create and absent_file(settings, config) is not None:
        on_create(tracking_uri_of(settings, config))
    ledger = open_project_ledger(settings, config, create=create)
    try:
        yield Gate(config=config, ledger=ledger, folder=place, settings=settings)
    finally:
        ledger.close()


def gateways_of_project(gate: Gate) -> "Callable[[], Gateway]":
    """Return what makes gateways to models, with the keys and limits of the settings.

    Files of recorded answers lie relative to the project's folder. No reply is kept: each
    repeat asks anew.
    """

    def make() -> "Gateway":
        from assay.llm.gateway import Gateway

        return Gateway(
            gateway_settings(gate.settings), recordings=lambda source: gate.folder / source
        )

    return make
