"""What running a suite takes and gives: the runner's contract, progress and results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from assay.core.eval_runs import CaseRecord
from assay.core.prompts import PromptVersion
from assay.gate.config import EvalTypeConfig
from assay.gate.results import EvalStatus


@dataclass(frozen=True, slots=True)
class EvalFacts:
    """What a runner knows of an eval type before the first case runs.

    Attributes:
        candidate: What is judged, as people call it.
        total_cases: How many cases the dataset has.
    """

    dataset_version: str | None = None
    dataset_digest: str | None = None
    dataset_name: str | None = None
    scorers_digest: str | None = None
    candidate_digest: str | None = None
    candidate: str | None = None
    total_cases: int | None = None


@dataclass(frozen=True, slots=True)
class EvalOutcome:
    """What a runner gives back.

    Attributes:
        cases: One record per case and repeat.
        metrics: Figures of its own; those of the gate are computed from the cases.
    """

    cases: Sequence[CaseRecord]
    metrics: Mapping[str, float] = field(default_factory=dict)


class EvalRunner(Protocol):
    """Executes one eval type; handed in by ``apps``."""

    def __call__(
        self,
        eval_type: EvalTypeConfig,
        *,
        prompts: Mapping[str, PromptVersion],
        on_start: Callable[[EvalFacts], str],
        on_case: Callable[[CaseRecord], None],
        cancelled: Callable[[], bool],
    ) -> EvalOutcome:
        """Run all cases and return them.

        Args:
            eval_type: What to run.
            prompts: The active prompt versions by name.
            on_start: To be called once, before the first case; starts the run in the ledger
                and returns its id.
            on_case: To be called with every record as it comes, from any thread.
            cancelled: Whether to stop; what was done until then is returned.

        Raises:
            AssayError: The eval type cannot be run.
        """
        ...


class Outcome(StrEnum):
    """What became of one eval type."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    FAIL = "FAIL"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class EvalResult:
    """One eval type's run.

    Attributes:
        outcome: ERROR where the run failed, was cancelled, or left more cases without a
            verdict than is tolerated though the others reach the threshold.
        message: Why; empty for a plain PASS or FAIL.
    """

    eval_type: str
    outcome: Outcome
    threshold: float
    run_id: str | None = None
    pass_rate: float | None = None
    average_score: float | None = None
    total_cases: int | None = None
    error_cases: int | None = None
    eval_status: EvalStatus = EvalStatus.ERROR
    message: str = ""
    duration_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """All results of one suite, in the order they were asked for."""

    results: tuple[EvalResult, ...]
    suite: str | None = None
    cancelled: bool = False
    duration_seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every eval type passed, and there was one."""
        return bool(self.results) and all(result.outcome is Outcome.PASS for result in self.results)


class Stage(StrEnum):
    """What a progress report is about."""

    STARTED = "started"
    CASE = "case"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class SuiteProgress:
    """Something happened.

    Attributes:
        number: How many eval types are finished, of ``total``.
        cases_done: How many records this eval type has, of ``cases_total`` where that is known.
    """

    stage: Stage
    eval_type: str
    number: int
    total: int
    run_id: str | None = None
    cases_done: int = 0
    cases_total: int | None = None
    case: CaseRecord | None = None
    result: EvalResult | None = None


OnProgress = Callable[[SuiteProgress], None]
