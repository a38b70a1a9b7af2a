"""Running an evaluation from the terminal: stores, works, shows progress, prints the report."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, say
from assay.apps.cli.progress import ProgressView
from assay.apps.cli.tables import report_view
from assay.apps.cli.workbench import open_workbench, stored_evaluation
from assay.apps.services.composition import Services
from assay.apps.settings import Settings
from assay.core.errors import AssayError, InvalidInputError
from assay.core.ports import Listing, ResultFilter
from assay.core.results import ItemStatus
from assay.core.runs import Evaluation, RunStatus
from assay.core.wire.bench import EvaluationReport
from assay.execution import Cancellation
from assay.kit.atomic_files import write_atomic
from assay.llm.spec import parse_model_spec


class NothingAnsweredError(AssayError):
    """A run came to its end without a single answer."""

    code = "nothing_answered"


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What one call of ``assay bench run`` asks for."""

    task: Path | None
    dataset: Path | None
    models: tuple[str, ...]
    repeats: int
    concurrency: int | None
    budget_usd: Decimal | None
    name: str | None
    resume: str | None


def run(
    request: BenchRequest,
    *,
    data_dir: Path | None,
    output: Path | None,
    output_format: OutputFormat,
) -> None:
    """Run or resume an evaluation and print its report.

    Raises:
        AssayError: If the request cannot be used, or the run could not go on.
        KeyboardInterrupt: After Ctrl-C; what had finished is stored.
    """
    settings = settings_for(
        data_dir=data_dir, concurrency=request.concurrency, budget_usd=request.budget_usd
    )
    with open_workbench(settings) as services:
        evaluation = _evaluation(services, request, settings)
        ended = _work(services, evaluation)
        report = services.evaluations.report(ended)
        failures = _failures(services, report)
    document = report.model_dump(mode="json")
    if output is not None:
        write_atomic(output, report.model_dump_json(indent=2).encode())
    emit(document, output_format, render=lambda: report_view(report))
    for line in failures:
        say(line)
    if ended.error is not None:
        say(f"Warning: {ended.error}")
    if not any(model.answered for model in report.models):
        raise NothingAnsweredError(
            f"No model answered anything. Go on with: assay bench run --resume {ended.id}"
        )


def _failures(services: Services, report: EvaluationReport) -> list[str]:
    """Say for each model with failed items how many, and what the first one died of."""
    lines: list[str] = []
    for model in report.models:
        page = services.store.page_results(
            model.run_id,
            where=ResultFilter(status=ItemStatus.FAILED),
            listing=Listing(project=None, limit=1),
        )
        lines += [
            f"{model.model}: {page.total} failed, such as {item.key.datapoint_id}: {item.error}"
            for item in page.items
        ]
    return lines


def _evaluation(services: Services, request: BenchRequest, settings: Settings) -> Evaluation:
    """Store a new evaluation, or make the one to resume pending again."""
    if request.resume is not None:
        evaluation = stored_evaluation(services, request.resume)
        return evaluation if _is_new(evaluation) else services.evaluations.resume(evaluation)
    if request.task is None or request.dataset is None or not request.models:
        raise InvalidInputError(
            "A run needs a task, --dataset and --models (or --resume RUN). Example: assay bench "
            "run task.yaml --dataset data.jsonl --models recorded:answers.jsonl#NAME"
        )
    return services.evaluations.create(
        task_id=services.tasks.add_file(request.task).id,
        dataset_id=services.add_dataset_file(request.dataset).id,
        models=[_placed(spec.strip()) for spec in request.models],
        name=request.name,
        repeats=request.repeats,
        concurrency=settings.concurrency,
        budget_usd=settings.budget_usd,
    )


def _placed(text: str) -> str:
    """Name a file of recorded answers from the root, so that a resume finds it from anywhere."""
    spec = parse_model_spec(text)
    if spec.provider != "recorded" or spec.source is None or not Path(spec.source).exists():
        return text
    return replace(spec, source=str(Path(spec.source).resolve())).text


def _is_new(evaluation: Evaluation) -> bool:
    return evaluation.status is RunStatus.PENDING


def _work(services: Services, evaluation: Evaluation) -> Evaluation:
    cancellation = Cancellation()
    view = ProgressView()
    say(f"run {evaluation.id}: {evaluation.name}")
    with view, _interrupting(cancellation):
        ended = asyncio.run(
            services.evaluations.run(
                evaluation.id, on_progress=view.update, cancellation=cancellation
            )
        )
    if cancellation.cancelled:
        say(f"Stopped. Go on with: assay bench run --resume {evaluation.id}")
        raise KeyboardInterrupt
    return ended


@contextmanager
def _interrupting(cancellation: Cancellation) -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into a cancellation; the second one ends at once."""
    previous: dict[signal.Signals, Any] = {}

    def stop(number: int, _frame: object) -> None:
        for each, handler in previous.items():
            signal.signal(each, handler)
        cancellation.cancel(f"interrupted by {signal.Signals(number).name}")

    with contextlib.suppress(ValueError):  # not the main thread: signals are not ours to take
        for number in (signal.SIGINT, signal.SIGTERM):
            previous[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
