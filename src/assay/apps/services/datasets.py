"""Datasets: read from files, stored as versions."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from assay.apps.services.uploads import plain_name, spooled
from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.errors import InvalidDatasetError
from assay.core.ports import DatasetStore
from assay.core.runs import DEFAULT_PROJECT
from assay.execution.dataset_files import read_dataset


class DatasetService:
    """Reads and stores datasets."""

    def __init__(self, store: DatasetStore, *, scratch: Path) -> None:
        """Take the store and a folder for uploads in transit."""
        self._store = store
        self._scratch = scratch

    def add_file(
        self, path: Path, *, name: str | None = None, project: str = DEFAULT_PROJECT
    ) -> DatasetVersion:
        """Store a file's datapoints, named after the file by default.

        Raises:
            InvalidDatasetError: As ``file:line: key: what is wrong``; nothing is stored.
        """
        return self._store.add_dataset(name or path.stem, read_dataset(path), project=project)

    def add_upload(
        self,
        stream: BinaryIO,
        *,
        filename: str,
        name: str | None = None,
        project: str = DEFAULT_PROJECT,
    ) -> DatasetVersion:
        """Store an upload's datapoints; messages name the file as the user calls it.

        Raises:
            InvalidDatasetError: As ``file:line: key: what is wrong``; nothing is stored.
        """
        shown = plain_name(filename, default="dataset.jsonl")
        with spooled(stream, filename=shown, folder=self._scratch) as path:
            return self._store.add_dataset(
                name or Path(shown).stem, _named(path, shown), project=project
            )


def _named(path: Path, shown: str) -> Iterator[Datapoint]:
    try:
        yield from read_dataset(path)
    except InvalidDatasetError as error:
        raise InvalidDatasetError(str(error).replace(str(path), shown)) from None
