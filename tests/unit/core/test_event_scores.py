"""Scores that stand with an event."""

from typing import Any

import pytest
from hypothesis import given

from assay.core.event_scores import (
    metric_value,
    said_by_evaluator,
    stored_scores,
    with_scores,
)
from assay.core.projection import project
from assay.core.scores import Score, ScoreStatus
from assay.testing.samples import an_event
from assay.testing.strategies import scores


BY_A_PERSON = {"metric_type": "HUMAN"}


@given(scores())
def test_a_score_given_to_an_event_reads_back(score: Score) -> None:
    event = with_scores(an_event(), {score.name: score})

    assert {score.name: score} == stored_scores(event)
    assert event == with_scores(event, {score.name: score})


def test_a_score_replaces_one_of_its_name_and_leaves_the_rest() -> None:
    event = with_scores(an_event(), {"exact": Score("exact", value=0.5)})
    failed = with_scores(event, {"exact": Score("exact", ScoreStatus.ERROR, reason="no")})

    assert {"exact": 0.5, "tone": "friendly", "length": 3} == event.metrics
    assert {"tone": "friendly", "length": 3} == failed.metrics


@pytest.mark.parametrize(
    ("expected", "given_scores"),
    [
        ("friendly", [Score("tone", label="rude", details=BY_A_PERSON)]),
        (True, [Score("tone", value=0.9, passed=True), Score("tone", details=BY_A_PERSON)]),
        (0.9, [Score("tone", value=0.9), *[Score("tone", passed=False, details=BY_A_PERSON)] * 2]),
        (0.2, [Score("tone", passed=False, details=BY_A_PERSON), Score("tone", value=0.2)]),
        (None, [Score("new", passed=True, details=BY_A_PERSON)]),
    ],
)
def test_what_an_evaluator_said_is_known_after_a_person_answered(
    expected: object, given_scores: list[Score]
) -> None:
    event = an_event(metrics={"tone": "friendly"})
    for score in given_scores:
        event = with_scores(event, {score.name: score})

    assert expected == said_by_evaluator(event, given_scores[0].name)


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (Score("s", value=1.0, passed=True), True),
        (Score("s", passed=False), False),
        (Score("s", value=0.0, passed=True), 0.0),
        (Score("s", value=7.0, passed=False), 7.0),
        (Score("s", label="good", passed=True), "good"),
        (Score("s", ScoreStatus.ERROR), None),
    ],
)
def test_a_metric_shows_the_verdict_the_number_or_the_label(score: Score, shown: object) -> None:
    assert repr(shown) == repr(metric_value(score))


def test_what_is_no_score_is_passed_over() -> None:
    unreadable: list[Any] = [None, [], {"x": 1}, {"x": {"status": "odd"}}]
    for noted in [*unreadable, {"x": {"value": float("inf")}}]:
        assert {} == stored_scores(an_event(metadata={"assay_scores": noted}))


def test_an_item_read_out_of_events_keeps_who_gave_the_score_and_what_went_wrong() -> None:
    given_scores = {
        "polite": Score("polite", value=1.0, passed=True, details={"metric_type": "SERVER_SIDE"}),
        "judge": Score("judge", ScoreStatus.ERROR, reason="no JSON"),
    }
    item = project([with_scores(an_event(), given_scores)])

    assert item is not None
    found = {score.name: score for score in item.scores}
    assert given_scores == {name: found[name] for name in given_scores}
