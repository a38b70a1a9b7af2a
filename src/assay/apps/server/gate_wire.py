"""What ``/api/gate`` takes and answers, as far as the gate's own data types do not say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from assay.apps.services.core_suite import SuiteMark
from assay.apps.services.gate_prompts import PromptDiff
from assay.apps.services.suite_runs import SuiteRun
from assay.core.eval_runs import CaseRecord
from assay.gate.audit_entries import AuditRecord
from assay.gate.baselines import PinnedBaseline
from assay.gate.promotion import PromotionResult
from assay.gate.results import Skipped, TrendPoint, TrendSummary
from assay.gate.rollback import FoundIn


# --- answers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GateSetup:
    """How the gate of this server is set up.

    Attributes:
        tracking_uri: Where the ledger is, without credentials.
        source: The config file.
        runnable: The eval types that declare dataset, candidate and scorers, or a task.
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
    core_suite: SuiteMark | None


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """A prompt with all its versions and its audit, both oldest first."""

    prompt_name: str
    description: str
    aliases: Mapping[str, int]
    versions: tuple[ShownVersion, ...]
    audit: tuple[AuditRecord, ...]


@dataclass(frozen=True, slots=True)
class ShownDiff(PromptDiff):
    """Two versions as ``assay prompts diff --format json`` compares them, with both texts."""

    from_text: str = ""
    to_text: str = ""


@dataclass(frozen=True, slots=True)
class Previous:
    """Where a rollback would take an alias.

    Attributes:
        version: None where there is nothing to go back to.
        found_in: Where that is known from.
        cache_seconds: How long other processes may serve the version that is left.
    """

    prompt_name: str
    alias: str
    current_version: int | None
    version: int | None
    found_in: FoundIn | None
    cache_seconds: int


@dataclass(frozen=True, slots=True)
class PromotionAnswer(PromotionResult):
    """What the gate said and whether the alias was moved, as ``assay promote --format json``."""

    executed: bool = False
    already: bool = False
    audit: AuditRecord | None = None


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version that was stored.

    Attributes:
        alias: What points at it from now on.
        skipped: Eval types of the core suite that cannot be run with it yet.
        suite_run_id: The run of the core suite that it started.
    """

    prompt_name: str
    version: int
    alias: str | None
    skipped: tuple[Skipped, ...]
    suite_run_id: str | None


@dataclass(frozen=True, slots=True)
class ShownSuiteRuns:
    """The suite runs of this server since it started, newest first."""

    runs: tuple[SuiteRun, ...]


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
    alias: str | None = Field(
        default=None,
        max_length=200,
        description="What shall point at it; without, [gate] prompt_alias; empty for nothing.",
    )
    run_evals: bool = Field(default=True, description="Run the core suite with it at once.")
    actor: str | None = _ACTOR


class SuiteRunBody(_Body):
    """With which prompt versions to run; others as ``prompt_alias`` says."""

    prompts: dict[str, int] = Field(default_factory=dict, max_length=100)
    actor: str | None = _ACTOR
