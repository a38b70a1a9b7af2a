"""The result of one run: per metric and per datapoint, and whether the run succeeded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.functions import AggregateFunction, aggregate
from assay.core.aggregate.items import ItemVerdict, verdicts_of
from assay.core.aggregate.judging import JudgedRun, Verdicts, judge
from assay.core.aggregate.rules import MetricRule
from assay.core.runs import Run, RunStatus
from assay.core.score_columns import MetricColumn, RunScores
from assay.core.wire.runs import run_object


EVENT_TYPE = "chain"


def run_result(
    run: Run, scores: RunScores, *, function: AggregateFunction = AggregateFunction.AVERAGE
) -> dict[str, Any]:
    """Return the JSON mapping of ``GET /runs/{id}/result`` (``core.wire.RunResultBody``)."""
    scores = with_composites(scores, run.configuration)
    judged = judge(run, scores)
    details = list(metric_details(judged, function))
    return result_around(datapoint_entries(judged), details, judged=judged, function=function)


def result_around(
    datapoints: Any, details: Any, *, judged: JudgedRun, function: AggregateFunction
) -> dict[str, Any]:
    """Return the mapping of a run's result, with what the caller has put in two places of it."""
    run, scores = judged.run, judged.scores
    passed, failed = judged.split(judged.items)
    missing = 0 if run.planned is None else max(0, run.planned - len(scores))
    return {
        "status": run.status.value,
        "success": run.status is RunStatus.COMPLETED and not failed and not missing,
        "error": run.stop_reason if run.status is RunStatus.FAILED else None,
        "passed": passed,
        "failed": failed,
        "missing": missing,
        "metrics": {
            "aggregation_function": function.value,
            "details": details,
            "labels": [_label_detail(judged, column) for column in scores.metrics if column.labels],
        },
        "datapoints": datapoints,
        "event_details": event_details(run, scores),
        "run_object": run_object(run).model_dump(mode="json"),
    }


