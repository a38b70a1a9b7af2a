"""What the engine is given and what it hands back, as values."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assay.core.datasets import Datapoint
from assay.core.results import ItemKey, ItemResult, ItemStatus


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One datapoint and repeat (from 0) of a run, to be worked on."""

    run_id: str
    datapoint: Datapoint
    repeat: int

    @property
    def key(self) -> ItemKey:
        """The key its result is stored under."""
        return ItemKey(self.datapoint.id, self.repeat)


Candidate = Callable[[WorkItem], Awaitable[ItemResult]]
"""Works on one item and returns it finished and scored; whatever it raises is recorded."""


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """How a run is carried out.

    Attributes:
        repeats: How often each datapoint is worked on, at least 1.
        concurrency: How many items are worked on at once, at least 1.
        timeout_seconds: For one item with all its retries, above 0; None for no limit.
        retries: How often an item that raised is tried again, at least 0. Model calls
            have retries of their own; this one is for plain functions.
        requests_per_minute: How many items may start per minute, above 0, or None.
        abandon_after: How many consecutive failures end the run, at least 1; None never.
    """

    repeats: int = 1
    concurrency: int = 16
    timeout_seconds: float | None = None
    retries: int = 0
    requests_per_minute: float | None = None
    abandon_after: int | None = 5

    def __post_init__(self) -> None:
        """Refuse settings under which nothing could run."""
        for name, least in (("repeats", 1), ("concurrency", 1), ("retries", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}.")
        for name in ("timeout_seconds", "requests_per_minute", "abandon_after"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}; it must be above 0, or None for no limit.")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by status, passed items and known cost of a set of results."""

    counts: Mapping[ItemStatus, int] = field(default_factory=dict)
    passed: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """How an execution ended.

    Attributes:
        counts: By status, resumed items included; ``SKIPPED`` is what never ended, so
            the counts add up to ``planned``.
        cost_usd: The known cost, resumed items included where they were given.
        unknown_costs: Items of this execution whose cost nobody knows.
        stop_reason: Why it ended before the plan was done, else None.
    """

    run_id: str
    planned: int
    counts: Mapping[ItemStatus, int]
    passed: int
    cost_usd: Decimal
    stop_reason: str | None
    elapsed_seconds: float
    unknown_costs: int = 0
