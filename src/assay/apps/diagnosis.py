"""Looks at this installation and says what is wrong with it and how to mend it."""

import importlib.util
import os
import platform
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.apps.settings import Settings
from assay.kit.errors import AssayError


if TYPE_CHECKING:
    from assay.gate.config import GateConfig

LOW_SPACE_BYTES = 1_000_000_000
EXTRAS = {"gate": "mlflow", "llm": "openai", "server": "psycopg"}
PAGE = Path(__file__).parent / "server" / "page" / "index.html"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it stands and what mends it."""

    check: str
    state: Literal["ok", "warning", "failure"]
    found: str
    remedy: str | None = None


def diagnose(settings: Settings) -> list[Finding]:
    """Return a finding per check; none of them changes anything but the data folder."""
    return [
        _python(),
        _data_folder(settings.data_dir),
        free_space(settings.data_dir),
        _database(settings),
        *_ledger(settings),
        page(PAGE),
        port(settings.host, settings.port),
        provider_key("openai", present=settings.openai_api_key is not None),
        *(extra_package(extra, module) for extra, module in EXTRAS.items()),
    ]


def _python() -> Finding:
    return Finding(
        "python",
        "ok",
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
    )


def _data_folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data folder", "failure", f"{folder}: {error.strerror}", _other_folder())
    if os.access(folder, os.W_OK):
        return Finding("data folder", "ok", f"{folder.resolve()} is writable")
    return Finding("data folder", "failure", f"{folder} is not writable", _other_folder())


def _other_folder() -> str:
    return "Choose another with --data-dir or ASSAY_DATA_DIR."


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def free_space(folder: Path, *, free: Callable[[Path], int] = _free_bytes) -> Finding:
    """Look at the space on the disk of a folder, there or not yet; ``free`` is in bytes."""
    existing = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    size = free(existing)
    found = f"{size / 1e9:.1f} GB free"
    if size >= LOW_SPACE_BYTES:
        return Finding("disk space", "ok", found)
    return Finding("disk space", "warning", found, f"Free some space below {existing}.")


def _database(settings: Settings) -> Finding:
    from assay.store import migrations
    from assay.store.revision import check_known

    try:
        current = migrations.current(settings.resolved_database_url)
        check_known(current, label="of the settings")
    except AssayError as error:
        remedy = "Choose another with --data-dir or ASSAY_DATABASE_URL."
        return Finding("database", "failure", str(error), remedy)
    return _schema(current, migrations.head())


def _schema(current: str | None, head: str) -> Finding:
    if current == head:
        return Finding("database", "ok", f"schema {current}")
    if current is None:
        return Finding("database", "ok", "empty; it is set up on first use")
    return Finding("database", "warning", f"schema {current}, newest {head}", "assay db upgrade")


def _ledger(settings: Settings) -> list[Finding]:
    """Look at the experiment ledger if the gate is configured, or anything names one."""
    from assay.apps.services.ledger import names_ledger
    from assay.gate.config_file import read_gate_config

    try:
        config = read_gate_config()
    except AssayError as error:
        return [Finding("gate", "failure", str(error), "Mend the config file.")]
    return [ledger(settings, config)] if names_ledger(settings, config) else []


def ledger(settings: Settings, config: "GateConfig") -> Finding:
    """Look whether the experiment ledger can be read."""
    from assay.apps.services.ledger import absent_file, open_project_ledger

    absent = absent_file(settings, config)
    if absent is not None:
        return Finding("ledger", "ok", f"{absent} is made when the first evaluation runs")
    try:
        with open_project_ledger(settings, config) as opened:
            found = len(opened.list_experiments(config.base_experiment))
            return Finding("ledger", "ok", f"{opened.uri}: {found} eval experiments")
    except AssayError as error:
        remedy = "Start the server, or name another with ASSAY_TRACKING_URI."
        return Finding("ledger", "failure", str(error), remedy)


def page(index: Path) -> Finding:
    """Look whether the page is built; ``index`` is its first file."""
    if index.is_file():
        return Finding("page", "ok", "built")
    return Finding("page", "warning", "not built; the API works without it", "make page")


def port(host: str, number: int) -> Finding:
    """Look whether a port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return Finding(
                "port",
                "warning",
                f"{host}:{number} is taken",
                "assay up --port 0 picks a free one.",
            )
    return Finding("port", "ok", f"{host}:{number} is free")


def provider_key(provider: str, *, present: bool) -> Finding:
    """Say whether a provider's key is there, and never what it is."""
    if present:
        return Finding(f"key for {provider}", "ok", "set (not shown)")
    return Finding(
        f"key for {provider}",
        "warning",
        "not set; recorded and local models work without it",
        f"Set {provider.upper()}_API_KEY to call hosted models.",
    )


def extra_package(
    extra: str,
    module: str,
    *,
    find: Callable[[str], object | None] = importlib.util.find_spec,
) -> Finding:
    """Look whether the package of an extra is installed."""
    if find(module) is not None:
        return Finding(f"extra {extra}", "ok", f"{module} is installed")
    return Finding(
        f"extra {extra}", "warning", f"{module} is not installed", f"pip install 'assay[{extra}]'"
    )
