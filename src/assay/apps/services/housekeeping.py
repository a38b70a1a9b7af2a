"""What is kept beside the records of the workbench, and until when.

Answers to requests with an idempotency key are for those who send a request again soon.
Headlines of runs are kept as long as their runs.
"""

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from assay.core.ports import ResponseHousekeeping
from assay.kit.clock import Clock
from assay.kit.log import get_logger


ANSWERS_LAST: Final = timedelta(days=7)
EVERY_SECONDS: Final = 3600.0
_IDEMPOTENCY: Final = "idempotency:"
_AT_ONCE: Final = 1000
_ROUNDS: Final = 50


def idempotency_place(name: str) -> str:
    """Return where the answer to a request with an idempotency key is kept."""
    return f"{_IDEMPOTENCY}{name}"


def headline_place(run_id: str, function: str) -> str:
    """Return where a run's headline is kept, one for each function that aggregates."""
    return f"{_headlines(run_id)}{function}"


def forget_headlines(store: ResponseHousekeeping, run_ids: Iterable[str]) -> None:
    """Forget the headlines of runs that are gone."""
    for run_id in run_ids:
        store.forget_responses(_headlines(run_id))


def _headlines(run_id: str) -> str:
    return f"headline:{run_id}:"


class Housekeeping:
    """Forgets what has been kept long enough, an hour apart and a bounded part at a time."""

    def __init__(self, store: ResponseHousekeeping, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._due = clock.monotonic()
        self._guard = threading.Lock()
        self._log = get_logger("housekeeping")

    def tidy(self) -> int:
        """Do what is due; returns how many answers were forgotten."""
        with self._guard:
            if self._clock.monotonic() < self._due:
                return 0
            self._due = self._clock.monotonic() + EVERY_SECONDS
        removed, before = 0, self._clock.now() - ANSWERS_LAST
        for _ in range(_ROUNDS):
            gone = self._store.forget_responses(_IDEMPOTENCY, before=before, limit=_AT_ONCE)
            removed += gone
            if gone < _AT_ONCE:
                break
        if removed:
            self._log.info("answers_forgotten", count=removed)
        return removed
