"""The result's text is that of its mapping, to the byte."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.aggregate import AggregateFunction, encode_result, run_result
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import RunStatus
from assay.core.score_columns import RunScores, collect_scores
from assay.core.scores import Score, ScoreStatus
from assay.testing.samples import a_run
from assay.testing.strategies import finite_floats, texts


NAMES = ("a", 'b"\\', "ü")
ORIGINS: tuple[dict[str, Any], ...] = (
    {},
    {"event_name": "step", "event_type": "tool"},
    {"metric_type": "HUMAN", "passing_range": {"min": 0, "max": 1}},
)


@st.composite
def some_scores(draw: st.DrawFn) -> Score:
    kind = draw(st.sampled_from(["verdict", "number", "label", "error", "none", "bare"]))
    name = draw(st.sampled_from(NAMES))
    if kind == "verdict":
        return Score(name, passed=draw(st.booleans()))
    if kind == "number":
        passed = draw(st.none() | st.booleans())
        details = draw(st.sampled_from(ORIGINS))
        return Score(name, value=draw(finite_floats()), passed=passed, details=details)
    if kind == "label":
        return Score(name, label=draw(texts()), value=draw(st.none() | finite_floats()))
    if kind == "error":
        return Score(name, ScoreStatus.ERROR, reason=draw(st.none() | texts()))
    return Score(name, ScoreStatus.NOT_APPLICABLE) if kind == "none" else Score(name)


@st.composite
def columns(draw: st.DrawFn) -> RunScores:
    """Columns of a run of few items, with repeats or not."""
    keys = draw(st.lists(st.builds(ItemKey, texts(max_size=3), st.integers(0, 1)), unique=True))
    if draw(st.booleans()):
        keys = [ItemKey(f"{number}{key.datapoint_id}", 0) for number, key in enumerate(keys)]
    plain = st.tuples(*(st.builds(Score, st.just(n), value=finite_floats()) for n in NAMES))
    return collect_scores(
        ItemResult(
            key,
            draw(st.sampled_from(ItemStatus)),
            passed=draw(st.none() | st.booleans()),
            error=draw(st.none() | texts()),
            scores=draw(plain | st.lists(some_scores(), max_size=4).map(tuple)),
            session_id=draw(st.none() | texts()),
        )
        for key in keys
    )


@given(columns(), st.sampled_from(AggregateFunction), st.booleans())
def test_the_text_is_what_the_mapping_is_written_as(
    scores: RunScores, function: AggregateFunction, bounded: bool
) -> None:
    composed = {"composites": {"whole": {"weights": {"a": 3, "ü": 1}}}} if bounded else {}
    ranges = {name: {"passing_range": {"min": 0, "max": 5}} for name in NAMES}
    run = a_run(
        status=RunStatus.COMPLETED, configuration={"metrics": ranges if bounded else {}, **composed}
    )
    expected = orjson.dumps(run_result(run, scores, function=function))
    assert expected == b"".join(encode_result(run, scores, function=function))


@pytest.mark.parametrize(
    "missing", [set(), {0}, {1}, {2}, {0, 1}, {1, 2}, {0, 1, 2}], ids=lambda each: str(sorted(each))
)
def test_commas_stand_between_the_metrics_an_item_has(missing: set[int]) -> None:
    def item(number: int, *, without: set[int]) -> ItemResult:
        given = [Score(f"m{k}", value=0.5) for k in range(3) if k not in without]
        return ItemResult(ItemKey(f"d{number}", 0), ItemStatus.SCORED, scores=tuple(given))

    scores = collect_scores([item(0, without=set()), item(1, without=missing)])
    answer: dict[str, Any] = json.loads(b"".join(encode_result(a_run(), scores)))
    [_, second] = answer["datapoints"]
    assert [f"m{k}" for k in range(3) if k not in missing] == [m["name"] for m in second["metrics"]]
