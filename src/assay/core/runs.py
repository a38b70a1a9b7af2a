"""Runs and evaluations: one candidate over one dataset version; many candidates on one task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


DEFAULT_PROJECT = "default"


class RunStatus(StrEnum):
    """Where a run or an evaluation stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless it is resumed."""
        return self in _ENDED


_ENDED = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


class RunKind(StrEnum):
    """Which capability made the run."""

    EXPERIMENT = "experiment"
    BENCH = "bench"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one candidate over one dataset version.

    Attributes:
        planned: Datapoints × repeats, or None while unknown.
        dataset_id: A managed dataset version's id, or None for an external one.
        evaluation_id: The evaluation it is part of, or None.
        stop_reason: Why it ended early (abandoned, budget, cancelled), else None.
    """

    id: str
    project: str
    name: str
    kind: RunKind
    status: RunStatus
    created_at: datetime
    updated_at: datetime
    candidate: str = ""
    description: str | None = None
    dataset_id: str | None = None
    evaluation_id: str | None = None
    repeats: int = 1
    planned: int | None = None
    stop_reason: str | None = None
    finished_at: datetime | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """One stored version of a task; ``definition`` is its validated JSON form."""

    id: str
    project: str
    name: str
    version: int
    digest: str
    definition: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Many models on one task and one dataset version; each model is a run of its own.

    Attributes:
        models: Specifications as the user gave them, in order.
        run_ids: One run per model, in the same order.
        settings: Repeats, concurrency, budget and the like, as JSON.
    """

    id: str
    project: str
    name: str
    status: RunStatus
    task_id: str
    dataset_id: str
    models: tuple[str, ...]
    run_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    error: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
