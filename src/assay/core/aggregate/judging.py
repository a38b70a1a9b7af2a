"""Which items, datapoints and metrics of a run pass.

An item passes when its candidate answered, no evaluator raised on it, and each of its
metrics passes: inside the passing range where the metric has one, else by the
evaluator's own verdict, else (a bare number or label) by having a score. A metric that
does not assert only reports: its verdict decides no item. A datapoint passes when all its
repeats do.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, repeat

from assay.core.aggregate.rules import DEFAULT_RULE, MetricRule, run_rules
from assay.core.runs import Run
from assay.core.score_columns import MetricColumn, RunScores


Verdicts = Sequence[bool | None]
"""Per item: passed, did not pass, or None where there is nothing to judge."""


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run's columns with what passes.

    Attributes:
        rules: By metric name; absent means the default.
        verdicts: Per metric column, per item.
        items: Per item.
        groups: Item indices of each datapoint, datapoints in order of appearance; None where
            no datapoint has more than one.
    """

    run: Run
    scores: RunScores
    rules: Mapping[str, MetricRule]
    verdicts: tuple[Verdicts, ...]
    items: Verdicts
    groups: Mapping[str, Sequence[int]] | None

    def rule(self, name: str) -> MetricRule:
        """Return the rule of one metric."""
        return self.rules.get(name, DEFAULT_RULE)

    def split(self, verdicts: Verdicts) -> tuple[list[str], list[str]]:
        """Return the datapoints whose known items all pass, and those with one that does not."""
        if self.groups is None:
            ids = self.scores.datapoint_ids
            if verdicts.count(True) == len(ids):
                return list(ids), []
            failing = map(operator.is_, verdicts, repeat(False)) if False in verdicts else ()
            return list(compress(ids, verdicts)), list(compress(ids, failing))
        passed: list[str] = []
        failed: list[str] = []
        for datapoint_id, indices in self.groups.items():
            known = [verdicts[index] for index in indices if verdicts[index] is not None]
            if known:
                (passed if all(known) else failed).append(datapoint_id)
        return passed, failed


def judge(run: Run, scores: RunScores) -> JudgedRun:
    """Judge every item of a run by the rules in its configuration."""
    rules = run_rules(run)
    verdicts = tuple(
        _metric_verdicts(column, rules.get(column.name, DEFAULT_RULE)) for column in scores.metrics
    )
    return JudgedRun(
        run=run,
        scores=scores,
        rules=rules,
        verdicts=verdicts,
        items=_item_verdicts(scores, _deciding(scores.metrics, verdicts, rules=rules)),
        groups=None if _all_single(scores.datapoint_ids) else group_items(scores),
    )


def group_items(scores: RunScores) -> dict[str, list[int]]:
    """Return the item indices of each datapoint, datapoints in order of appearance."""
    groups: dict[str, list[int]] = {}
    for index, datapoint_id in enumerate(scores.datapoint_ids):
        groups.setdefault(datapoint_id, []).append(index)
    return groups


def _all_single(ids: Sequence[str]) -> bool:
    return len(set(ids)) == len(ids)


def _metric_verdicts(column: MetricColumn, rule: MetricRule) -> list[bool | None]:
    verdicts: list[bool | None]
    if rule.bounded:
        verdicts = [None if value is None else rule.passes(value) for value in column.values]
    elif column.boolean:
        verdicts = list(column.passed)
    elif column.passed.count(None) == len(column.passed):
        verdicts = [True] * len(column.passed)
        for index in column.gaps:
            verdicts[index] = None
    else:
        verdicts = [
            True if passed is None and value is not None else passed
            for value, passed in zip(column.values, column.passed, strict=True)
        ]
    if not rule.bounded:
        for index in column.labels:
            verdicts[index] = column.passed[index] is not False
    for index in column.errors:
        verdicts[index] = False
    return verdicts


def _deciding(
    columns: Sequence[MetricColumn],
    verdicts: Sequence[Verdicts],
    *,
    rules: Mapping[str, MetricRule],
) -> list[Verdicts]:
    """Return the verdicts that items stand or fall by: of a silent metric its errors alone."""
    return [
        found
        if rules.get(column.name, DEFAULT_RULE).asserts
        else [False if index in column.errors else None for index in range(len(found))]
        for column, found in zip(columns, verdicts, strict=True)
    ]


def _item_verdicts(scores: RunScores, verdicts: Sequence[Verdicts]) -> list[bool]:
    answered = {status: status.answered for status in set(scores.statuses)}
    items = [
        answered[status] and passed is not False
        for status, passed in zip(scores.statuses, scores.passed, strict=True)
    ]
    for column in verdicts:
        if False in column:
            items = [
                item and verdict is not False for item, verdict in zip(items, column, strict=True)
            ]
    return items
