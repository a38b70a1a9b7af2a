"""The nouns' own rules: zero is not absence, NaN is refused, content addresses content."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.chat import ChatReply
from assay.core.costs import CACHE_HIT_COST, NO_COST, CostSource
from assay.core.datasets import Datapoint, dataset_digest, duplicate_ids
from assay.core.errors import ModelCallError
from assay.core.progress import Progress, ProgressKind
from assay.core.results import ItemStatus
from assay.core.runs import RunStatus
from assay.core.scores import Score


datapoints = st.builds(
    Datapoint,
    id=st.text(min_size=1, max_size=5),
    inputs=st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)


@given(st.lists(datapoints, min_size=2, max_size=6))
def test_the_digest_knows_the_order(points: list[Datapoint]):
    backwards = list(reversed(points))
    assert (points == backwards) == (dataset_digest(points) == dataset_digest(backwards))


def test_a_missing_ground_truth_is_not_an_empty_one():
    assert dataset_digest([Datapoint("a", {})]) != dataset_digest([Datapoint("a", {}, {})])


def test_repeated_ids_are_named_once_each():
    points = [Datapoint(name, {}) for name in "abacabc"]
    assert duplicate_ids(points) == ["a", "b", "c"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_refuses_what_is_not_finite(value: float):
    with pytest.raises(ValueError, match="must be finite"):
        Score("closeness", value=value)


def test_a_score_of_zero_is_a_score():
    assert Score("closeness", value=0.0).value == 0.0


def test_only_the_candidates_own_doing_counts_as_answered():
    assert {
        ItemStatus.SCORED,
        ItemStatus.TRUNCATED,
        ItemStatus.REFUSED,
        ItemStatus.UNPARSEABLE,
    } == {status for status in ItemStatus if status.answered}


def test_runs_end_completed_failed_or_cancelled():
    assert {"completed", "failed", "cancelled"} == {status for status in RunStatus if status.ended}


def test_an_unknown_cost_is_not_zero_and_a_cache_hit_is():
    assert (NO_COST.amount_usd, NO_COST.source) == (None, CostSource.UNKNOWN)
    assert (Decimal(0), CostSource.CACHE) == (CACHE_HIT_COST.amount_usd, CACHE_HIT_COST.source)


@pytest.mark.parametrize(
    ("reply", "truncated", "refused"),
    [
        (ChatReply("x", "m", finish_reason="stop"), False, False),
        (ChatReply("x", "m"), False, False),
        (ChatReply("x", "m", finish_reason="length"), True, False),
        (ChatReply("", "m", finish_reason="content_filter"), False, True),
        (ChatReply("", "m", refusal=""), False, True),
    ],
)
def test_truncated_and_refused_replies_are_told_apart(
    reply: ChatReply, *, truncated: bool, refused: bool
):
    assert (truncated, refused) == (reply.truncated, reply.refused)


def test_a_model_call_error_keeps_what_the_provider_asked():
    error = ModelCallError("busy", retryable=True, retry_after_seconds=0.0, status=429)
    assert (error.retryable, error.retry_after_seconds, error.status) == (True, 0.0, 429)


def test_progress_counts_every_ended_item():
    progress = Progress(
        ProgressKind.ADVANCED, "r", "c", 10, {"scored": 3, "failed": 1}, 2, Decimal(0), 1.0
    )
    assert progress.ended == 4
