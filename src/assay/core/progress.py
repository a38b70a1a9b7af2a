"""Progress events: an append-only record of what a run has done so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class ProgressKind(StrEnum):
    """What an event tells."""

    STARTED = "started"
    ADVANCED = "advanced"
    ABANDONED = "abandoned"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one run of a candidate is.

    ``counts`` maps an ``ItemStatus`` value to how many items ended so, resumed ones
    included; ``planned`` is their final sum. ``cost_usd`` is the known cost so far.
    ``remaining_seconds`` is an estimate, None until there is one.
    """

    kind: ProgressKind
    run_id: str
    candidate: str
    planned: int
    counts: Mapping[str, int]
    passed: int
    cost_usd: Decimal
    elapsed_seconds: float
    remaining_seconds: float | None = None
    message: str | None = None

    @property
    def ended(self) -> int:
        """How many items have ended."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of a topic (an evaluation or a run); ``sequence`` grows from 1 per topic."""

    topic: str
    sequence: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
