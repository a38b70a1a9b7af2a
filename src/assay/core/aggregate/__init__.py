"""Aggregation of runs: importable from the server alone; the SDK asks for its answers.

Start at ``collect_scores``: it turns a stream of results into columns, from which
``run_result``, ``run_summary`` and ``compare_runs`` answer. All of it is pure.
"""

from assay.core.aggregate.comparison import ScoredRun, compare_runs
from assay.core.aggregate.encoding import encode_result
from assay.core.aggregate.functions import AggregateFunction, aggregate, parse_function
from assay.core.aggregate.groups import compare_groups, group_fields
from assay.core.aggregate.items import (
    ItemsWanted,
    ItemVerdict,
    find_items,
    item_verdicts,
)
from assay.core.aggregate.overview import run_overview
from assay.core.aggregate.result import run_result, run_summary
from assay.core.aggregate.rules import MetricRule, metric_rules
from assay.core.score_columns import MetricColumn, RunScores, collect_scores


__all__ = [
    "AggregateFunction",
    "ItemVerdict",
    "ItemsWanted",
    "MetricColumn",
    "MetricRule",
    "RunScores",
    "ScoredRun",
    "aggregate",
    "collect_scores",
    "compare_groups",
    "compare_runs",
    "encode_result",
    "find_items",
    "group_fields",
    "item_verdicts",
    "metric_rules",
    "parse_function",
    "run_overview",
    "run_result",
    "run_summary",
]