def metric_details(
    judged: JudgedRun, function: AggregateFunction, *, values: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield what is told of each metric of numbers; without ``values``, not the single ones."""
    for column, verdicts in zip(judged.scores.metrics, judged.verdicts, strict=True):
        if _has_numbers(column):
            detail = _detail(judged, column, verdicts=verdicts, function=function)
            yield detail if values else detail | {"values": []}


def run_summary(
    run: Run, scores: RunScores, *, function: AggregateFunction = AggregateFunction.AVERAGE
) -> dict[str, Any]:
    """Return a run's headline for lists (``core.wire.RunSummary``); it counts items.

    ``pass_rate`` is passed over judged items, None when nothing was judged: an item that
    was answered and has no verdict neither passed nor failed.
    """
    scores = with_composites(scores, run.configuration)
    counts = Counter(verdicts_of(judge(run, scores)))
    passed, not_passed = counts[ItemVerdict.PASSED], counts[ItemVerdict.NOT_PASSED]
    metrics: dict[str, Any] = {}
    for column in scores.metrics:
        if values := column.numbers:
            metrics[column.key] = {
                "aggregate": aggregate(values, function),
                "n": len(values),
            }
    return {
        "passed": passed,
        "not_passed": not_passed,
        "no_verdict": counts[ItemVerdict.NO_VERDICT],
        "errored": counts[ItemVerdict.ERRORED],
        "ended": len(scores),
        "pass_rate": passed / (passed + not_passed) if passed + not_passed else None,
        "metrics": metrics,
    }


def identity(run: Run, column: MetricColumn) -> dict[str, str]:
    """Return what names a metric on the wire: its name and the event that carries it."""
    event_name, event_type = column.event or (run.candidate, EVENT_TYPE)
    return {
        "metric_name": column.name,
        "metric_type": column.metric_type,
        "event_name": event_name,
        "event_type": event_type,
    }


def event_details(run: Run, scores: RunScores) -> list[dict[str, str]]:
    """Return which events carry scores: the candidate's chain first, then others."""
    if not len(scores):
        return []
    carriers = [(run.candidate, EVENT_TYPE)]
    carriers += [column.event for column in scores.metrics if column.event is not None]
    return [{"event_name": name, "event_type": kind} for name, kind in dict.fromkeys(carriers)]


def wire_values(column: MetricColumn, values: Sequence[float]) -> list[float]:
    """Return numbers as the wire shows them: verdicts as booleans."""
    return list(map(bool, values)) if column.boolean else list(values)


def _has_numbers(column: MetricColumn) -> bool:
    """Return whether a column is a metric of numbers: it has some, or nothing but errors."""
    return bool(column.errors) or column.has_values


def _detail(
    judged: JudgedRun, column: MetricColumn, *, verdicts: Verdicts, function: AggregateFunction
) -> dict[str, Any]:
    rule = judged.rule(column.name)
    values = column.numbers
    passed, failed = judged.split(verdicts)
    return {
        **identity(judged.run, column),
        "aggregate": aggregate(values, function),
        "values": wire_values(column, values),
        "datapoints": {"passed": passed, "failed": failed},
        "count": len(values),
        "errors": len(column.errors),
        "higher_is_better": rule.higher_is_better,
        "passing_range": _passing_range(rule, column),
    }


def _passing_range(rule: MetricRule, column: MetricColumn) -> dict[str, float | None] | None:
    """Return the run's own range, else that of the server-side evaluator."""
    if rule.bounded:
        return {"min": rule.low, "max": rule.high}
    if column.passing_range is None:
        return None
    low, high = column.passing_range
    return {"min": low, "max": high}


def _label_detail(judged: JudgedRun, column: MetricColumn) -> dict[str, Any]:
    """Return how often each label was given, the most frequent first."""
    counts = Counter(column.labels.values())
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return {**identity(judged.run, column), "counts": dict(ordered), "errors": len(column.errors)}


def datapoint_entries(judged: JudgedRun) -> list[dict[str, Any]]:
    """Return one entry per datapoint, repeats merged."""
    entries = _item_entries(judged)
    if judged.groups is None:
        return entries
    return [_merge([entries[index] for index in indices]) for indices in judged.groups.values()]


def _item_entries(judged: JudgedRun) -> list[dict[str, Any]]:
    scores = judged.scores
    entries: list[dict[str, Any]] = [
        {
            "datapoint_id": datapoint_id,
            "session_id": session_id,
            "status": status.value,
            "passed": passed,
            "metrics": [],
        }
        for datapoint_id, session_id, status, passed in zip(
            scores.datapoint_ids, scores.session_ids, scores.statuses, judged.items, strict=True
        )
    ]
    for column, verdicts in zip(scores.metrics, judged.verdicts, strict=True):
        _put_metric(entries, judged.run, column=column, verdicts=verdicts)
    for index, error in scores.errors.items():
        entries[index]["error"] = error
    return entries


def _put_metric(
    entries: Sequence[dict[str, Any]], run: Run, *, column: MetricColumn, verdicts: Verdicts
) -> None:
    name, boolean = column.name, column.boolean
    event_name, event_type = column.event or (run.candidate, EVENT_TYPE)
    for entry, value, passed in zip(entries, column.values, verdicts, strict=True):
        if value is not None:
            entry["metrics"].append(
                {
                    "name": name,
                    "event_name": event_name,
                    "event_type": event_type,
                    "value": value != 0 if boolean else value,
                    "passed": passed,
                }
            )
    for index, label in column.labels.items():
        entries[index].setdefault("labels", {})[name] = label
    for index, reason in column.errors.items():
        entries[index].setdefault("evaluator_errors", {})[name] = reason


def _merge(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one datapoint's entry for its repeats; a metric's value is the mean over them."""
    by_name: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        for metric in entry["metrics"]:
            by_name.setdefault((metric["name"], metric["event_name"]), []).append(metric)
    merged: dict[str, Any] = {
        **entries[0],
        "passed": all(entry["passed"] for entry in entries),
        "metrics": [_merge_metric(metrics) for metrics in by_name.values()],
        "repeats": len(entries),
    }
    failure = next((entry for entry in entries if "error" in entry), None)
    if failure is not None:
        merged |= {"status": failure["status"], "error": failure["error"]}
    for key in ("labels", "evaluator_errors"):
        texts = [entry[key] for entry in entries if key in entry]
        if texts:
            merged[key] = {name: text for part in texts for name, text in part.items()}
    return merged


def _merge_metric(metrics: Sequence[dict[str, Any]]) -> dict[str, Any]:
    values = [metric["value"] for metric in metrics]
    return {
        **metrics[0],
        "value": aggregate(values, AggregateFunction.AVERAGE),
        "values": values,
        "passed": all(metric["passed"] is not False for metric in metrics),
    }
