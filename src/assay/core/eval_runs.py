"""Eval runs: one execution of one eval type, as an experiment ledger keeps it.

The ledger (MLflow) is the only place these live. A metric that was not logged is absent,
never 0. Times are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class LoggedStatus(StrEnum):
    """How an execution stands in the ledger; the words are MLflow's."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, slots=True)
class EvalExperiment:
    """The line of runs of one eval type. ``tags`` hold, among others, the pinned baseline."""

    id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """One run as any client may have logged it.

    Attributes:
        metrics: The last value of each metric, finite or not, as logged.
        dataset_digests: Digests of the run's dataset inputs, in the order logged.
    """

    run_id: str
    experiment_id: str
    experiment_name: str
    status: LoggedStatus
    started_at: datetime
    ended_at: datetime | None = None
    name: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset_digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """What became of one case in one repeat.

    Attributes:
        repeat: Counted from 0.
        passed: The verdict; None when there is none (an error, or nothing was asked).
        error: Why there is no verdict: the candidate, a judge or a limit failed. Never a fail.
        scores: Each scorer's value by name; a scorer that failed is absent.
        latency_seconds: The candidate's own time.
    """

    case_id: str
    repeat: int = 0
    input: Any = None
    output: Any = None
    expected: Any = None
    score: float | None = None
    passed: bool | None = None
    error: str | None = None
    reason: str | None = None
    trace_id: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    latency_seconds: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known when an eval run begins; the ledger makes the experiment if it is new."""

    experiment_name: str
    name: str
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset_name: str | None = None
    dataset_digest: str | None = None
    linked_prompts: tuple[tuple[str, int], ...] = ()
