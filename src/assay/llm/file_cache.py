"""Replies kept as files, one for each request, for processes without a database."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from assay.core.errors import StorageError
from assay.kit.atomic_files import write_atomic


class FileResponseCache:
    """A ``ResponseCache`` in a folder, which is made when the first reply is kept.

    Processes may share it: a file is written whole or not at all. One that cannot be read
    is no reply.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_response(self, key: str) -> Mapping[str, Any] | None:
        """Return the stored reply, or None."""
        try:
            found = orjson.loads(self._path(key).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None
        return found if isinstance(found, dict) else None

    def get_responses(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the stored replies by key; absent keys are left out."""
        found = ((key, self.get_response(key)) for key in keys)
        return {key: reply for key, reply in found if reply is not None}

    def put_response(self, key: str, reply: Mapping[str, Any]) -> None:
        """Store a reply; a stored one is replaced.

        Raises:
            StorageError: If it cannot be written.
        """
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, orjson.dumps(dict(reply)))
        except OSError as error:
            raise StorageError(f"The reply cannot be kept in {path}: {error.strerror}.") from error

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.json"
