"""One evaluation being worked on: start, run, keep progress, end."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from assay.apps.services.evaluation_plan import Gateways, open_models
from assay.apps.services.progress import evaluation_progress, with_outcome
from assay.apps.services.recorder import ProgressRecorder
from assay.bench.task import Task, parse_definition
from assay.core.chat import ChatModel
from assay.core.ports import Listing, RunFilter, Store
from assay.core.progress import Progress
from assay.core.results import ItemKey, ItemStatus
from assay.core.runs import Evaluation, Run, RunStatus
from assay.core.wire.bench import EvaluationReport
from assay.execution import Cancellation, ExecutionSettings, ExecutionSummary, Tally
from assay.kit.clock import AsyncSleep, Clock
from assay.kit.log import get_logger
from assay.kit.redaction import redact


PROGRESS_SECONDS = 0.5


class EvaluationRun:
    """Works on one evaluation; used once, by whoever holds its lock."""

    def __init__(  # everything after the second is by keyword
        self,
        store: Store,
        evaluation_id: str,
        *,
        gateways: Gateways,
        report: Callable[[Evaluation], EvaluationReport],
        clock: Clock,
        sleep: AsyncSleep,
    ) -> None:
        """Take what the work needs; see ``EvaluationService``."""
        self._store = store
        self._id = evaluation_id
        self._gateways = gateways
        self._report = report
        self._clock = clock
        self._sleep = sleep

    async def run(
        self, *, on_progress: Callable[[Progress], None] | None, cancellation: Cancellation
    ) -> Evaluation:
        """Work until all is done; see ``EvaluationService.run``."""
        evaluation, runs = await asyncio.to_thread(self._start)
        if evaluation.status.ended:  # done, or cancelled before it began
            return evaluation
        try:
            summaries = await self._work(evaluation, runs, on_progress, cancellation)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.to_thread(self._suspend, evaluation))
            raise
        except Exception as error:
            get_logger("evaluations").exception("evaluation_failed", evaluation_id=self._id)
            await asyncio.to_thread(self._fail, evaluation, error)
            raise
        return await asyncio.to_thread(self._finish, summaries, cancellation)

    def _start(self) -> tuple[Evaluation, list[Run]]:
        evaluation = self._store.get_evaluation(self._id)
        if evaluation.status.ended:
            return evaluation, []
        now = self._clock.now()
        runs = [
            self._store.save_run(replace(run, status=RunStatus.RUNNING, updated_at=now))
            for run in self._runs(evaluation)
        ]
        started = replace(evaluation, status=RunStatus.RUNNING, updated_at=now)
        return self._store.save_evaluation(started), runs

    async def _work(
        self,
        evaluation: Evaluation,
        runs: Sequence[Run],
        on_progress: Callable[[Progress], None] | None,
        cancellation: Cancellation,
    ) -> list[ExecutionSummary]:
        gateway = self._gateways()
        models = await asyncio.to_thread(open_models, gateway, evaluation.models)
        recorder = ProgressRecorder(self._store, evaluation, runs, clock=self._clock)
        keeper = asyncio.create_task(
            recorder.keep(
                every_seconds=PROGRESS_SECONDS,
                sleep=self._sleep,
                on_cancel=lambda: cancellation.cancel("cancelled"),
            )
        )

        def heard(progress: Progress) -> None:
            recorder.note(progress)
            if on_progress is not None:
                on_progress(progress)

        try:
            return await self._execute(evaluation, models, heard, cancellation)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            for close in (*(model.aclose for model in models), gateway.aclose):
                with contextlib.suppress(Exception):
                    await close()
            await asyncio.shield(asyncio.to_thread(recorder.flush))

    async def _execute(
        self,
        evaluation: Evaluation,
        models: Sequence[ChatModel],
        on_progress: Callable[[Progress], None],
        cancellation: Cancellation,
    ) -> list[ExecutionSummary]:
        from assay.bench.runner import EvaluationPlan, run_evaluation

        task, datapoints = await asyncio.to_thread(self._inputs, evaluation)
        before = {
            run_id: await asyncio.to_thread(self._before, run_id) for run_id in evaluation.run_ids
        }
        budget = evaluation.settings.get("budget_usd")
        plan = EvaluationPlan(
            datapoints=datapoints,
            execution=_execution_settings(evaluation.settings),
            budget_usd=None if budget is None else Decimal(budget),
            spent_usd=sum((tally.cost_usd for _, tally in before.values()), Decimal(0)),
        )
        return await run_evaluation(
            plan,
            task=task,
            datapoints=lambda: self._store.iter_datapoints(evaluation.dataset_id),
            models=list(zip(evaluation.run_ids, models, strict=True)),
            sink=self._store,
            done=lambda run_id: before[run_id][0],
            resumed=lambda run_id: before[run_id][1],
            on_progress=on_progress,
            cancellation=cancellation,
            clock=self._clock,
            sleep=self._sleep,
        )

    def _inputs(self, evaluation: Evaluation) -> tuple[Task, int]:
        task = self._store.get_task(evaluation.task_id)
        dataset = self._store.get_dataset(evaluation.dataset_id)
        return parse_definition(dict(task.definition), source=task.name), dataset.size

    def _before(self, run_id: str) -> tuple[dict[ItemKey, ItemStatus], Tally]:
        """Return what the run has already, and its sums."""
        done: dict[ItemKey, ItemStatus] = {}
        passed, cost = 0, Decimal(0)
        for result in self._store.iter_results(run_id, outputs=False):
            done[result.key] = result.status
            passed += result.passed is True
            cost += result.cost.amount_usd or 0
        return done, Tally(counts=Counter(done.values()), passed=passed, cost_usd=cost)

    def _runs(self, evaluation: Evaluation) -> list[Run]:
        listing = Listing(project=None, limit=max(len(evaluation.run_ids), 1))
        page = self._store.list_runs(RunFilter(ids=evaluation.run_ids), listing)
        found = {run.id: run for run in page.items}
        return [found[run_id] for run_id in evaluation.run_ids]

    def _suspend(self, evaluation: Evaluation) -> None:
        """Leave the evaluation so that it is picked up again, unless somebody cancelled it."""
        if self._store.get_evaluation(self._id).status is RunStatus.CANCELLED:
            now = self._clock.now()
            end_runs(self._store, self._runs(evaluation), RunStatus.CANCELLED, now=now)
            return
        for run in self._runs(evaluation):
            self._store.save_run(replace(run, status=RunStatus.PENDING))
        now = self._clock.now()
        self._store.save_evaluation(replace(evaluation, status=RunStatus.PENDING, updated_at=now))

    def _fail(self, evaluation: Evaluation, error: Exception) -> None:
        message = redact(f"{type(error).__name__}: {error}")
        runs, now = self._runs(evaluation), self._clock.now()
        end_runs(self._store, runs, RunStatus.FAILED, now=now, reason=message)
        self._end(replace(evaluation, status=RunStatus.FAILED, error=message))

    def _finish(
        self, summaries: Sequence[ExecutionSummary], cancellation: Cancellation
    ) -> Evaluation:
        evaluation = self._store.get_evaluation(self._id)
        by_run = {summary.run_id: summary for summary in summaries}
        now = self._clock.now()
        for run in self._runs(evaluation):
            reason = by_run[run.id].stop_reason
            self._store.save_run(
                replace(
                    run,
                    status=_run_status(reason, cancelled=cancellation.cancelled),
                    stop_reason=reason,
                    finished_at=now,
                    updated_at=now,
                )
            )
        status = _evaluation_status(summaries, cancelled=cancellation.cancelled)
        ended = replace(evaluation, status=status, finished_at=now)
        self._note_outcome(ended)
        return self._end(ended)

    def _note_outcome(self, evaluation: Evaluation) -> None:
        report = self._report(evaluation)
        costs = {model.run_id: model.cost_usd for model in report.models}
        for run in self._runs(evaluation):
            leads = report.leader is not None and run.candidate == report.leader
            self._store.save_run(with_outcome(run, cost_usd=costs.get(run.id), leader=leads))

    def _end(self, evaluation: Evaluation) -> Evaluation:
        """Store the end and announce it, last of all."""
        now = self._clock.now()
        ended = self._store.save_evaluation(
            replace(evaluation, finished_at=evaluation.finished_at or now, updated_at=now)
        )
        view = evaluation_progress(ended, self._runs(ended))
        self._store.append_event(self._id, "finished", view.model_dump(mode="json"))
        return ended


def end_runs(
    store: Store,
    runs: Sequence[Run],
    status: RunStatus,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Store that ``runs`` ended with ``status``."""
    for run in runs:
        changed = replace(run, status=status, finished_at=now, updated_at=now)
        store.save_run(replace(changed, stop_reason=reason or run.stop_reason))


def _execution_settings(settings: Any) -> ExecutionSettings:
    return ExecutionSettings(
        repeats=settings.get("repeats", 1),
        concurrency=settings.get("concurrency", 16),
        timeout_seconds=settings.get("timeout_seconds"),
        requests_per_minute=settings.get("requests_per_minute"),
    )


def _run_status(reason: str | None, *, cancelled: bool) -> RunStatus:
    if reason is None:
        return RunStatus.COMPLETED
    return RunStatus.CANCELLED if cancelled else RunStatus.FAILED


def _evaluation_status(summaries: Sequence[ExecutionSummary], *, cancelled: bool) -> RunStatus:
    """A cancelled one is cancelled; one of which no run came to its end has failed."""
    stopped = [summary for summary in summaries if summary.stop_reason is not None]
    if cancelled and stopped:
        return RunStatus.CANCELLED
    return RunStatus.FAILED if len(stopped) == len(summaries) else RunStatus.COMPLETED
