"""Runs one eval type by the engine: dataset, candidate, scorers, and every case accounted for.

What it is handed to (``gate.run_eval_suite``) logs; this module writes nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.services.case_traces import CaseTraces, LogTraces
from assay.apps.services.eval_candidates import PlannedCandidate, Workshop, plan_candidate
from assay.apps.services.eval_cases import Verdicts, without_result
from assay.apps.services.eval_scorers import load_scorers, scorers_digest
from assay.apps.services.golden_datasets import GoldenDataset, load_golden
from assay.apps.services.project_code import project_imports
from assay.core.errors import InvalidSettingsError
from assay.core.eval_runs import CaseRecord
from assay.core.prompts import PromptVersion
from assay.core.results import ItemKey, ItemResult
from assay.execution import Cancellation, ExecutionSettings, execute, run_blocking
from assay.experiments.evaluators import Evaluator
from assay.experiments.sessions import RunSessions
from assay.gate.config import EvalTypeConfig, TaskCandidate
from assay.gate.suite_results import EvalFacts, EvalOutcome
from assay.kit.canonical_json import digest
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.kit.threads import DaemonThreads


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway

OnStart = Callable[[EvalFacts], str]
OnCase = Callable[[CaseRecord], None]
Cancelled = Callable[[], bool]

LISTEN_SECONDS = 0.2
"""How often is looked whether the run should end."""


@dataclass(frozen=True, slots=True)
class EngineRunner:
    """Runs eval types; safe to call from many threads, each with an event loop of its own.

    Attributes:
        folder: The project's, where its modules and the files of its models are found.
        gateways: Makes what opens models; one for each run of an eval type.
        log_traces: Keeps spans with a run; None to keep none.
    """

    folder: Path
    gateways: "Callable[[], Gateway]"
    log_traces: LogTraces | None = None
    clock: Clock = SYSTEM_CLOCK
    sleep: AsyncSleep = sleep

    def __call__(
        self,
        eval_type: EvalTypeConfig,
        *,
        prompts: Mapping[str, PromptVersion],
        on_start: OnStart,
        on_case: OnCase,
        cancelled: Cancelled,
    ) -> EvalOutcome:
        """Run every case of an eval type and return what became of each.

        A candidate that raises and a scorer that fails are errors of their cases; the run
        goes on.

        Raises:
            AssayError: If the eval type cannot be run at all: dataset, candidate, scorers.
        """
        with project_imports(self.folder):
            plan = plan_run(eval_type, prompts)
            run_id = on_start(plan.facts)
            traces = CaseTraces(self.log_traces, run_id)
            return run_blocking(
                self._run(plan, traces=traces, on_case=on_case, cancelled=cancelled)
            )

    async def _run(
        self, plan: "RunPlan", *, traces: CaseTraces, on_case: OnCase, cancelled: Cancelled
    ) -> EvalOutcome:
        kind, datapoints = plan.kind, plan.dataset.datapoints
        cancellation = Cancellation()
        async with (
            self._open(plan, traces) as (candidate, finish),
            _listening(cancelled, cancellation, sleep=self.sleep),
        ):
            sink = _CaseSink(plan, on_case=on_case, finish=finish)
            summary = await execute(
                candidate,
                datapoints,
                run_id=kind.name,
                candidate_name=plan.candidate.name,
                planned=len(datapoints) * kind.repeats,
                sink=sink,
                settings=_settings(plan),
                cancellation=cancellation,
                clock=self.clock,
                sleep=self.sleep,
            )
        why = summary.stop_reason or "the run ended early"
        lost = without_result(datapoints, sink.cases, repeats=kind.repeats, why=why)
        for case in lost:
            on_case(case)
            sink.cases[ItemKey(case.case_id, case.repeat)] = case
        return EvalOutcome(
            [traces.with_trace(case) for case in plan.ordered(sink.cases)], traces.losses()
        )

    @asynccontextmanager
    async def _open(self, plan: "RunPlan", traces: CaseTraces) -> AsyncIterator[Any]:
        """Open the candidate with its sessions; yields it and what ends sessions."""
        threads = DaemonThreads(f"assay-{plan.kind.name}")
        try:
            async with traces.open() as tracers:
                sessions = RunSessions(tracers, plan.kind.name, dataset_id=plan.dataset.digest)
                workshop = Workshop(self.gateways, threads, self.clock, sessions.tracer)
                async with plan.candidate.open(workshop, plan.evaluators) as candidate:
                    yield candidate, sessions.close_all
        finally:
            threads.close()


@dataclass(frozen=True, slots=True)
class RunPlan:
    """An eval type with everything it names found and checked."""

    kind: EvalTypeConfig
    dataset: GoldenDataset
    candidate: PlannedCandidate
    evaluators: Sequence[Evaluator[..., Any]]
    scorers_digest: str

    @property
    def facts(self) -> EvalFacts:
        """What is known before the first case."""
        return EvalFacts(
            dataset_version=self.dataset.version,
            dataset_digest=self.dataset.digest,
            dataset_name=self.dataset.name,
            scorers_digest=self.scorers_digest,
            candidate_digest=self.candidate.digest,
            candidate=self.candidate.name,
            total_cases=len(self.dataset.datapoints),
        )

    def ordered(self, cases: Mapping[ItemKey, CaseRecord]) -> tuple[CaseRecord, ...]:
        """Return every case in the dataset's order."""
        return tuple(
            cases[ItemKey(point.id, repeat)]
            for point in self.dataset.datapoints
            for repeat in range(self.kind.repeats)
        )


