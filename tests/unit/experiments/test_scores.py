import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import EvalResult
from assay.core.scores import Score, ScoreStatus
from assay.experiments.scores import scores_of


def short(score: Score) -> tuple[Any, ...]:
    return (score.name, score.value, score.label, score.passed, score.reason)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (True, [("e", 1.0, None, True, None)]),
        (False, [("e", 0.0, None, False, None)]),
        (0, [("e", 0.0, None, None, None)]),
        (0.25, [("e", 0.25, None, None, None)]),
        ("good", [("e", None, "good", None, None)]),
        ((True, "well"), [("e", 1.0, None, True, "well")]),
        ((0.5, None), [("e", 0.5, None, None, None)]),
        (("bad", "why"), [("e", None, "bad", None, "why")]),
        (np.float64(0.5), [("e", 0.5, None, None, None)]),
        (np.int64(3), [("e", 3.0, None, None, None)]),
        (np.bool_(True), [("e", 1.0, None, True, None)]),
        (np.float32(0.5), [("e", 0.5, None, None, None)]),
        (Decimal("0.5"), [("e", 0.5, None, None, None)]),
        (Fraction(1, 2), [("e", 0.5, None, None, None)]),
        ({"score": 1, "explanation": "x"}, [("e", 1.0, None, None, "x")]),
        ({"score": True, "reason": "x"}, [("e", 1.0, None, True, "x")]),
        ({"score": 0.2, "passed": True}, [("e", 0.2, None, True, None)]),
        ({"score": 0.2, "passed": np.bool_(False)}, [("e", 0.2, None, False, None)]),
        ({"score": 0.2, "passed": 1}, [("e", 0.2, None, True, None)]),
        (
            {"score": 0.5, "words": 7, "tone": "dry", "nested": [1]},
            [
                ("e", 0.5, None, None, None),
                ("e_words", 7.0, None, None, None),
                ("e_tone", None, "dry", None, None),
            ],
        ),
        ({"words": 7}, [("e_words", 7.0, None, None, None)]),
        ({"polite": False}, [("e_polite", 0.0, None, False, None)]),
        (
            {"score": True, "short": False},
            [("e", 1.0, None, True, None), ("e_short", 0.0, None, None, None)],
        ),
        (EvalResult(score=0.5, label="so", passed=False), [("e", 0.5, "so", False, None)]),
        (EvalResult(passed=True, reason="r"), [("e", None, None, True, "r")]),
        (
            EvalResult(score=1, extras={"n": 2}),
            [("e", 1.0, None, None, None), ("e_n", 2.0, None, None, None)],
        ),
    ],
)
def test_what_evaluators_return_becomes_scores(returned: Any, expected: Any) -> None:
    scores = scores_of("e", returned)
    assert expected == [short(score) for score in scores]
    assert {ScoreStatus.SCORED} == {score.status for score in scores}


@pytest.mark.parametrize("returned", [None, EvalResult(), EvalResult(reason="no gold")])
def test_nothing_means_that_the_evaluator_does_not_apply(returned: Any) -> None:
    [score] = scores_of("e", returned)
    assert ScoreStatus.NOT_APPLICABLE == score.status


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (math.nan, "must be finite"),
        (math.inf, "must be finite"),
        ([1], "returned list; return a boolean"),
        (object(), "returned object"),
        ((1, 2, 3), "tuple of 3"),
        ((1, 2), r"\(score, reason\)"),
        ({}, "empty mapping"),
        (10**400, "too large"),
        ({"score": math.nan}, "must be finite"),
        ({"score": 0.1, "passed": "false"}, "passed='false'; it must be True"),
        (EvalResult(passed="no"), "passed='no'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_a_score_is_a_recorded_error(returned: Any, message: Any) -> None:
    [score] = scores_of("e", returned)
    assert ScoreStatus.ERROR == score.status
    assert score.value is None
    assert score.reason is not None
    assert re.search(message, score.reason)


def test_an_extra_that_is_no_score_leaves_the_others_alone() -> None:
    main, words, tone = scores_of("e", {"score": 1, "words": math.nan, "tone": "dry"})
    assert (1.0, "dry") == (main.value, tone.label)
    assert (ScoreStatus.ERROR, "e_words") == (words.status, words.name)


@given(st.from_type(object))
def test_anything_at_all_becomes_scores_without_raising(returned: Any) -> None:
    for score in scores_of("e", returned):
        assert score.value is None or math.isfinite(score.value)
