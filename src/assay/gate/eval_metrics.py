"""The figures of one eval run, from its cases; an error is neither a pass nor a fail."""

import math
import re
from collections.abc import Iterable, Sequence
from statistics import fmean

from assay.core.eval_runs import CaseRecord
from assay.core.statistics import percentile
from assay.gate.cases import by_case, is_error, verdict_of
from assay.gate.config import MetricNames


_NO_METRIC_NAME = re.compile(r"[^\w.\- :]")  # what MLflow refuses, and "/", which makes folders
_LONGEST_NAME = 250


def run_metrics(
    cases: Sequence[CaseRecord], *, names: MetricNames, promised_cases: int | None, repeats: int
) -> dict[str, float]:
    """Return what is logged of a run; what is not known is absent.

    ``pass_rate`` is passed / (passed + failed) over all trials. ``total_cases`` counts cases,
    of which ``error_cases`` have a trial that ended without a verdict or never came.

    Args:
        cases: One record per case and repeat.
        names: Under which names this eval type logs; the plain ones are logged as well.
        promised_cases: How many cases the dataset has; None if nobody said.
        repeats: How many trials each case should have.
    """
    table = by_case(cases)
    total = max(len(table), promised_cases or 0)
    whole = sum(
        len(trials) >= repeats and all(verdict_of(trial) is not None for trial in trials)
        for trials in table.values()
    )
    verdicts = [verdict for verdict in map(verdict_of, cases) if verdict is not None]
    metrics: dict[str, float] = {
        "total_cases": total,
        "error_cases": total - whole,
        "total_trials": max(total * repeats, len(cases)),
        "passed_trials": sum(verdicts),
        "failed_trials": len(verdicts) - sum(verdicts),
        **_mean("average_score", (case.score for case in cases if not is_error(case))),
        **_scorers(cases),
        **_costs(cases),
    }
    if verdicts:
        metrics["pass_rate"] = sum(verdicts) / len(verdicts)
    mapped = {
        names.pass_rate: "pass_rate",
        names.average_score: "average_score",
        names.total_cases: "total_cases",
        names.error_cases: "error_cases",
    }
    return metrics | {name: metrics[plain] for name, plain in mapped.items() if plain in metrics}


def _scorers(cases: Iterable[CaseRecord]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for case in cases:
        for name, value in case.scores.items():
            key = f"scorer.{_NO_METRIC_NAME.sub('_', name)}"
            values.setdefault(key[:_LONGEST_NAME], []).append(value)
    means: dict[str, float] = {}
    for name, found in values.items():
        means |= _mean(name, found)
    return means


def _costs(cases: Iterable[CaseRecord]) -> dict[str, float]:
    held = list(cases)
    costs = [case.cost_usd for case in held if case.cost_usd is not None]
    latencies = [case.latency_seconds for case in held if case.latency_seconds is not None]
    figures = {"cost_usd": math.fsum(costs)} if costs else {}
    for share in (50, 95) if latencies else ():
        value = percentile(latencies, share)
        if value is not None:
            figures[f"latency_seconds_p{share}"] = value
    return figures


def _mean(name: str, values: Iterable[float | None]) -> dict[str, float]:
    found = [value for value in values if value is not None and math.isfinite(value)]
    return {name: fmean(found)} if found else {}
