"""Evaluations: checked before anything is stored, run durably, shown while they run."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assay.apps.services.evaluation_plan import Gateways, open_models, planned_runs
from assay.apps.services.evaluation_run import EvaluationRun, end_runs
from assay.apps.services.housekeeping import forget_headlines
from assay.apps.services.locks import EvaluationLocks
from assay.apps.services.progress import evaluation_progress, leader_of
from assay.apps.services.rows import PairFilter, RowFilter, pairs_page, rows_page
from assay.bench.task import parse_definition
from assay.core.errors import ConflictError, InvalidTaskError, NotFoundError
from assay.core.ports import AuditEntry, Listing, Page, RunFilter, Store
from assay.core.progress import Progress
from assay.core.results import ItemStatus
from assay.core.runs import DEFAULT_PROJECT, Evaluation, Run, RunStatus
from assay.core.wire.bench import EvaluationReport
from assay.core.wire.rest import DatasetReference, EvaluationView, ItemRow, ProgressView, Reference
from assay.execution import Cancellation
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.kit.ids import new_id


SETTLE_SECONDS = 10.0
_AGAIN = (ItemStatus.FAILED, ItemStatus.JUDGE_ERROR)


class EvaluationService:
    """Creates, runs, steers and shows evaluations; shared by all front doors."""

    def __init__(
        self,
        store: Store,
        *,
        gateways: Gateways,
        locks: EvaluationLocks,
        clock: Clock = SYSTEM_CLOCK,
        sleep: AsyncSleep = sleep,
    ) -> None:
        """Take what evaluations need.

        Args:
            store: Where everything is kept.
            gateways: Makes a gateway; called once per evaluation, as models belong to a loop.
            locks: Say who works on an evaluation.
            clock: For records.
            sleep: For waits between stored progress and between retries.
        """
        self._store = store
        self._gateways = gateways
        self._locks = locks
        self._clock = clock
        self._sleep = sleep

    def create(  # noqa: PLR0913  # everything optional is by keyword
        self,
        *,
        task_id: str,
        dataset_id: str,
        models: Sequence[str],
        name: str | None = None,
        repeats: int = 1,
        concurrency: int = 16,
        budget_usd: Decimal | None = None,
        timeout_seconds: float | None = None,
        requests_per_minute: float | None = None,
        project: str = DEFAULT_PROJECT,
        actor: str = "local",
    ) -> Evaluation:
        """Check everything and store the evaluation with one run per model, not started yet.

        Raises:
            NotFoundError: If task or dataset do not exist in the project.
            InvalidTaskError: If the task fits no datapoint of the dataset.
            InvalidModelError: If a model cannot be opened, or is named twice.
            InvalidAnswersError: If a file of recorded answers is malformed.
            MissingExtraError: If a provider's package is not installed.
        """
        task, dataset = self._store.get_task(task_id), self._store.get_dataset(dataset_id)
        for thing, noun in ((task, "task"), (dataset, "dataset")):
            if thing.project != project:
                raise NotFoundError.of_id(noun, thing.id)
        names = [model.name for model in open_models(self._gateways(), models)]
        self._check_fit(task.definition, dataset_id, dataset.size)
        now = self._clock.now()
        settings: dict[str, Any] = {
            "repeats": repeats,
            "concurrency": concurrency,
            "budget_usd": None if budget_usd is None else f"{budget_usd:f}",
            "timeout_seconds": timeout_seconds,
            "requests_per_minute": requests_per_minute,
        }
        runs = planned_runs(names, models, settings=settings, dataset=dataset, now=now)
        evaluation = Evaluation(
            id=new_id(clock=self._clock),
            project=project,
            name=name or f"{task.name} on {dataset.name}",
            status=RunStatus.PENDING,
            task_id=task_id,
            dataset_id=dataset_id,
            models=tuple(models),
            run_ids=tuple(run.id for run in runs),
            created_at=now,
            updated_at=now,
            settings=settings,
        )
        runs = [
            replace(run, evaluation_id=evaluation.id, name=f"{evaluation.name}: {run.candidate}")
            for run in runs
        ]
        stored = self._store.create_evaluation(evaluation, runs)
        self._audit("evaluation_created", stored, actor)
        return stored

    async def run(
        self,
        evaluation_id: str,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        cancellation: Cancellation | None = None,
    ) -> Evaluation:
        """Work on what is missing until all is done, and return the evaluation as it ended.

        Every item is stored the moment it ends. When the task is cancelled the
        evaluation stays pending and can be run again; ``cancellation`` ends it as
        cancelled.

        Raises:
            ConflictError: If somebody else works on it.
            NotFoundError: If there is none with this id.
            StorageError: If the store refused; what was stored before stays.
        """
        with self._locks.hold(evaluation_id):
            work = EvaluationRun(
                self._store,
                evaluation_id,
                gateways=self._gateways,
                report=self.report,
                clock=self._clock,
                sleep=self._sleep,
            )
            stop = cancellation if cancellation is not None else Cancellation()
            return await work.run(on_progress=on_progress, cancellation=stop)

    def resume(self, evaluation: Evaluation, *, actor: str = "local") -> Evaluation:
        """Make an ended evaluation pending again; failed items are forgotten and run anew.

        Raises:
            ConflictError: If somebody works on it.
        """
        with self._settled(evaluation):
            for run in self.runs_of(evaluation):
                self._store.delete_results(
                    run.id, self._store.finished_keys(run.id, statuses=_AGAIN)
                )
                self._store.save_run(
                    replace(run, status=RunStatus.PENDING, stop_reason=None, finished_at=None)
                )
            changed = self._store.save_evaluation(
                replace(
                    evaluation,
                    status=RunStatus.PENDING,
                    finished_at=None,
                    error=None,
                    updated_at=self._clock.now(),
                )
            )
        self._audit("evaluation_resumed", changed, actor)
        return changed

    def cancel(self, evaluation: Evaluation, *, actor: str = "local") -> Evaluation:
        """Ask for the end; who works on it sees that within a second.

        Raises:
            ConflictError: If it has ended.
        """
        if evaluation.status.ended:
            raise ConflictError(
                f"The evaluation {evaluation.id} is {evaluation.status.value}; "
                "there is nothing to cancel."
            )
        now = self._clock.now()
        changed = self._store.save_evaluation(
            replace(evaluation, status=RunStatus.CANCELLED, finished_at=now, updated_at=now)
        )
        try:
            with self._locks.hold(evaluation.id):  # nobody works on it who would end its runs
                end_runs(self._store, self.runs_of(changed), RunStatus.CANCELLED, now=now)
        except ConflictError:
            pass
        self._audit("evaluation_cancelled", changed, actor)
        return changed

    def delete(self, evaluation: Evaluation, *, actor: str = "local") -> None:
        """Delete an evaluation with its runs and results.

        Raises:
            ConflictError: If somebody works on it.
        """
        with self._settled(evaluation):
            self._store.delete_evaluation(evaluation.id)
            forget_headlines(self._store, evaluation.run_ids)
        self._audit("evaluation_deleted", evaluation, actor)

    def interrupted(self) -> list[Evaluation]:
        """Return evaluations that wait, or were left behind by a process that died."""
        found: list[Evaluation] = []
        for status in (RunStatus.RUNNING, RunStatus.PENDING):
            offset, total = 0, 1
            while offset < total:
                listing = Listing(project=None, offset=offset, limit=200, sort="created_at")
                page = self._store.list_evaluations(listing, status=status)
                found += [item for item in page.items if not self._locks.is_held(item.id)]
                offset, total = offset + 200, page.total
        return found

    def report(self, evaluation: Evaluation) -> EvaluationReport:
        """Return the answer so far."""
        from assay.bench.report import build_report

        task = self._store.get_task(evaluation.task_id)
        return build_report(
            evaluation,
            self.runs_of(evaluation),
            task=parse_definition(dict(task.definition), source=task.name),
            dataset=self._store.get_dataset(evaluation.dataset_id),
            answers=self._store.iter_answers,
        )

    def progress(self, evaluation: Evaluation) -> ProgressView:
        """Return how far an evaluation is."""
        return evaluation_progress(evaluation, self.runs_of(evaluation))

    def rows(
        self, evaluation: Evaluation, where: RowFilter, *, offset: int, limit: int
    ) -> Page[ItemRow]:
        """Return one page of answers side by side.

        Raises:
            InvalidInputError: If the evaluation has no model of the name.
        """
        runs = self.runs_of(evaluation)
        return rows_page(self._store, evaluation, runs, where=where, offset=offset, limit=limit)

    def pairs(
        self, evaluation: Evaluation, where: PairFilter, *, offset: int, limit: int
    ) -> Page[ItemRow]:
        """Return one page of the items two models both answered, by outcome.

        Raises:
            InvalidInputError: If the evaluation has no model of a name.
        """
        runs = self.runs_of(evaluation)
        return pairs_page(self._store, evaluation, runs, where=where, offset=offset, limit=limit)

    def view(self, evaluation: Evaluation) -> EvaluationView:
        """Return an evaluation as the wire shows it."""
        return self._view(evaluation, self.runs_of(evaluation))

    def views(self, evaluations: Sequence[Evaluation]) -> list[EvaluationView]:
        """Return evaluations as the wire shows them, in their order."""
        return [self.view(evaluation) for evaluation in evaluations]

    def runs_of(self, evaluation: Evaluation) -> list[Run]:
        """Return the runs of an evaluation, in the order of its models."""
        listing = Listing(project=None, limit=max(len(evaluation.run_ids), 1))
        page = self._store.list_runs(RunFilter(ids=evaluation.run_ids), listing)
        found = {run.id: run for run in page.items}
        return [found[run_id] for run_id in evaluation.run_ids if run_id in found]

    def _view(self, evaluation: Evaluation, runs: Sequence[Run]) -> EvaluationView:
        progress = evaluation_progress(evaluation, runs)
        task = self._store.get_task(evaluation.task_id)
        dataset = self._store.get_dataset(evaluation.dataset_id)
        return EvaluationView(
            id=evaluation.id,
            name=evaluation.name,
            status=evaluation.status.value,
            task=Reference(id=task.id, name=task.name),
            dataset=DatasetReference(id=dataset.id, name=dataset.name, size=dataset.size),
            models=[run.candidate for run in runs],
            run_ids=list(evaluation.run_ids),
            repeats=int(evaluation.settings.get("repeats", 1)),
            created_at=evaluation.created_at,
            updated_at=max([evaluation.updated_at, *(run.updated_at for run in runs)]),
            finished_at=evaluation.finished_at,
            planned=progress.planned,
            ended=progress.ended,
            passed=sum(model.passed for model in progress.models),
            cost_usd=progress.cost_usd,
            leader=leader_of(runs),
            error=evaluation.error,
        )

    def _check_fit(self, definition: Any, dataset_id: str, size: int) -> None:
        """Refuse a task that fits not one datapoint; single misfits become failed items."""
        from assay.bench.validation import Severity, validate_task

        task = parse_definition(dict(definition))
        findings = validate_task(task, self._store.iter_datapoints(dataset_id))
        fatal = [
            finding.message
            for finding in findings
            if finding.severity is Severity.ERROR and finding.datapoints in {0, size}
        ]
        if fatal:
            raise InvalidTaskError("The task does not fit the dataset: " + " ".join(fatal))

    def _settled(self, evaluation: Evaluation) -> AbstractContextManager[None]:
        """Hold the lock; one that has ended may need a moment for its last steps."""
        wait = SETTLE_SECONDS if evaluation.status.ended else 0.0
        return self._locks.hold(evaluation.id, wait_seconds=wait)

    def _audit(self, action: str, evaluation: Evaluation, actor: str) -> None:
        self._store.append_audit(
            AuditEntry(
                action=action,
                subject=evaluation.id,
                actor=actor,
                at=self._clock.now(),
                details={"name": evaluation.name},
            ),
            project=evaluation.project,
        )
