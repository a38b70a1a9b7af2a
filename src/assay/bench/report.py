"""The report of an evaluation: ledger, ranking with ties, comparisons, cost, warnings.

Answers are read once per model and never held; what stays is a few bytes per item.
The same results give the same report, whatever order they come in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from assay.bench.comparisons import Paired, compare_all
from assay.bench.matchers.specs import FuzzyMatcher, MatcherSpec, is_list_matcher
from assay.bench.metrics import all_metrics
from assay.bench.pareto import Offer, pareto_front
from assay.bench.ranking import SIGNIFICANCE, Contestant, Place, rank
from assay.bench.report_warnings import Told, warnings_of
from assay.bench.tally import RunTally, SlotIndex, tally_run
from assay.bench.task import Task
from assay.core.answer_columns import AnswerColumns
from assay.core.datasets import DatasetVersion
from assay.core.results import ItemStatus
from assay.core.runs import Evaluation, Run
from assay.core.statistics import percentile
from assay.core.wire.bench import (
    EvaluationReport,
    LatencySummary,
    MetricValue,
    ModelComparison,
    ModelSummary,
)


_PER_1000 = Context(prec=10)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One run with everything that is known of it alone."""

    run: Run
    name: str
    planned: int
    tally: RunTally
    metrics: Mapping[str, MetricValue]
    quality: float | None


def build_report(
    evaluation: Evaluation,
    runs: Sequence[Run],
    *,
    task: Task,
    dataset: DatasetVersion,
    answers: Callable[[str], Iterable[AnswerColumns]],
) -> EvaluationReport:
    """Build the report of an evaluation, finished or not.

    Args:
        evaluation: The evaluation; its name, status and times are taken over.
        runs: Its runs, one per model.
        task: Its task.
        dataset: Its dataset version.
        answers: Streams the answers of a run by its id; called once per run.

    Returns:
        The report; models by rank, comparisons with the better-placed model as ``a``.
    """
    repeats = max((run.repeats for run in runs), default=1)
    index = SlotIndex(repeats)
    measured = [_measure(run, task, dataset, answers(run.id), index) for run in runs]
    measured.sort(key=_best_first)
    graded = is_graded(task.matcher)
    pairs = compare_all([(item.run.id, item.tally) for item in measured], graded=graded)
    places = _places(measured, pairs)
    measured.sort(key=lambda item: places[item.run.id].position)
    models = _summaries(measured, places)
    names = {item.run.id: item.name for item in measured}
    return EvaluationReport(
        run_id=evaluation.id,
        name=evaluation.name,
        status=evaluation.status.value,
        task=task.name,
        dataset=dataset.name,
        dataset_digest=dataset.digest,
        datapoints=dataset.size,
        repeats=repeats,
        created_at=evaluation.created_at,
        finished_at=evaluation.finished_at,
        duration_seconds=_duration_seconds(evaluation),
        leader=_leader(measured),
        models=models,
        comparisons=[_comparison(pair, names) for pair in _oriented(pairs, places)],
        warnings=warnings_of(_told(measured), pairs, names, datapoints=dataset.size),
    )


def is_graded(matcher: MatcherSpec) -> bool:
    """Whether models are ranked by mean score: lists whose task names no pass threshold."""
    return is_list_matcher(matcher) and getattr(matcher, "pass_threshold", None) is None


def _measure(
    run: Run,
    task: Task,
    dataset: DatasetVersion,
    answers: Iterable[AnswerColumns],
    index: SlotIndex,
) -> _Measured:
    tally = tally_run(answers, index)
    planned = run.planned if run.planned is not None else dataset.size * run.repeats
    planned = max(planned, tally.ended)
    scored = is_list_matcher(task.matcher) or isinstance(task.matcher, FuzzyMatcher)
    metrics = all_metrics(tally, planned=planned, graded=scored)
    headline = "mean_score" if is_graded(task.matcher) else "pass_rate"
    return _Measured(
        run=run,
        name=run.candidate or run.name,
        planned=planned,
        tally=tally,
        metrics=metrics,
        quality=metrics[headline].value,
    )


def _best_first(item: _Measured) -> tuple[float, str, str]:
    return (0.0 if item.quality is None else -1.0 - item.quality, item.name, item.run.id)


def _places(measured: Sequence[_Measured], pairs: Sequence[Paired]) -> dict[str, Place]:
    adjusted = {frozenset((pair.a, pair.b)): pair.p_value_adjusted for pair in pairs}

    def tells_apart(one: str, other: str) -> bool:
        value = adjusted[frozenset((one, other))]
        return value is not None and value < SIGNIFICANCE

    contestants = [Contestant(item.name, item.run.id, item.quality) for item in measured]
    return rank(contestants, tells_apart=tells_apart)


