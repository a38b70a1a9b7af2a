"""Carrying out an experiment: create or resume the run, execute, close it, read the result."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from assay.core.datasets import Datapoint
from assay.core.errors import AssayError, ConflictError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import RunStatus
from assay.core.scores import ScoreStatus
from assay.execution.call_budget import CallBudget, CallUsage
from assay.execution.engine import execute
from assay.execution.outcome import describe
from assay.experiments import calls
from assay.experiments.candidate import candidate_of
from assay.experiments.client import Client
from assay.experiments.connection import Connection, TooLargeError, connect
from assay.experiments.experiment import Experiment
from assay.experiments.judge_account import RESULTS_KEY, charged_to
from assay.experiments.payload import items_body
from assay.experiments.sessions import RunSessions
from assay.experiments.signatures import name_of
from assay.experiments.span_report import with_spans
from assay.experiments.traced import traced
from assay.kit.clock import SYSTEM_CLOCK, Clock


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary
    from assay.tracing.pipeline import Pipeline


MOST_BYTES: Final = 8 * 1024 * 1024
"""Sent at once, unless a single item is larger."""
MOST_OF_ONE_BYTES: Final = 48 * 1024 * 1024
"""Sent of a single item; a server takes more in its default settings."""


class ServerSink:
    """Posts finished items from the engine's writer thread through the loop's connection."""

    def __init__(
        self,
        connection: Connection,
        datapoints: Sequence[Datapoint],
        *,
        finished: Callable[[Sequence[ItemResult]], Sequence[ItemResult]],
    ) -> None:
        self._connection = connection
        self._finished = finished
        self._datapoints = {datapoint.id: datapoint for datapoint in datapoints}
        self._places = {datapoint.id: place for place, datapoint in enumerate(datapoints)}
        self._loop = asyncio.get_running_loop()

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store ``results`` on the server durably before returning."""
        self._store(run_id, self._finished(results))

    def _store(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Send ``results`` in pieces that the server takes; what it never takes says so."""
        body = items_body(results, self._datapoints, places=self._places)
        alone = len(results) == 1
        try:
            if len(body) <= (MOST_OF_ONE_BYTES if alone else MOST_BYTES):
                self._post(run_id, body)
                return
        except TooLargeError:
            pass
        if alone:
            self._store_without_output(run_id, results[0], len(body))
            return
        middle = len(results) // 2
        self._store(run_id, results[:middle])
        self._store(run_id, results[middle:])

    def _store_without_output(self, run_id: str, result: ItemResult, size: int) -> None:
        told = f"<not stored: the server takes no item of {size:,} bytes>"
        kept = replace(result, output=told)
        self._post(run_id, items_body([kept], self._datapoints, places=self._places))

    def _post(self, run_id: str, body: bytes) -> None:
        post = calls.post_items(self._connection, run_id, body)
        asyncio.run_coroutine_threadsafe(post, self._loop).result()


async def run_experiment_plan(
    experiment: Experiment, client: Client, *, clock: Clock = SYSTEM_CLOCK
) -> "ExperimentResultSummary":
    """Carry out ``experiment`` over one connection and return its result.

    However it ends, the run on the server says so: ``completed``, ``cancelled`` on an
    interrupt, ``failed`` when it could not go on.
    """
    async with connect(client.address) as connection:
        run, account, done = await _open_run(connection, experiment)
        run_id = str(run["run_id"])
        try:
            async with traced(connection, experiment.tracing) as tracing:
                with charged_to(account):
                    await _execute(
                        connection,
                        experiment,
                        run_id=run_id,
                        done=done,
                        clock=clock,
                        tracing=tracing,
                    )
        except (asyncio.CancelledError, KeyboardInterrupt) as error:
            error.add_note(_how_to_go_on(run_id))
            end = _end(RunStatus.CANCELLED, account, reason="interrupted")
            await _close(connection, run_id, end)
            raise
        except BaseException as error:
            error.add_note(_how_to_go_on(run_id))
            end = _end(RunStatus.FAILED, account, reason=describe(error))
            await _close(connection, run_id, end)
            raise
        end = _end(RunStatus.COMPLETED, account)
        try:
            await calls.update_run(connection, run_id, end)
            result = await calls.run_result(connection, run_id, experiment.aggregate_function)
        except BaseException as error:
            error.add_note(_how_to_go_on(run_id))
            if not isinstance(error, AssayError):  # an interrupt; all of it is done even so
                await _close(connection, run_id, end)
            raise
        return with_spans(result, tracing.counts())


async def _execute(
    connection: Connection,
    experiment: Experiment,
    *,
    run_id: str,
    done: Mapping[ItemKey, ItemStatus],
    clock: Clock,
    tracing: "Pipeline",
) -> None:
    sessions = RunSessions(tracing, experiment.name, dataset_id=experiment.dataset.id)
    datapoints = experiment.dataset.datapoints
    with candidate_of(
        experiment.function, experiment.evaluators, tracers=sessions.tracer, clock=clock
    ) as candidate:
        await execute(
            candidate,
            datapoints,
            run_id=run_id,
            candidate_name=name_of(experiment.function),
            planned=experiment.planned,
            sink=ServerSink(connection, datapoints, finished=sessions.close_all),
            settings=experiment.settings,
            done=done,
            on_progress=experiment.on_progress,
            clock=clock,
        )


async def _open_run(
    connection: Connection, experiment: Experiment
) -> tuple[Mapping[str, Any], CallBudget, Mapping[ItemKey, ItemStatus]]:
    """Create the run, or take up the one to resume with what it has spent and done."""
    if experiment.resume is None:
        run = await calls.create_run(connection, experiment.request())
        return run, experiment.judging.account(CallUsage()), {}
    run = await calls.get_run(connection, experiment.resume)
    run_id = str(run["run_id"])
    _check_resumable(run, experiment)
    spent = CallUsage.read((run.get("results") or {}).get(RESULTS_KEY))
    account = experiment.judging.account(spent)
    done = {
        ItemKey(item["datapoint_id"], item["repeat"]): ItemStatus(item["status"])
        async for item in calls.iter_items(connection, run_id)
        if not _open(item, judging=not account.exhausted)
    }
    changes = {
        "status": RunStatus.RUNNING.value,
        "planned": experiment.planned,
        "repeats": experiment.settings.repeats,
    }
    await calls.update_run(connection, run_id, changes)
    return run, account, done


def _open(item: Mapping[str, Any], *, judging: bool) -> bool:
    """Return whether an item is to be worked on again: it failed, or an evaluator did.

    While judges may not be asked, what they left without a verdict would be left so again.
    """
    if item["status"] == ItemStatus.FAILED.value:
        return True
    return judging and any(
        score["status"] == ScoreStatus.ERROR.value for score in item.get("scores", ())
    )


def _check_resumable(run: Mapping[str, Any], experiment: Experiment) -> None:
    if run.get("dataset_id") != experiment.dataset.id:
        raise ConflictError(
            f"The run {experiment.resume} is over the dataset {run.get('dataset_id')}, not over "
            f"{experiment.dataset.id}. Resume it with the same datapoints, or start a new run."
        )


def _how_to_go_on(run_id: str) -> str:
    return f"What finished is kept in the run {run_id}; go on with resume={run_id!r}."


def _end(status: RunStatus, account: CallBudget, *, reason: str | None = None) -> dict[str, Any]:
    """Return what is said of a run at its end: how it ended and what its judges spent."""
    end: dict[str, Any] = {"status": status.value}
    if reason is not None:
        end["stop_reason"] = reason
    usage = account.usage()
    if usage.spent:
        end["results"] = {RESULTS_KEY: usage.wire()}
    return end


async def _close(connection: Connection, run_id: str, end: Mapping[str, Any]) -> None:
    """Say how the run ended; what stopped it matters more than a server that is away too."""
    with contextlib.suppress(AssayError):
        await calls.update_run(connection, run_id, end)
