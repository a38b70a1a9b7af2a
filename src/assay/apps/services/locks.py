"""Who works on an evaluation: an advisory file lock, which the kernel drops with its owner."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.core.errors import ConflictError


class EvaluationLocks:
    """One lock per evaluation in a folder that all processes of an installation share."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first lock is taken."""
        self._folder = folder

    @contextmanager
    def hold(self, evaluation_id: str) -> Iterator[None]:
        """Hold the lock of an evaluation; it does not outlive the process.

        Raises:
            ConflictError: If somebody else holds it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{evaluation_id}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConflictError(
                    f"The evaluation {evaluation_id} is being worked on; cancel it first."
                ) from error
            yield
        finally:
            os.close(descriptor)

    def is_held(self, evaluation_id: str) -> bool:
        """Return whether somebody works on the evaluation right now."""
        try:
            with self.hold(evaluation_id):
                return False
        except ConflictError:
            return True
