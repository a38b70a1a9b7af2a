"""``run_experiment()``: the execution alone, with one result per datapoint in hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution.blocking import run_blocking
from assay.execution.engine import execute
from assay.execution.items import ExecutionSettings
from assay.experiments.candidate import candidate_of
from assay.experiments.client import Client
from assay.experiments.connection import Connection
from assay.experiments.context import ExperimentContext
from assay.experiments.datasets import DatasetLike, datapoints_of, rows_of
from assay.experiments.evaluators import Evaluator, prepare_evaluators
from assay.experiments.experiment import TracingOptions
from assay.experiments.payload import told_score
from assay.experiments.registry import BUILT_IN, Registry
from assay.experiments.runner import ServerSink
from assay.experiments.sessions import RunSessions
from assay.experiments.signatures import bind_function, name_of
from assay.experiments.traced import traced


Finish = Callable[[Sequence[ItemResult]], Sequence[ItemResult]]
Store = Callable[[str, Sequence[ItemResult]], None]


class _MemorySink:
    """Keeps finished items with their sessions, and stores them where they are to be stored."""

    def __init__(self, finish: Finish, store: Store | None) -> None:
        self.results: dict[ItemKey, ItemResult] = {}
        self._finish = finish
        self._store = store

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store ``results`` if they are to be stored, then keep them."""
        finished = self._finish(results)
        if self._store is not None:
            self._store(run_id, finished)
        self.results.update((result.key, result) for result in finished)


@dataclass(frozen=True, slots=True)
class _Execution:
    """What one call of ``run_experiment`` is to do, checked before anything starts."""

    function: Callable[..., Any]
    evaluators: Sequence[Evaluator[..., Any]]
    datapoints: tuple[Datapoint, ...]
    context: ExperimentContext
    settings: ExecutionSettings

    async def carry_out(self, connection: Connection | None) -> Mapping[ItemKey, ItemResult]:
        """Work on every datapoint; with a connection, store results and spans."""
        context = self.context
        async with traced(connection, TracingOptions()) as tracers:
            sessions = RunSessions(
                tracers,
                context.run_name or name_of(self.function),
                dataset_id=context.dataset_id,
                source=context.source,
            )
            sink = _MemorySink(sessions.close_all, self._store(connection))
            with candidate_of(self.function, self.evaluators, tracers=sessions.tracer) as candidate:
                await execute(
                    candidate,
                    self.datapoints,
                    run_id=context.run_id,
                    candidate_name=name_of(self.function),
                    planned=len(self.datapoints),
                    sink=sink,
                    settings=self.settings,
                )
        return sink.results

    def _store(self, connection: Connection | None) -> Store | None:
        if connection is None:
            return None
        return ServerSink(connection, self.datapoints, finished=lambda items: items).write_results


def run_experiment(
    function: Callable[..., Any],
    dataset: DatasetLike,
    datapoint_ids: Sequence[str],
    *,
    experiment_context: ExperimentContext,
    max_workers: int = 10,
    evaluators: Iterable[Callable[..., Any]] | None = None,
    registry: Registry = BUILT_IN,
    client: Client | None = None,
) -> list[dict[str, Any]]:
    """Run ``function`` over ``dataset`` and return what became of each datapoint.

    This is ``evaluate`` without a run around it: nothing is created, aggregated or closed
    on a server. A function that raises makes a failed datapoint, and the rest goes on.

    Args:
        function: What is judged, as for ``evaluate``.
        dataset: As for ``evaluate``.
        datapoint_ids: The id of each datapoint, in the dataset's order.
        experiment_context: The run and the dataset that they belong to.
        max_workers: How many datapoints are worked on at once, at least 1.
        evaluators: As for ``evaluate``.
        registry: As for ``evaluate``.
        client: Stores the results in the run of the context, which must exist; without
            one nothing leaves the process.

    Returns:
        For each datapoint, in order, a dict with ``datapoint_id``, ``session_id``,
        ``inputs``, ``ground_truth``, ``outputs``, ``status`` (``success`` or ``failed``),
        ``error``, ``duration_seconds``, ``latency_seconds`` and ``evaluators``: for each
        score its ``status``, ``value``, ``label``, ``passed``, ``reason`` and ``details``.

    Raises:
        InvalidInputError: If an argument cannot be used; nothing has been started.
        ServerError: If the client's server cannot be reached or refuses.
    """
    return run_blocking(
        arun_experiment(
            function,
            dataset,
            datapoint_ids,
            experiment_context=experiment_context,
            max_workers=max_workers,
            evaluators=evaluators,
            registry=registry,
            client=client,
        )
    )


async def arun_experiment(
    function: Callable[..., Any],
    dataset: DatasetLike,
    datapoint_ids: Sequence[str],
    *,
    experiment_context: ExperimentContext,
    max_workers: int = 10,
    evaluators: Iterable[Callable[..., Any]] | None = None,
    registry: Registry = BUILT_IN,
    client: Client | None = None,
) -> list[dict[str, Any]]:
    """Do what ``run_experiment`` does, in the running event loop; see there."""
    bind_function(function)
    if not isinstance(experiment_context, ExperimentContext):
        raise InvalidInputError(
            "experiment_context says which run and dataset the results belong to; give an "
            "ExperimentContext(run_id, dataset_id)."
        )
    execution = _Execution(
        function,
        prepare_evaluators(list(evaluators or ()), registry=registry),
        _datapoints(dataset, datapoint_ids),
        experiment_context,
        _settings(max_workers),
    )
    results = await (
        execution.carry_out(None) if client is None else client.acall(execution.carry_out)
    )
    return [_entry(point, results[ItemKey(point.id, 0)]) for point in execution.datapoints]


def _datapoints(dataset: DatasetLike, ids: Sequence[str]) -> tuple[Datapoint, ...]:
    rows = rows_of(dataset)
    if len(rows) != len(ids):
        raise InvalidInputError(
            f"There are {len(rows)} datapoints and {len(ids)} datapoint_ids; give one for each, "
            "such as prepare_external_dataset() makes them."
        )
    if len(set(ids)) < len(ids):
        raise InvalidInputError("Two datapoints share an id; results are kept under them.")
    return datapoints_of(rows, ids)


def _settings(max_workers: int) -> ExecutionSettings:
    if isinstance(max_workers, bool) or not isinstance(max_workers, int) or max_workers < 1:
        raise InvalidInputError(f"max_workers is {max_workers!r}; it must be at least 1.")
    return ExecutionSettings(concurrency=max_workers, abandon_after=None)


def _entry(datapoint: Datapoint, result: ItemResult) -> dict[str, Any]:
    failed = result.status is ItemStatus.FAILED
    return {
        "datapoint_id": datapoint.id,
        "session_id": result.session_id,
        "inputs": datapoint.inputs,
        "ground_truth": datapoint.ground_truth,
        "outputs": result.output,
        "status": "failed" if failed else "success",
        "error": result.error,
        "duration_seconds": result.duration_seconds,
        "latency_seconds": result.latency_seconds,
        "evaluators": {score.name: told_score(score) for score in result.scores},
    }
