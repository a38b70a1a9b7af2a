"""Progress as arithmetic: from what a run's row says to what people are shown.

A run carries its latest progress in ``Run.results`` under ``progress``; an evaluation's
progress is the sum over its runs. Everything here is pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from assay.core.progress import Progress
from assay.core.runs import Evaluation, Run
from assay.core.wire.rest import ModelProgress, ProgressView


KEY = "progress"


def with_progress(run: Run, progress: Progress, *, now: datetime) -> Run:
    """Return ``run`` carrying ``progress``."""
    figures = {
        "counts": dict(progress.counts),
        "passed": progress.passed,
        "cost_usd": f"{progress.cost_usd:f}",
        "elapsed_seconds": progress.elapsed_seconds,
        "remaining_seconds": progress.remaining_seconds,
    }
    return replace(run, results={**run.results, KEY: figures}, updated_at=now)


def with_outcome(run: Run, *, cost_usd: str | None, leader: bool) -> Run:
    """Return ``run`` carrying what its evaluation's report says about it."""
    figures = {**figures_of(run), "cost_usd": cost_usd}
    return replace(run, results={**run.results, KEY: figures, "leader": leader})


def figures_of(run: Run) -> Mapping[str, Any]:
    """Return the run's latest figures; empty before it began."""
    found = run.results.get(KEY)
    return found if isinstance(found, Mapping) else {}


def leader_of(runs: Sequence[Run]) -> str | None:
    """Return the name of the model that leads, once the evaluation has ended."""
    return next((run.candidate for run in runs if run.results.get("leader")), None)


def model_progress(run: Run) -> ModelProgress:
    """Return how far one model is."""
    figures = figures_of(run)
    counts = {str(name): int(count) for name, count in figures.get("counts", {}).items()}
    counts = {name: count for name, count in counts.items() if name != "skipped"}
    return ModelProgress(
        model=run.candidate,
        run_id=run.id,
        status=run.status.value,
        planned=run.planned or 0,
        ended=sum(counts.values()),
        passed=figures.get("passed", 0),
        failed=counts.get("failed", 0),
        counts=counts,
        cost_usd=figures.get("cost_usd"),
        stop_reason=run.stop_reason,
    )


def evaluation_progress(evaluation: Evaluation, runs: Sequence[Run]) -> ProgressView:
    """Return how far an evaluation is; ``runs`` are its runs in their order."""
    models = [model_progress(run) for run in runs]
    planned = sum(model.planned for model in models)
    ended = sum(model.ended for model in models)
    elapsed = [figures_of(run).get("elapsed_seconds") for run in runs]
    remaining = [figures_of(run).get("remaining_seconds") for run in runs]
    return ProgressView(
        status=evaluation.status.value,
        planned=planned,
        ended=ended,
        percent=min(100.0, 100.0 * ended / planned) if planned else 0.0,
        cost_usd=total_cost(models),
        elapsed_seconds=max((value for value in elapsed if value is not None), default=0.0),
        remaining_seconds=None if evaluation.status.ended else _longest(remaining),
        models=models,
    )


def total_cost(models: Sequence[ModelProgress]) -> str | None:
    """Return the known cost over all models as decimal text, None if none is known."""
    known = [Decimal(model.cost_usd) for model in models if model.cost_usd is not None]
    return f"{sum(known, Decimal(0)):f}" if known else None


def _longest(seconds: Sequence[float | None]) -> float | None:
    return max((value for value in seconds if value is not None), default=None)
