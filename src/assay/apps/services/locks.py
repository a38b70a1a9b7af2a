"""Who works on an evaluation: an advisory file lock, which the kernel drops with its owner."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.core.errors import ConflictError
from assay.kit.clock import SYSTEM_CLOCK, Clock, sleep_blocking


_PAUSE_SECONDS = 0.05


class EvaluationLocks:
    """One lock per evaluation in a folder that all processes of an installation share."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Callable[[float], None] = sleep_blocking,
    ) -> None:
        """Take the folder; it is made when the first lock is taken."""
        self._folder = folder
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def hold(self, evaluation_id: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold the lock of an evaluation; it does not outlive the process.

        Args:
            evaluation_id: Which evaluation.
            wait_seconds: How long to wait for somebody who is about to let go.

        Raises:
            ConflictError: If somebody else holds it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{evaluation_id}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = self._clock.monotonic() + wait_seconds
            while not _take(descriptor):
                if self._clock.monotonic() >= deadline:
                    raise ConflictError(
                        f"The evaluation {evaluation_id} is being worked on; cancel it first."
                    )
                self._sleep(_PAUSE_SECONDS)
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


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