def plan_run(kind: EvalTypeConfig, prompts: Mapping[str, PromptVersion]) -> RunPlan:
    """Find everything an eval type names, inside ``project_imports``.

    Raises:
        AssayError: Naming the eval type and what is missing or wrong.
    """
    where = f"eval type {kind.name!r}"
    if kind.dataset is None:
        raise InvalidSettingsError(
            f"{where} cannot be run: it has no dataset; set gate.eval_types.{kind.name}.dataset."
        )
    candidate = plan_candidate(kind, prompts)
    if candidate.needs_scorers and not kind.scorers:
        raise InvalidSettingsError(
            f"{where} cannot be run: it has no scorers; set gate.eval_types.{kind.name}.scorers."
        )
    evaluators = load_scorers(kind.scorers, where=where)
    judged_by = (
        scorers_digest(kind.scorers, evaluators, pass_score=kind.pass_score)
        if not isinstance(kind.candidate, TaskCandidate)
        else digest({"task": candidate.digest, "pass_score": kind.pass_score})
    )
    return RunPlan(
        kind=kind,
        dataset=load_golden(kind.dataset),
        candidate=candidate,
        evaluators=evaluators,
        scorers_digest=judged_by,
    )


Finish = Callable[[Sequence[ItemResult]], Sequence[ItemResult]]


@dataclass
class _CaseSink:
    """Takes finished items as cases, in the engine's writer thread."""

    plan: RunPlan
    on_case: OnCase
    finish: Finish
    cases: dict[ItemKey, CaseRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare what every case needs."""
        kind = self.plan.kind
        self._verdicts = Verdicts(self.plan.evaluators, pass_score=kind.pass_score)
        self._datapoints = {point.id: point for point in self.plan.dataset.datapoints}

    def write_results(self, _run_id: str, results: Sequence[ItemResult]) -> None:
        """Keep ``results`` as cases and tell of each."""
        for result in self.finish(results):
            case = self._verdicts.case(self._datapoints[result.key.datapoint_id], result)
            self.cases[result.key] = case
            self.on_case(case)


def _settings(plan: RunPlan) -> ExecutionSettings:
    return ExecutionSettings(
        repeats=plan.kind.repeats,
        concurrency=plan.kind.concurrency,
        timeout_seconds=plan.kind.timeout_seconds,
        abandon_after=plan.candidate.abandon_after,
    )


@asynccontextmanager
async def _listening(
    cancelled: Cancelled, cancellation: Cancellation, *, sleep: AsyncSleep
) -> AsyncIterator[None]:
    """Ask for the end as soon as ``cancelled`` says so."""

    async def listen() -> None:
        while not cancelled():
            await sleep(LISTEN_SECONDS)
        cancellation.cancel("cancelled")

    listener = asyncio.create_task(listen())
    try:
        yield
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
