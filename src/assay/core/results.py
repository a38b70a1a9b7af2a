"""Results: what became of one datapoint and repeat of a run."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from assay.core.costs import NO_COST, NO_USAGE, Cost, Usage
from assay.core.scores import Score


class ItemKey(NamedTuple):
    """Names one item of a run: a datapoint and a repeat, counted from 0."""

    datapoint_id: str
    repeat: int


class ItemStatus(StrEnum):
    """What became of a planned item; every item has exactly one.

    The ledger is ``planned = scored + failed + truncated + refused + unparseable +
    judge_error + skipped``. Skipped items have no row: they are what was planned and
    never ended.
    """

    SCORED = "scored"
    FAILED = "failed"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    UNPARSEABLE = "unparseable"
    JUDGE_ERROR = "judge_error"
    SKIPPED = "skipped"

    @property
    def answered(self) -> bool:
        """Whether the candidate gave its answer, so that the item counts in its pass rate.

        A truncated, refused or unparseable answer is the candidate's own doing and
        did not pass; a failed call, a judge's error or a skipped item says nothing
        about the candidate and stays out of the denominator.
        """
        return self in _ANSWERED


_ANSWERED = frozenset(
    {ItemStatus.SCORED, ItemStatus.TRUNCATED, ItemStatus.REFUSED, ItemStatus.UNPARSEABLE}
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one call: how long it took and, if it failed, why."""

    number: int
    seconds: float
    error: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One finished item of a run: a row that is stored the moment it ends.

    Attributes:
        output: Any JSON value; None if there is none.
        passed: The headline verdict, None where nothing decides.
        error: Class and message of what went wrong, redacted, else None.
        latency_seconds: Duration of the successful attempt; None for a cache hit.
        finish_reason: As the provider gave it, such as ``stop`` or ``length``.
        started_at: Aware UTC.
        position: Where its datapoint stands in a dataset that is not stored, from 0; it is told
            to the store, which gives items back in that order, without it.
    """

    key: ItemKey
    status: ItemStatus
    output: Any = None
    passed: bool | None = None
    error: str | None = None
    scores: tuple[Score, ...] = ()
    usage: Usage = NO_USAGE
    cost: Cost = NO_COST
    latency_seconds: float | None = None
    finish_reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    cached: bool = False
    session_id: str | None = None
    started_at: datetime | None = None
    duration_seconds: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    position: int | None = field(default=None, compare=False)
