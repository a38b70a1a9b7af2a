"""From the arguments of ``evaluate`` to an experiment, everything checked before it starts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from assay.core.errors import InvalidInputError
from assay.execution.items import ExecutionSettings
from assay.experiments.client import Client
from assay.experiments.dataset_source import find_dataset
from assay.experiments.datasets import DatasetLike
from assay.experiments.evaluators import Configuration, Evaluator, prepare_evaluators
from assay.experiments.experiment import AGGREGATE_FUNCTIONS, Experiment, TracingOptions
from assay.experiments.judge_account import judge_limits
from assay.experiments.registry import Registry
from assay.experiments.settings import read_settings_file
from assay.experiments.signatures import bind_function, name_of
from assay.tracing.exporter import ExportSettings


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of ``evaluate``, described there."""

    function: Callable[..., Any]
    dataset: DatasetLike | None
    dataset_id: str | None
    evaluators: Iterable[Callable[..., Any]] | None
    evaluator_settings: Configuration | None
    evaluator_settings_file: str | Path | None
    registry: Registry
    name: str | None
    run_id: str | None
    max_workers: int
    aggregate_function: str
    repeats: int
    resume: str | None
    print_results: bool
    server_url: str | None
    api_key: str | None
    data_dir: str | Path | None
    timeout_seconds: float | None
    retries: int
    metadata: Mapping[str, Any] | None
    description: str | None
    instrumentors: Sequence[Any] | None
    forward_to: str | None
    trace_deadline_seconds: float
    judge_budget_usd: Decimal | float | str | None
    judge_calls: int | None
    client: Client | None


async def plan(options: Options) -> tuple[Experiment, Client]:
    """Check every argument, so that nothing starts that could not end.

    Raises:
        InvalidInputError: If an argument cannot be used.
        NotFoundError: If the server has no dataset of that id.
    """
    bind_function(options.function)
    _check_kinds(options)
    if options.aggregate_function not in AGGREGATE_FUNCTIONS:
        raise InvalidInputError(
            f"There is no aggregate function {options.aggregate_function!r}; use one of: "
            f"{', '.join(AGGREGATE_FUNCTIONS)}."
        )
    if options.run_id is not None and options.resume is not None:
        raise InvalidInputError("Give run_id for a new run or resume for an old one, not both.")
    client = _client(options)
    name = options.name
    experiment = Experiment(
        function=options.function,
        evaluators=_evaluators(options),
        settings=_settings(options),
        dataset=await find_dataset(
            client, dataset=options.dataset, dataset_id=options.dataset_id, resume=options.resume
        ),
        name=name if name is not None else name_of(options.function),
        run_id=options.run_id,
        resume=options.resume,
        aggregate_function=options.aggregate_function,
        metadata=dict(options.metadata or {}),
        description=options.description,
        judging=judge_limits(options.judge_budget_usd, options.judge_calls),
        tracing=TracingOptions(
            tuple(options.instrumentors or ()),
            forward_to=options.forward_to,
            export=ExportSettings(deadline_seconds=options.trace_deadline_seconds),
        ),
    )
    return experiment, client


def _check_kinds(options: Options) -> None:
    """Refuse arguments of kinds that would be found out only when the run is under way."""
    for name in ("max_workers", "repeats", "retries"):
        value = getattr(options, name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInputError(f"{name} is {value!r}; it is a whole number.")
    for name in ("timeout_seconds", "trace_deadline_seconds"):
        value = getattr(options, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidInputError(f"{name} is {value!r}; it is a number of seconds.")
    for name in ("name", "run_id", "resume", "description"):
        value = getattr(options, name)
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(f"{name} is {value!r}; it is a text.")
    if options.metadata is not None and not isinstance(options.metadata, Mapping):
        raise InvalidInputError(
            f"metadata is of type {type(options.metadata).__name__}; it is a dict."
        )
    if isinstance(options.evaluators, str) or callable(options.evaluators):
        raise InvalidInputError("evaluators is a single one; give a list: evaluators=[...].")


def _evaluators(options: Options) -> Sequence[Evaluator[..., Any]]:
    path = options.evaluator_settings_file
    return prepare_evaluators(
        list(options.evaluators or ()),
        config=options.evaluator_settings,
        file=None if path is None else read_settings_file(path),
        registry=options.registry,
    )


def _settings(options: Options) -> ExecutionSettings:
    try:
        return ExecutionSettings(
            repeats=options.repeats,
            concurrency=options.max_workers,
            timeout_seconds=options.timeout_seconds,
            retries=options.retries,
            abandon_after=None,
        )
    except ValueError as error:
        message = str(error).replace("concurrency", "max_workers")
        raise InvalidInputError(message) from error


def _client(options: Options) -> Client:
    if options.client is None:
        return Client(
            server_url=options.server_url, api_key=options.api_key, data_dir=options.data_dir
        )
    if not (options.server_url is None and options.api_key is None and options.data_dir is None):
        raise InvalidInputError(
            "A client knows its server; leave out server_url, api_key and data_dir."
        )
    return options.client
