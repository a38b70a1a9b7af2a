"""``evaluate()``: run a function over a dataset, score it, and read the result back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.errors import InvalidInputError
from assay.execution.blocking import run_blocking
from assay.execution.items import ExecutionSettings
from assay.experiments.client import Client
from assay.experiments.datasets import DatasetLike, external_dataset
from assay.experiments.evaluators import prepare_evaluators
from assay.experiments.experiment import AGGREGATE_FUNCTIONS, Experiment, TracingOptions
from assay.experiments.runner import run_experiment_plan
from assay.experiments.signatures import bind_function, name_of
from assay.experiments.span_report import warn_of_lost_spans
from assay.tracing.exporter import ExportSettings


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary


def evaluate(  # noqa: PLR0913 - the front door; all but the first by keyword
    function: Callable[..., Any],
    *,
    dataset: DatasetLike,
    evaluators: Iterable[Callable[..., Any]] | None = None,
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
    client: Client | None = None,
) -> "ExperimentResultSummary":
    """Run ``function`` over ``dataset``, judge each output, and return the run's result.

    The function and the evaluators may be synchronous or asynchronous. The function gets,
    by the names of its parameters, ``inputs``, ``ground_truth``, ``metadata``, the whole
    ``datapoint`` or the ``tracer`` of its session; a single required parameter of another name gets the inputs.

    A function that raises makes a failed datapoint, an evaluator that raises an error
    score; both are recorded, and the run goes on. Every finished item is stored by the
    server before it counts as done. An interrupt leaves the run ``cancelled`` with what
    finished; ``resume`` takes it up again. Aggregates are the server's.

    Args:
        function: What is judged.
        dataset: Dicts with ``inputs`` and optionally ``ground_truth``, ``metadata`` and
            ``id``; flat dicts of inputs; or the path of a JSON Lines, JSON or CSV file.
        evaluators: Callables that judge one output; see ``evaluator``.
        name: The run's name; the function's by default.
        run_id: The new run's id; made by the server by default.
        max_workers: How many items are worked on at once, at least 1.
        aggregate_function: ``average``, ``sum``, ``min``, ``max``, ``median``, ``p90``,
            ``p95``, ``p99`` or ``count``.
        repeats: How often each datapoint is worked on, at least 1.
        resume: The id of a run of this dataset to finish: only what is missing or failed
            is worked on.
        print_results: Whether to print the result as a table.
        server_url: The server; None for the application in this process.
        api_key: Sent to the server as a bearer token.
        data_dir: The embedded application's data folder.
        timeout_seconds: For one item with all its retries; None for no limit.
        retries: How often an item whose function raised is tried again.
        metadata: Stored with the run.
        description: Stored with the run.
        instrumentors: OpenTelemetry or OpenInference instrumentors of libraries, switched
            on for the run; their spans land in the session of the datapoint.
        forward_to: The URL of a second collector, such as
            ``http://localhost:4318/v1/traces``, that gets the spans too.
        trace_deadline_seconds: How long the end of the run waits at most for spans to
            arrive, above 0; spans that did not are counted in the result and warned of.
        client: Used instead of ``server_url``, ``api_key`` and ``data_dir``.

    Raises:
        InvalidInputError: If an argument cannot be used; nothing has been started.
        ServerError: If the server cannot be reached or refuses; what finished is kept.
    """
    experiment = _plan(
        function,
        dataset=dataset,
        evaluators=evaluators,
        name=name,
        run_id=run_id,
        resume=resume,
        aggregate_function=aggregate_function,
        settings=_settings(max_workers, repeats, timeout_seconds=timeout_seconds, retries=retries),
        metadata=dict(metadata or {}),
        description=description,
        tracing=TracingOptions(
            tuple(instrumentors or ()),
            forward_to=forward_to,
            export=ExportSettings(deadline_seconds=trace_deadline_seconds),
        ),
    )
    target = _client(client, server_url=server_url, api_key=api_key, data_dir=data_dir)
    result = run_blocking(run_experiment_plan(experiment, target))
    if print_results:
        result.print_table()
    warn_of_lost_spans(result)
    return result


async def aevaluate(  # noqa: PLR0913 - the front door; all but the first by keyword
    function: Callable[..., Any],
    *,
    dataset: DatasetLike,
    evaluators: Iterable[Callable[..., Any]] | None = None,
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
    client: Client | None = None,
) -> "ExperimentResultSummary":
    """Do what ``evaluate`` does, in the running event loop; see there."""
    experiment = _plan(
        function,
        dataset=dataset,
        evaluators=evaluators,
        name=name,
        run_id=run_id,
        resume=resume,
        aggregate_function=aggregate_function,
        settings=_settings(max_workers, repeats, timeout_seconds=timeout_seconds, retries=retries),
        metadata=dict(metadata or {}),
        description=description,
        tracing=TracingOptions(
            tuple(instrumentors or ()),
            forward_to=forward_to,
            export=ExportSettings(deadline_seconds=trace_deadline_seconds),
        ),
    )
    target = _client(client, server_url=server_url, api_key=api_key, data_dir=data_dir)
    result = await run_experiment_plan(experiment, target)
    if print_results:
        result.print_table()
    warn_of_lost_spans(result)
    return result


def _plan(
    function: Callable[..., Any],
    *,
    dataset: DatasetLike,
    evaluators: Iterable[Callable[..., Any]] | None,
    name: str | None,
    aggregate_function: str,
    run_id: str | None,
    resume: str | None,
    **rest: Any,
) -> Experiment:
    """Check every argument, so that nothing starts that could not end."""
    bind_function(function)
    if aggregate_function not in AGGREGATE_FUNCTIONS:
        raise InvalidInputError(
            f"There is no aggregate function {aggregate_function!r}; use one of: "
            f"{', '.join(AGGREGATE_FUNCTIONS)}."
        )
    if run_id is not None and resume is not None:
        raise InvalidInputError("Give run_id for a new run or resume for an old one, not both.")
    return Experiment(
        function=function,
        dataset=external_dataset(dataset),
        evaluators=prepare_evaluators(list(evaluators or ())),
        name=name if name is not None else name_of(function),
        run_id=run_id,
        resume=resume,
        aggregate_function=aggregate_function,
        **rest,
    )


def _settings(
    max_workers: int, repeats: int, *, timeout_seconds: float | None, retries: int
) -> ExecutionSettings:
    try:
        return ExecutionSettings(
            repeats=repeats,
            concurrency=max_workers,
            timeout_seconds=timeout_seconds,
            retries=retries,
            abandon_after=None,
        )
    except ValueError as error:
        message = str(error).replace("concurrency", "max_workers")
        raise InvalidInputError(message) from error


def _client(
    client: Client | None,
    *,
    server_url: str | None,
    api_key: str | None,
    data_dir: str | Path | None,
) -> Client:
    if client is None:
        return Client(server_url=server_url, api_key=api_key, data_dir=data_dir)
    if server_url is not None or api_key is not None or data_dir is not None:
        raise InvalidInputError(
            "A client knows its server; leave out server_url, api_key and data_dir."
        )
    return client
