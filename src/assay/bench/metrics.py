"""The metrics of one run: each with the items it stands on and, where it has one, an interval.

TP/(TP+FP) is ``precision``, its complement ``hallucination_rate``, TP/(TP+FN)
``completeness`` (also given as ``recall``). Those are *micro*: over all items of the
run; ``*_macro`` is the mean over answers. Undefined is None, never 0 or 1.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from assay.bench.intervals import clustered_wilson, mean_interval, share_interval
from assay.bench.matchers.outcome import Counts, ratio
from assay.bench.tally import ABSENT, PASSED, RunTally
from assay.core.statistics import mean_pass_at_k, mean_pass_hat_k, sample_standard_deviation
from assay.core.wire.bench import MetricValue


Numerator = Callable[[Counts], int]

_ITEM_METRICS: dict[str, tuple[Numerator, Numerator]] = {
    "precision": (lambda item: item.tp, lambda item: item.tp + item.fp),
    "completeness": (lambda item: item.tp, lambda item: item.tp + item.fn),
    "f1": (lambda item: 2 * item.tp, lambda item: 2 * item.tp + item.fp + item.fn),
}


def pass_rate(tally: RunTally) -> MetricValue:
    """Return passed / answered with Wilson's interval.

    With repeats, items of one datapoint are not independent: the interval is Wilson's at
    the effective number of items that the spread between datapoints leaves.
    """
    value = ratio(tally.passed, tally.answered)
    cells = [(passed, answered) for passed, answered in pass_counts(tally) if answered]
    return MetricValue(value=value, n=tally.answered, interval=clustered_wilson(cells))


def pass_counts(tally: RunTally) -> list[tuple[int, int]]:
    """Return (passed, answered) per datapoint, in slot order."""
    size = tally.index.repeats
    return [
        (group.count(PASSED), len(group) - group.count(ABSENT))
        for group in (
            tally.verdicts[start : start + size] for start in range(0, len(tally.verdicts), size)
        )
    ]


def all_metrics(tally: RunTally, *, planned: int, graded: bool) -> dict[str, MetricValue]:
    """Return every metric of a run by name.

    Args:
        tally: The run.
        planned: Items that were planned.
        graded: Whether answers get a score between 0 and 1 besides pass or fail.
    """
    metrics = {
        "pass_rate": pass_rate(tally),
        "completion_rate": MetricValue(value=ratio(tally.answered, planned), n=planned),
    }
    if graded:
        metrics["mean_score"] = _mean_score(tally)
    if tally.has_items:
        metrics |= _item_metrics(tally)
    if tally.fields:
        metrics |= _field_metrics(tally)
    if tally.index.repeats > 1:
        metrics |= _repeat_metrics(tally)
    return metrics


def _mean_score(tally: RunTally) -> MetricValue:
    groups = list(_by_datapoint(tally))
    values = [value for group in groups for value in group]
    labels = [label for label, group in enumerate(groups) for _ in group]
    mean = ratio(math.fsum(values), len(values))
    return MetricValue(value=mean, n=len(values), interval=mean_interval(values, labels))


def _by_datapoint(tally: RunTally) -> Iterable[list[float]]:
    size = tally.index.repeats
    for start in range(0, len(tally.values), size):
        group = [value for value in tally.values[start : start + size] if not math.isnan(value)]
        if group:
            yield group


def item_counts(tally: RunTally) -> list[Counts]:
    """Return the true and false positives of each slot that was answered."""
    return [
        Counts(tp, fp, fn)
        for slot, (tp, fp, fn) in enumerate(zip(tally.tp, tally.fp, tally.fn, strict=True))
        if tally.verdict(slot) != ABSENT
    ]


def _item_metrics(tally: RunTally) -> dict[str, MetricValue]:
    items = item_counts(tally)
    clusters = _cluster_counts(tally)
    metrics: dict[str, MetricValue] = {}
    for name, (above, below) in _ITEM_METRICS.items():
        whole = sum(map(below, items))
        metrics[name] = MetricValue(
            value=ratio(sum(map(above, items)), whole),
            n=whole,
            interval=share_interval([(above(item), below(item)) for item in clusters]),
        )
        metrics[f"{name}_macro"] = _macro([ratio(above(item), below(item)) for item in items])
    metrics["recall"] = metrics["completeness"]
    metrics["hallucination_rate"] = _complement(metrics["precision"])
    metrics["hallucination_rate_macro"] = _complement(metrics["precision_macro"])
    return metrics


def _complement(metric: MetricValue) -> MetricValue:
    span = metric.interval
    return MetricValue(
        value=None if metric.value is None else 1 - metric.value,
        n=metric.n,
        interval=None if span is None else (1 - span[1], 1 - span[0]),
    )


def _macro(values: Sequence[float | None]) -> MetricValue:
    defined = [value for value in values if value is not None]
    return MetricValue(value=ratio(math.fsum(defined), len(defined)), n=len(defined))


def _cluster_counts(tally: RunTally) -> list[Counts]:
    size = tally.index.repeats
    return [
        Counts(
            sum(tally.tp[start : start + size]),
            sum(tally.fp[start : start + size]),
            sum(tally.fn[start : start + size]),
        )
        for start in range(0, len(tally.tp), size)
    ]


def _field_metrics(tally: RunTally) -> dict[str, MetricValue]:
    metrics = {
        f"field_accuracy.{name}": MetricValue(value=ratio(count.agreed, count.total), n=count.total)
        for name, count in tally.fields.items()
    }
    weighted = math.fsum(count.agreed * count.weight for count in tally.fields.values())
    whole = math.fsum(count.total * count.weight for count in tally.fields.values())
    cells = sum(count.total for count in tally.fields.values())
    metrics["field_accuracy"] = MetricValue(value=ratio(weighted, whole), n=cells)
    return metrics


def _repeat_metrics(tally: RunTally) -> dict[str, MetricValue]:
    """Return what repeats say: spread, agreement, and whether any or all of k pass."""
    k = tally.index.repeats
    cases = [(answered, passed) for passed, answered in pass_counts(tally) if answered]
    at_k, hat_k = mean_pass_at_k(cases, k=k), mean_pass_hat_k(cases, k=k)
    repeated = [(answered, passed) for answered, passed in cases if answered > 1]
    same = [_pair_agreement(answered, passed) for answered, passed in repeated]
    spreads = [
        spread
        for group in _by_datapoint(tally)
        if (spread := sample_standard_deviation(group)) is not None
    ]
    return {
        "pass_at_k": MetricValue(value=at_k.value, n=at_k.cases),
        "pass_hat_k": MetricValue(value=hat_k.value, n=hat_k.cases),
        "agreement": _macro(same),
        "consistency_sd": _macro(spreads),
    }


def _pair_agreement(answered: int, passed: int) -> float:
    """Return the share of pairs of repeats with the same verdict."""
    alike = math.comb(passed, 2) + math.comb(answered - passed, 2)
    return alike / math.comb(answered, 2)
