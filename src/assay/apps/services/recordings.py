"""Recordings: files of recorded answers, stored once per project and content under their digest.

The file's place follows from its content alone; nothing a user types becomes part of a
path. Each project but the default one has a folder of its own in it. Beside each ``DIGEST.jsonl`` lies ``DIGEST.json`` with its name and models, written
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
from assay.core.runs import DEFAULT_PROJECT
from assay.core.wire.rest import RecordedModelView, RecordingView
from assay.kit.atomic_files import write_atomic
from assay.kit.clock import SYSTEM_CLOCK, Clock


_DIGEST = re.compile(r"[0-9a-f]{64}")
_HOME = "project-{}"


class RecordingService:
    """Checks, stores and finds recordings in one folder."""

    def __init__(self, folder: Path, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Take the folder; it is made when something is stored."""
        self._folder = folder
        self._clock = clock

    def add(self, stream: BinaryIO, *, name: str, project: str = DEFAULT_PROJECT) -> RecordingView:
        """Check and store a file of recorded answers; one stored before is returned.

        Raises:
            InvalidAnswersError: As ``file:line: key: what is wrong``; nothing is stored.
            OSError: If the disk refuses; nothing is stored.
        """
        from assay.llm.recorded import load_answers

        shown = plain_name(name, default="answers.jsonl")
        home = self._home(project)
        with spooled(stream, filename="answers.jsonl", folder=home) as path:
            try:
                models = load_answers(path).models
            except InvalidAnswersError as error:
                raise InvalidAnswersError(str(error).replace(str(path), shown)) from None
            digest = _digest_of(path)
            if not self.has(digest, project=project):
                self._store(path, home=home, digest=digest, shown=shown, models=dict(models))
        return self.get(digest, project=project)

    def has(self, recording_id: str, *, project: str = DEFAULT_PROJECT) -> bool:
        """Return whether a project has a recording."""
        known = _DIGEST.fullmatch(recording_id) is not None
        return known and _card(self._home(project), recording_id).is_file()

    def get(self, recording_id: str, *, project: str = DEFAULT_PROJECT) -> RecordingView:
        """Return a recording.

        Raises:
            NotFoundError: If there is none with this id.
        """
        if not self.has(recording_id, project=project):
            raise NotFoundError.of_id("recording", recording_id)
        return self._read(_card(self._home(project), recording_id))

    def list(
        self, *, search: str | None = None, project: str = DEFAULT_PROJECT
    ) -> builtins.list[RecordingView]:
        """Return all recordings whose name, id or models hold ``search``, newest first."""
        home = self._home(project)
        cards = home.glob("*.json") if home.is_dir() else ()
        found = [self._read(card) for card in cards if _DIGEST.fullmatch(card.stem)]
        wanted = [view for view in found if search is None or search.lower() in _haystack(view)]
        return sorted(wanted, key=lambda view: (view.created_at, view.id), reverse=True)

    def resolve(self, source: str) -> Path:
        """Return the file that ``recorded:SOURCE#NAME`` means: a recording's, else a path.

        Whoever names a recording has been asked whether the project has it; equal content is
        the same answers, whichever project's file is read.
        """
        if _DIGEST.fullmatch(source):
            for home in (self._folder, *self._folder.glob(_HOME.format("*"))):
                path = home / f"{source}.jsonl"
                if path.is_file():
                    return path
        return Path(source)

    def _home(self, project: str) -> Path:
        """Return the folder of a project; nothing of its name is in the path."""
        if project == DEFAULT_PROJECT:
            return self._folder
        return self._folder / _HOME.format(hashlib.sha256(project.encode()).hexdigest()[:32])

    def _read(self, card: Path) -> RecordingView:
        try:
            return RecordingView.model_validate_json(card.read_bytes())
        except (OSError, ValidationError) as error:
            raise StorageError(
                f"The recording's description {card} cannot be read; upload the file again."
            ) from error

    def _store(
        self, path: Path, *, home: Path, digest: str, shown: str, models: dict[str, int]
    ) -> None:
        size = path.stat().st_size
        target = home / f"{digest}.jsonl"
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
        write_atomic(_card(home, digest), view.model_dump_json().encode())


def _card(home: Path, digest: str) -> Path:
    return home / f"{digest}.json"


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _haystack(view: RecordingView) -> str:
    return "\n".join((view.id, view.name, *(model.name for model in view.models))).lower()
