"""Files of runs: on this machine's disk, or wherever MLflow's own client can reach."""

import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from assay.core.errors import LedgerError, NotFoundError
from assay.kit.atomic_files import write_atomic
from assay.tracking.faults import shorten


PROXIED = "mlflow-artifacts"


def local_folder(uri: str) -> Path | None:
    """Return the folder that an artifact URI names on this machine, or None."""
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return Path(unquote(parts.path))
    return Path(uri) if parts.scheme == "" and uri else None


def is_proxied(uri: str) -> bool:
    """Whether only the MLflow server can reach these artifacts."""
    return urlsplit(uri).scheme == PROXIED


def list_files(uri: str) -> list[str]:
    """Return the names of the files directly below an artifact URI; none if it is not there yet.

    Raises:
        LedgerError: If the place cannot be read.
    """
    if (folder := local_folder(uri)) is not None:
        try:
            return sorted(entry.name for entry in folder.iterdir() if entry.is_file())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LedgerError(f"The artifacts at {folder} cannot be read: {error}") from error
    return sorted(each.path for each in _call(uri, "list_artifacts") if not each.is_dir)


def read_file(uri: str, path: str) -> bytes:
    """Return one file below an artifact URI.

    Raises:
        NotFoundError: If it is not there.
        LedgerError: If the place cannot be read.
    """
    if (folder := local_folder(uri)) is not None:
        return _read(folder / path)
    with tempfile.TemporaryDirectory(prefix="assay-artifacts-") as scratch:
        return _read(Path(_call(uri, "download_artifacts", path, scratch)))


def write_file(uri: str, path: str, data: bytes) -> None:
    """Write one file below an artifact URI, replacing an earlier one.

    Raises:
        LedgerError: If the place cannot be written.
    """
    if (folder := local_folder(uri)) is not None:
        try:
            write_atomic(folder / path, data)
        except OSError as error:
            raise LedgerError(f"The artifact {folder / path} cannot be written: {error}") from error
        return
    with tempfile.TemporaryDirectory(prefix="assay-artifacts-") as scratch:
        file = Path(scratch) / Path(path).name
        file.write_bytes(data)
        _call(uri, "log_artifact", str(file))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"There is no artifact {file}.") from None
    except OSError as error:
        raise LedgerError(f"The artifact {file} cannot be read: {error}") from error


def _call(uri: str, method: str, *arguments: str) -> Any:
    if is_proxied(uri):
        raise LedgerError(
            f"The artifacts at {uri} are held by an MLflow server; "
            "use the server's http:// URL as tracking URI to reach them."
        )
    try:
        registry = import_module("mlflow.store.artifact.artifact_repository_registry")
        call = getattr(registry.get_artifact_repository(uri), method)
        answer: Sequence[Any] | str | None = call(*arguments)
    except Exception as error:
        raise LedgerError(
            f"The artifacts at {uri} cannot be reached: {type(error).__name__}: "
            f"{shorten(str(error))}"
        ) from error
    return answer
