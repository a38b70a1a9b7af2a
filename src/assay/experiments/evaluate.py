"""``evaluate()``: run a function over a dataset, score it, and read the result back."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.execution.blocking import run_blocking
from assay.execution.termination import cancelled_on_sigterm
from assay.experiments.client import Client
from assay.experiments.datasets import DatasetLike
from assay.experiments.evaluators import Configuration
from assay.experiments.planning import Options, plan
from assay.experiments.progress import shown_progress
from assay.experiments.registry import BUILT_IN, Registry
from assay.experiments.runner import run_experiment_plan
from assay.experiments.span_report import warn_of_lost_spans


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary


def evaluate(  # noqa: PLR0913 - the front door; all but the first by keyword
    function: Callable[..., Any],
    *,
    dataset: DatasetLike | None = None,
    dataset_id: str | None = None,
    evaluators: Iterable[Callable[..., Any]] | None = None,
    evaluator_settings: Configuration | None = None,
    evaluator_settings_file: str | Path | None = None,
    registry: Registry = BUILT_IN,
    name: str | None = None,
    run_id: str | None = None,
    max_workers: int = 10,
    aggregate_function: str = "average",
    repeats: int = 1,
    resume: str | None = None,
    print_results: bool = True,
    server_url: str | None = None,
    api_key: str | None = None,
    data_dir: str | Path | None = None,
    timeout_seconds: float | None = None,
    retries: int = 0,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
    instrumentors: Sequence[Any] | None = None,
    forward_to: str | None = None,
    trace_deadline_seconds: float = 10.0,
    judge_budget_usd: Decimal | float | str | None = None,
    judge_calls: int | None = None,
    client: Client | None = None,
) -> "ExperimentResultSummary":
    """Run ``function`` over ``dataset``, judge each output, and return the run's result.

    The function and the evaluators may be sync or async. The function gets, by the names of
    its parameters, ``inputs``, ``ground_truth``, ``metadata``, the whole ``datapoint`` or the
    ``tracer`` of its session; a single required parameter of another name gets the inputs.

    A function that raises makes a failed datapoint, an evaluator that raises an error score;
    the run goes on. Every finished item is stored before it counts as done; an interrupt
    leaves the run ``cancelled`` with them, and so does SIGTERM in the main thread of a
    program that does not handle it. Aggregates are the server's.

    Args:
        function: What is judged.
        dataset: Dicts with ``inputs`` and optionally ``ground_truth``, ``metadata``, ``id``; flat
            inputs; the path of a JSON Lines, JSON or CSV file; a pandas or Hugging Face dataset.
        dataset_id: Instead of ``dataset``, the id of one that the server keeps.
        evaluators: Callables that judge one output; see ``evaluator``.
        evaluator_settings: Settings by evaluator, stronger than those of its decorator.
        evaluator_settings_file: A TOML file with ``[evaluators.NAME]``; weaker than those.
        registry: Where the names of transforms, aggregates and checkers are looked up.
        name: The run's name; the function's by default.
        run_id: The new run's id; made by the server by default.
        max_workers: How many items are worked on at once, at least 1.
        aggregate_function: ``average``, ``sum``, ``min``, ``max``, ``median``, ``p90`` ...
        repeats: How often each datapoint is worked on, at least 1.
        resume: The id of a run of this dataset, to do what is missing, failed or not judged.
        print_results: Whether to show progress and print the result as a table.
        server_url: The server; by default ``ASSAY_SERVER_URL``, else none but this process.
        api_key: Sent to the server as a bearer token; by default ``ASSAY_API_KEY``.
        data_dir: The data folder of the application in this process, which it asks for.
        timeout_seconds: For one item with all its retries; None for no limit.
        retries: How often an item whose function raised is tried again.
        metadata: Stored with the run.
        description: Stored with the run.
        instrumentors: OpenTelemetry or OpenInference instrumentors, on for the run.
        forward_to: The URL of a second collector that gets the spans too.
        trace_deadline_seconds: How long the end waits for spans; the result counts missing ones.
        judge_budget_usd: What the run's judges may spend; beyond it they end in an error.
        judge_calls: How often they may ask a model; kept replies do not count.
        client: Used instead of ``server_url``, ``api_key`` and ``data_dir``.

    Raises:
        InvalidInputError: If an argument cannot be used; nothing has been started.
        ServerError: If the server cannot be reached or refuses; what finished is kept.
    """
    work = _evaluated(Options(**locals()))
    with cancelled_on_sigterm() as termination:
        result = run_blocking(termination.watched(work))
    warn_of_lost_spans(result)
    return result


async def aevaluate(  # noqa: PLR0913 - the front door; all but the first by keyword
    function: Callable[..., Any],
    *,
    dataset: DatasetLike | None = None,
    dataset_id: str | None = None,
    evaluators: Iterable[Callable[..., Any]] | None = None,
    evaluator_settings: Configuration | None = None,
    evaluator_settings_file: str | Path | None = None,
    registry: Registry = BUILT_IN,
    name: str | None = None,
    run_id: str | None = None,
    max_workers: int = 10,
    aggregate_function: str = "average",
    repeats: int = 1,
    resume: str | None = None,
    print_results: bool = True,
    server_url: str | None = None,
    api_key: str | None = None,
    data_dir: str | Path | None = None,
    timeout_seconds: float | None = None,
    retries: int = 0,
    metadata: Mapping[str, Any] | None = None,
    description: str | None = None,
    instrumentors: Sequence[Any] | None = None,
    forward_to: str | None = None,
    trace_deadline_seconds: float = 10.0,
    judge_budget_usd: Decimal | float | str | None = None,
    judge_calls: int | None = None,
    client: Client | None = None,
) -> "ExperimentResultSummary":
    """Do what ``evaluate`` does, in the running event loop; see there."""
    work = _evaluated(Options(**locals()))
    with cancelled_on_sigterm() as termination:
        result = await termination.watched(work)
    warn_of_lost_spans(result)
    return result


async def _evaluated(options: Options) -> "ExperimentResultSummary":
    experiment, client = await plan(options)
    try:
        with shown_progress(experiment.name, wanted=options.print_results) as on_progress:
            result = await run_experiment_plan(replace(experiment, on_progress=on_progress), client)
    except asyncio.CancelledError as error:
        if options.print_results:  # an interrupt shows no more of this error
            print(*getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)  # noqa: T201
        raise
    if options.print_results:
        result.print_table()
    return result
