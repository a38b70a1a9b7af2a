"""Recordings: files of recorded answers, stored once per content under their digest.

The file's place follows from its content alone; nothing a user types becomes part of a
path. Beside each ``DIGEST.jsonl`` lies ``DIGEST.json`` with its name and models, written
last: a recording without it does not exist.
"""

import builtins
import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from assay.apps.services.uploads import plain_name, spooled
from assay.core.errors import InvalidAnswersError, NotFoundError, StorageError
from assay.core.wire.rest import RecordedModelView, RecordingView
from assay.kit.atomic_files import write_atomic
from assay.kit.clock import SYSTEM_CLOCK, Clock


_DIGEST = re.compile(r"[0-9a-f]{64}")


class RecordingService:
    """Checks, stores and finds recordings in one folder."""

    def __init__(self, folder: Path, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Take the folder; it is made when something is stored."""
        self._folder = folder
        self._clock = clock

    def add(self, stream: BinaryIO, *, name: str) -> RecordingView:
        """Check and store a file of recorded answers; one stored before is returned.

        Raises:
            InvalidAnswersError: As ``file:line: key: what is wrong``; nothing is stored.
            OSError: If the disk refuses; nothing is stored.
        """
        from assay.llm.recorded import load_answers

        shown = plain_name(name, default="answers.jsonl")
        with spooled(stream, filename="answers.jsonl", folder=self._folder) as path:
            try:
                models = load_answers(path).models
            except InvalidAnswersError as error:
                raise InvalidAnswersError(str(error).replace(str(path), shown)) from None
            digest = _digest_of(path)
            if not self._card(digest).is_file():
                self._store(path, digest=digest, shown=shown, models=dict(models))
        return self.get(digest)

    def get(self, recording_id: str) -> RecordingView:
        """Return a recording.

        Raises:
            NotFoundError: If there is none with this id.
        """
        if not _DIGEST.fullmatch(recording_id) or not self._card(recording_id).is_file():
            raise NotFoundError(
                f"There is no recording {recording_id[:80]!r}; there are {len(self.list())}."
            )
        return self._read(self._card(recording_id))

    def list(self, *, search: str | None = None) -> builtins.list[RecordingView]:
        """Return all recordings whose name, id or models hold ``search``, newest first."""
        cards = self._folder.glob("*.json") if self._folder.is_dir() else ()
        found = [self._read(card) for card in cards if _DIGEST.fullmatch(card.stem)]
        wanted = [view for view in found if search is None or search.lower() in _haystack(view)]
        return sorted(wanted, key=lambda view: (view.created_at, view.id), reverse=True)

    def resolve(self, source: str) -> Path:
        """Return the file that ``recorded:SOURCE#NAME`` means: a recording's, else a path."""
        if _DIGEST.fullmatch(source):
            path = self._folder / f"{source}.jsonl"
            if path.is_file():
                return path
        return Path(source)

    def _card(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"

    def _read(self, card: Path) -> RecordingView:
        try:
            return RecordingView.model_validate_json(card.read_bytes())
        except (OSError, ValidationError) as error:
            raise StorageError(
                f"The recording's description {card} cannot be read; upload the file again."
            ) from error

    def _store(self, path: Path, *, digest: str, shown: str, models: dict[str, int]) -> None:
        size = path.stat().st_size
        target = self._folder / f"{digest}.jsonl"
        path.replace(target)
        view = RecordingView(
            id=digest,
            name=shown,
            digest=digest,
            size=size,
            created_at=self._clock.now(),
            models=[
                RecordedModelView(name=model, answers=count) for model, count in models.items()
            ],
        )
        write_atomic(self._card(digest), view.model_dump_json().encode())


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _haystack(view: RecordingView) -> str:
    return "\n".join((view.id, view.name, *(model.name for model in view.models))).lower()