def _leader(measured: Sequence[_Measured]) -> str | None:
    return next((item.name for item in measured if item.quality is not None), None)


def _summaries(measured: Sequence[_Measured], places: Mapping[str, Place]) -> list[ModelSummary]:
    latencies = [_latency(item.tally) for item in measured]
    front = pareto_front(
        [
            Offer(item.quality, _cost_per_call(item.tally), latency.p95_seconds)
            for item, latency in zip(measured, latencies, strict=True)
        ]
    )
    return [
        _summary(item, places[item.run.id], latency, on_front)
        for item, latency, on_front in zip(measured, latencies, front, strict=True)
    ]


def _summary(
    item: _Measured, place: Place, latency: LatencySummary, on_front: bool
) -> ModelSummary:
    tally, counts = item.tally, item.tally.counts
    headline = item.metrics["pass_rate"]
    return ModelSummary(
        model=item.name,
        run_id=item.run.id,
        rank=place.rank,
        planned=item.planned,
        scored=counts[ItemStatus.SCORED],
        failed=counts[ItemStatus.FAILED],
        truncated=counts[ItemStatus.TRUNCATED],
        refused=counts[ItemStatus.REFUSED],
        unparseable=counts[ItemStatus.UNPARSEABLE],
        judge_error=counts[ItemStatus.JUDGE_ERROR],
        skipped=item.planned - tally.ended,
        answered=tally.answered,
        passed=tally.passed,
        pass_rate=headline.value,
        interval=headline.interval,
        metrics={name: metric.value for name, metric in item.metrics.items()},
        metric_details=dict(item.metrics),
        cost_usd=_money(tally.cost_usd) if tally.cost_known else None,
        cost_known=tally.cost_known,
        cost_source=_cost_source(tally),
        cost_per_1000_usd=_per_1000(tally),
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        latency=latency,
        tied_with_leader=place.tied_with_leader,
        on_pareto_front=on_front,
        stop_reason=item.run.stop_reason,
    )


def _latency(tally: RunTally) -> LatencySummary:
    return LatencySummary(
        p50_seconds=percentile(tally.latencies, 50),
        p95_seconds=percentile(tally.latencies, 95),
        p99_seconds=percentile(tally.latencies, 99),
        n=len(tally.latencies),
    )


def _cost_per_call(tally: RunTally) -> Decimal | None:
    return tally.billable_usd / tally.billable if tally.billable else None


def _per_1000(tally: RunTally) -> str | None:
    if not tally.billable:
        return None
    return _money(_PER_1000.divide(tally.billable_usd * 1000, Decimal(tally.billable)))


def _money(amount: Decimal) -> str:
    """Return plain decimal text without an exponent; no digit is added or lost."""
    return format(amount, "f")


def _cost_source(tally: RunTally) -> str:
    known = sorted(source.value for source in tally.sources)
    if not known:
        return "unknown"
    return known[0] if len(known) == 1 else "mixed"


def _duration_seconds(evaluation: Evaluation) -> float | None:
    if evaluation.finished_at is None:
        return None
    return (evaluation.finished_at - evaluation.created_at).total_seconds()


def _oriented(pairs: Sequence[Paired], places: Mapping[str, Place]) -> list[Paired]:
    """Return the comparisons in table order; pairs already have the better quality as a."""
    return sorted(pairs, key=lambda pair: (places[pair.a].position, places[pair.b].position))


def _comparison(pair: Paired, names: Mapping[str, str]) -> ModelComparison:
    return ModelComparison(
        a=names[pair.a],
        b=names[pair.b],
        a_only=pair.a_only,
        b_only=pair.b_only,
        both=pair.both,
        neither=pair.neither,
        difference=pair.difference,
        interval=pair.interval,
        p_value=pair.p_value,
        p_value_adjusted=pair.p_value_adjusted,
        test=pair.test,
        needed=pair.needed,
    )


def _told(measured: Sequence[_Measured]) -> list[Told]:
    return [
        Told(
            name=item.name,
            planned=item.planned,
            ended=item.tally.ended,
            answered=item.tally.answered,
            scored=item.tally.counts[ItemStatus.SCORED],
            unknown_costs=item.tally.unknown_costs,
            stop_reason=item.run.stop_reason,
        )
        for item in measured
    ]
