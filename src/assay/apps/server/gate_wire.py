"""What ``/api/gate`` takes and answers, as far as the gate's own data types do not say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assay.core.eval_runs import CaseRecord
from assay.gate.audit_entries import AuditRecord, AuditState
from assay.gate.baselines import PinnedBaseline
from assay.gate.promotion import PromotionResult
from assay.gate.results import TrendPoint, TrendSummary


# --- answers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GateSetup:
    """How the gate of this server is set up.

    Attributes:
        tracking_uri: Where the ledger is, without credentials.
        source: The config file.
        runnable: The eval types that declare dataset, candidate and scorers.
        thresholds: Configured pass rate by declared eval type.
    """

    base_experiment: str
    tracking_uri: str
    source: str | None
    prompt_alias: str
    suites: Mapping[str, tuple[str, ...]]
    eval_types: tuple[str, ...]
    runnable: tuple[str, ...]
    default_threshold: float
    thresholds: Mapping[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """The timelines of all eval types, as ``assay trend --format json``."""

    summaries: tuple[TrendSummary, ...]


@dataclass(frozen=True, slots=True)
class GateRun:
    """One eval run as the ledger has it.

    Attributes:
        point: The run on its timeline; None while it is running.
        page: Its address on the MLflow server, if there is one.
    """

    run_id: str
    name: str
    experiment_id: str
    experiment_name: str
    eval_type: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    metrics: Mapping[str, float | None]
    params: Mapping[str, str]
    tags: Mapping[str, str]
    threshold: float
    point: TrendPoint | None
    page: str | None


@dataclass(frozen=True, slots=True)
class RunCases:
    """A run's per-case table; ``cases`` is None where the run logged none."""

    run_id: str
    cases: tuple[CaseRecord, ...] | None


@dataclass(frozen=True, slots=True)
class Baselines:
    """The pinned baselines."""

    baselines: tuple[PinnedBaseline, ...]


@dataclass(frozen=True, slots=True)
class ListedPrompt:
    """A prompt of the registry."""

    name: str
    description: str
    aliases: Mapping[str, int]
    latest_version: int | None


@dataclass(frozen=True, slots=True)
class ListedPrompts:
    """All prompts of the registry, by name."""

    prompts: tuple[ListedPrompt, ...]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat prompt."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class CoreSuiteMark:
    """What became of the core suite of a version."""

    state: str
    started_at: str | None
    by: str | None
    run_ids: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version of a prompt.

    Attributes:
        text: The template as text; the messages of a chat one below the other.
        messages: The messages of a chat; None for a text.
    """

    version: int
    text: str
    messages: tuple[ChatMessage, ...] | None
    created_at: datetime | None
    message: str
    aliases: tuple[str, ...]
    core_suite: CoreSuiteMark | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action on an alias, as the audit ledger has it."""

    action: str
    prompt_name: str
    from_version: int | None
    to_version: int
    alias: str
    timestamp: datetime
    actor: str
    reason: str
    justifying_run_ids: tuple[str, ...]
    forced: bool
    state: AuditState
    note: str
    number: int


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """A prompt with all its versions, newest first, and its audit, newest first."""

    name: str
    description: str
    aliases: Mapping[str, int]
    versions: tuple[ShownVersion, ...]
    history: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """Two versions of a prompt and their difference as a unified diff."""

    prompt_name: str
    from_version: int
    to_version: int
    from_text: str
    to_text: str
    diff: str


@dataclass(frozen=True, slots=True)
class PromotionAnswer(PromotionResult):
    """What the gate said and whether the alias was moved, as ``assay promote --format json``."""

    executed: bool = False
    already: bool = False
    audit: AuditEntry | None = None


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version that was stored, and the run of the core suite that it started."""

    prompt_name: str
    version: int
    suite_run_id: str | None


def audit_entry(record: AuditRecord) -> AuditEntry:
    """Return an action without what only the ledger needs."""
    return AuditEntry(
        action=record.action,
        prompt_name=record.prompt_name,
        from_version=record.from_version,
        to_version=record.to_version,
        alias=record.alias,
        timestamp=record.timestamp,
        actor=record.actor,
        reason=record.reason,
        justifying_run_ids=record.justifying_run_ids,
        forced=record.forced,
        state=record.state,
        note=record.note,
        number=record.number,
    )


# --- requests -----------------------------------------------------------------------------------


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


_NAME = Field(min_length=1, max_length=200)
_ACTOR = Field(default=None, max_length=200, description="Who asks, beside the key's own name.")


class PinBody(_Body):
    """A run to be the baseline of its eval type."""

    run_id: str = _NAME
    reason: str = Field(min_length=1, max_length=2000)
    actor: str | None = _ACTOR


class PromoteBody(_Body):
    """Which version goes where; without a version, the one ``from_alias`` points at."""

    version: int | None = Field(default=None, ge=1, le=2**31 - 1)
    from_alias: str = Field(default="experiment", min_length=1, max_length=200)
    to_alias: str = Field(default="production", min_length=1, max_length=200)
    force: bool = Field(default=False, description="Move the alias whatever the gate says.")
    reason: str = Field(default="", max_length=2000)
    actor: str | None = _ACTOR


class RollbackBody(_Body):
    """Which alias goes back, and why."""

    alias: str = Field(default="production", min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)
    actor: str | None = _ACTOR


class MessageBody(_Body):
    """One message of a chat prompt."""

    role: str = Field(min_length=1, max_length=50)
    content: str = Field(max_length=200_000)


class VersionBody(_Body):
    """A new version: a text, or the messages of a chat."""

    template: str | list[MessageBody] = Field(min_length=1, max_length=200_000)
    message: str = Field(default="", max_length=2000)


class SuiteRunBody(_Body):
    """With which prompt versions a suite runs; others as ``prompt_alias`` says."""

    prompts: dict[str, int] = Field(default_factory=dict, max_length=100)


JsonObject = dict[str, Any]
