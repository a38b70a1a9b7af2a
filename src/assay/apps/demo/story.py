"""What the demo does: two benches of recorded answers, and one experiment run twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from assay.apps.demo import routers
from assay.apps.services.composition import Services
from assay.apps.settings import Settings
from assay.core.ports import Listing
from assay.core.wire.bench import EvaluationReport
from assay.experiments.evaluate import evaluate
from assay.experiments.models import ExperimentResultSummary


MODELS = ("atlas-large", "atlas-small", "quill-70b", "quill-8b")


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench of the demo: its file stem, its name and how often each model answers."""

    stem: str
    name: str
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class DemoResult:
    """One thing the demo made, and what it says."""

    what: str
    name: str
    id: str
    says: str


BENCHES = (
    Bench("tickets", "Demo: routing support tickets"),
    Bench("invoices", "Demo: items on invoices", repeats=3),
)
EXPERIMENT = "Demo: keyword router"


def run_demo(
    services: Services, settings: Settings, *, again: bool, say: Callable[[str], None]
) -> list[DemoResult]:
    """Make what is missing of the demo, or all of it anew, and return what was made."""
    with as_file(files("assay.apps.demo") / "data") as folder:
        made = [
            _run_bench(services, bench, folder)
            for bench in BENCHES
            if again or not _has_evaluation(services, bench.name)
        ]
        if again or made:
            made += _run_experiment(settings, folder)
    if not made:
        say("The demo is there already; --again runs it once more.")
    return made


def _has_evaluation(services: Services, name: str) -> bool:
    return services.store.list_evaluations(Listing(search=name, limit=1)).total > 0


def _run_bench(services: Services, bench: Bench, folder: Path) -> DemoResult:
    with (folder / f"{bench.stem}_answers.jsonl").open("rb") as stream:
        recording = services.recordings.add(stream, name=f"{bench.stem}_answers.jsonl")
    evaluation = services.evaluations.create(
        task_id=services.tasks.add_file(folder / f"{bench.stem}.yaml").id,
        dataset_id=services.add_dataset_file(folder / f"{bench.stem}.jsonl").id,
        models=[f"recorded:{recording.id}#{model}" for model in MODELS],
        name=bench.name,
        repeats=bench.repeats,
    )
    ended = asyncio.run(services.evaluations.run(evaluation.id))
    return DemoResult("bench", bench.name, ended.id, _leader(services.evaluations.report(ended)))


def _leader(report: EvaluationReport) -> str:
    best = next(model for model in report.models if model.model == report.leader)
    tied = sum(model.tied_with_leader for model in report.models) - 1
    others = f", tied with {tied} more" if tied else ""
    return f"{best.model} leads with {best.passed} of {best.answered}{others}"


def _run_experiment(settings: Settings, folder: Path) -> list[DemoResult]:
    """Run two versions of a function that really routes tickets, by their keywords."""
    versions = (("v1", routers.first_keyword), ("v2", routers.most_keywords))
    results = [
        evaluate(
            function,
            dataset=folder / "tickets.jsonl",
            evaluators=[routers.right_team, routers.known_team],
            name=f"{EXPERIMENT} {version}",
            data_dir=settings.data_dir,
            print_results=False,
        )
        for version, function in versions
    ]
    return [_experiment_result(result) for result in results]


def _experiment_result(result: ExperimentResultSummary) -> DemoResult:
    metric = result.metrics.get_metric("right_team")
    share = None if metric is None else metric.aggregate
    says = "no score" if share is None else f"{share:.1%} of tickets routed right"
    return DemoResult("experiment", result.name, result.run_id, says)
