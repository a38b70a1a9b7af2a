"""Evaluators that are ready to use: each function here makes one.

``from assay import evaluators``, then for example ``evaluators.exact_match()``. All take
the settings of ``@evaluator`` as keywords. Where ``key`` is not given, a mapping with a
single entry stands for that entry, and the outputs' entry of the same name is compared
with it. Datapoints without ground truth are not applicable to evaluators that need it.
"""

from assay.experiments.ready.judge import judge
from assay.experiments.ready.lists import list_f1, list_precision, list_recall
from assay.experiments.ready.measures import cost, latency
from assay.experiments.ready.models import judge_model
from assay.experiments.ready.numbers import numeric_closeness
from assay.experiments.ready.pairwise import pairwise
from assay.experiments.ready.similarity import bleu, edit_similarity, rouge, token_f1
from assay.experiments.ready.structure import json_diff, json_schema, json_valid
from assay.experiments.ready.text import contains, exact_match, normalised_match, regex
from assay.experiments.ready.tools import tool_calls


__all__ = [
    "bleu",
    "contains",
    "cost",
    "edit_similarity",
    "exact_match",
    "json_diff",
    "json_schema",
    "json_valid",
    "judge",
    "judge_model",
    "latency",
    "list_f1",
    "list_precision",
    "list_recall",
    "normalised_match",
    "numeric_closeness",
    "pairwise",
    "regex",
    "rouge",
    "token_f1",
    "tool_calls",
]
