"""What the gate answers: trends, reports and their evidence.

``gate.jsonable`` gives their JSON form, with exactly these field names. Rates are ratios,
``_pp`` are percentage points, times are aware UTC; what is not known is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assay.core.statistics import Interval


class EvalStatus(StrEnum):
    """How far a run can be relied on: only a complete one is a baseline or justifies anything."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    ERROR = "error"


class Direction(StrEnum):
    """Where a line of runs is heading."""

    IMPROVING = "improving"
    DEGRADING = "degrading"
    STABLE = "stable"


class Verdict(StrEnum):
    """What a comparison says, by rule."""

    REGRESSION = "REGRESSION"
    WARNING = "WARNING"
    IMPROVED = "IMPROVED"
    PASS = "PASS"  # noqa: S105  # a verdict, no password


class Finding(StrEnum):
    """What the cases prove, beside the verdict."""

    WORSE = "worse"
    NOT_WORSE = "not worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run on a timeline.

    Attributes:
        prompt_versions: Version by prompt name; a text where what was logged is no number.
        threshold: The threshold stored on the run, or None.
        interval: Wilson interval of the pass rate over the cases with a verdict.
    """

    run_id: str
    timestamp: datetime
    experiment_name: str
    eval_type: str
    pass_rate: float | None
    average_score: float | None
    total_cases: int | None
    error_cases: int | None
    prompt_versions: Mapping[str, int | str]
    eval_status: EvalStatus
    threshold: float | None = None
    interval: Interval | None = None
    dataset_digest: str | None = None
    dataset_version: str | None = None
    scorers_digest: str | None = None
    repeats: int | None = None
    total_trials: int | None = None

    @property
    def can_be_baseline(self) -> bool:
        """Whether others may be measured by it."""
        return self.eval_status is EvalStatus.COMPLETE and self.pass_rate is not None

    @property
    def can_be_judged(self) -> bool:
        """Whether there is a pass rate to judge; a run that failed has none that counts."""
        return self.eval_status is not EvalStatus.ERROR and self.pass_rate is not None


@dataclass(frozen=True, slots=True)
class PromptChange:
    """A prompt that was another version than before; None: it was not active."""

    timestamp: datetime
    run_id: str
    prompt_name: str
    from_version: int | str | None
    to_version: int | str | None


@dataclass(frozen=True, slots=True)
class TrendEvent:
    """A promotion or rollback, drawn on the timeline.

    Attributes:
        run_id: The first run on the timeline at or after it; None if there is none yet.
    """

    timestamp: datetime
    action: str
    prompt_name: str
    alias: str
    from_version: int | None
    to_version: int
    actor: str
    reason: str
    forced: bool
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class TrendSummary:
    """The timeline of one eval type.

    Attributes:
        latest_pass_rate: Of the newest complete run; without one, of the newest that has a rate.
        sparkline: The points' pass rates, None where there is none, oldest first.
    """

    eval_type: str
    points: tuple[TrendPoint, ...]
    latest_pass_rate: float | None
    trend_direction: Direction
    prompt_changes: tuple[PromptChange, ...] = ()
    events: tuple[TrendEvent, ...] = ()
    slope_pp: float | None = None
    sparkline: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What one case came to in one run, over its repeats.

    Attributes:
        output: Of the first failed repeat, else of the first.
    """

    passed: int
    failed: int
    errors: int
    output: Any = None
    reason: str | None = None
    trace_id: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class FlippedCase:
    """A case whose verdict is another than in the baseline; ``change`` is worse or better."""

    case_id: str
    change: str
    input: Any
    expected: Any
    baseline: CaseOutcome
    current: CaseOutcome


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where every expected trial of a run went: expected = passed + failed + errors + missing."""

    expected: int
    passed: int
    failed: int
    errors: int
    missing: int

    @property
    def without_verdict_share(self) -> float:
        """Return the share of trials that ended without a verdict; 0 of nothing is 0."""
        return (self.errors + self.missing) / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class ScoreEvidence:
    """The difference of the average scores, current less baseline, over the same cases."""

    difference: float
    interval: Interval | None
    p_value: float
    test: str
    cases: int


@dataclass(frozen=True, slots=True)
class EvidenceDetails:
    """What a finding rests on.

    Attributes:
        reason: One sentence: why this finding.
        comparable: Whether both runs asked the same; ``differences`` say what is not the same.
        difference_interval: Of the pass rate's difference, current less baseline, ratio.
        p_value: Of "the current run is not worse", one-sided; ``adjusted_p_value`` after Holm.
        p_value_better: The same, of "not better".
        suites_in_family: Over how many p-values Holm corrected; 1 for a suite that does not gate.
        bounds_pp: Lowest and highest difference that the trials without verdict leave open.
        smallest_detectable_drop_pp: What these cases show in four of five attempts.
        repeats_needed: How many trials per case would show the difference seen; None: unknown.
        cases_needed: How many cases would decide.
    """

    reason: str
    comparable: bool = False
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cases_compared: int = 0
    cases_worse: int = 0
    cases_better: int = 0
    repeats: int | None = None
    baseline_interval: Interval | None = None
    current_interval: Interval | None = None
    baseline_cases: Accounting | None = None
    current_cases: Accounting | None = None
    test: str | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    p_value_better: float | None = None
    difference_interval: Interval | None = None
    lower_bound_pp: float | None = None
    bounds_pp: tuple[float, float] | None = None
    margin_pp: float | None = None
    alpha: float | None = None
    suites_in_family: int | None = None
    smallest_detectable_drop_pp: float | None = None
    repeats_needed: int | None = None
    cases_needed: int | None = None
    score: ScoreEvidence | None = None


@dataclass(frozen=True, slots=True)
class SincePromptChange:
    """The current run beside the newest complete one that had other prompt versions.

    Attributes:
        run_id: Of the run before the change; so are ``timestamp`` and ``pass_rate``.
        delta_pp: Current less that one.
        flipped_cases: What was, and what is, of every case whose verdict is another.
    """

    run_id: str
    timestamp: datetime
    pass_rate: float
    delta_pp: float
    changed_prompts: tuple[PromptChange, ...]
    flipped_cases: tuple[FlippedCase, ...]


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """One eval type's current run beside its baseline.

    Attributes:
        delta_pp: Current less baseline, rounded to 6 decimals before it is judged.
        verdict_without_evidence: What the verdict was before ``require_evidence`` softened it.
        notes: What a reader must know besides, one sentence each.
        baseline_age_seconds: How much older the baseline is than the current run.
        since_prompt_change: Where the baseline had the same prompts and the current run is below
            its threshold, or below what it was with the prompts before: what that change did.
    """

    eval_type: str
    baseline_run_id: str
    current_run_id: str
    baseline_pass_rate: float
    current_pass_rate: float
    baseline_timestamp: datetime
    current_timestamp: datetime
    delta_pp: float
    threshold: float
    verdict: Verdict
    changed_prompts: tuple[PromptChange, ...] = ()
    flipped_cases: tuple[FlippedCase, ...] = ()
    evidence: Finding = Finding.INCONCLUSIVE
    evidence_details: EvidenceDetails = field(default_factory=lambda: EvidenceDetails(reason=""))
    current_status: EvalStatus = EvalStatus.COMPLETE
    threshold_source: str = "run"
    baseline_pinned: bool = False
    baseline_age_seconds: float = 0.0
    gating: bool = True
    verdict_without_evidence: Verdict | None = None
    notes: tuple[str, ...] = ()
    since_prompt_change: SincePromptChange | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An eval type that could not be compared, and why."""

    eval_type: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All comparisons of one check.

    Attributes:
        has_regressions: Whether a gating eval type has the verdict REGRESSION.
        inconclusive: Whether a gating eval type that was compared lacks evidence, or the newest
            run of one, compared or skipped, could not be judged.
        counts: How many reports have each verdict.
    """

    reports: tuple[RegressionReport, ...]
    has_regressions: bool
    skipped: tuple[Skipped, ...] = ()
    inconclusive: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
