"""A comparison split by a field of the datapoints."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.aggregate import ScoredRun, collect_scores, compare_groups, group_fields
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score
from assay.core.wire.runs import MetricGroup
from assay.testing.samples import a_run


LANGUAGES = {"a": {"lang": "de"}, "b": {"lang": "en"}, "c": {"lang": "de"}, "d": {}}


def side(values: dict[str, list[float]], metric: str = "m", **configuration: Any) -> ScoredRun:
    items = [
        ItemResult(ItemKey(name, n), ItemStatus.SCORED, scores=(Score(metric, value=value),))
        for name, repeats in values.items()
        for n, value in enumerate(repeats)
    ]
    return ScoredRun(a_run(configuration=configuration), collect_scores(items))


def groups(new: ScoredRun, old: ScoredRun) -> dict[str, MetricGroup]:
    found = compare_groups(new, old, metadata=LANGUAGES, field="lang")
    return {each["group"]: MetricGroup.model_validate(each) for each in found}


def test_each_group_has_its_own_change_with_repeats_as_their_mean() -> None:
    old = side({"a": [0.0], "b": [1.0], "c": [0.0, 1.0], "d": [5.0], "gone": [1.0]})
    new = side({"a": [1.0], "b": [0.0], "c": [1.0, 1.0], "d": [5.0]})
    found = groups(new, old)
    assert ["de", "(none)", "en"] == list(found)
    german = found["de"]
    assert (2, 0.25, 1.0, 0.75, 2, 0) == (
        german.n,
        german.old_aggregate,
        german.new_aggregate,
        german.difference,
        german.improved_count,
        german.degraded_count,
    )
    assert (-1.0, 0, 1) == (
        found["en"].difference,
        found["en"].improved_count,
        found["en"].degraded_count,
    )


@pytest.mark.parametrize("name", ["m", "p50|p99"])
def test_where_lower_is_better_a_fall_is_an_improvement(name: str) -> None:
    rules = {"metrics": {name: {"higher_is_better": False}}}
    found = groups(side({"b": [1.0]}, name, **rules), side({"b": [2.0]}, name, **rules))["en"]
    assert (1, 0, False) == (found.improved_count, found.degraded_count, found.higher_is_better)


def test_only_fields_with_plain_values_make_groups() -> None:
    metadata: list[dict[str, Any]] = [
        {"lang": "de", "tags": ["x"], "empty": ""},
        {"hard": False, "n": 3, "no": None},
    ]
    assert ["hard", "lang", "n"] == group_fields(metadata)


values = st.dictionaries(st.sampled_from("abcd"), st.lists(st.floats(-9, 9), min_size=1))


@given(values, values)
def test_every_common_datapoint_is_in_exactly_one_group_and_swapping_mirrors(
    one: Any, other: Any
) -> None:
    there, back = groups(side(one), side(other)), groups(side(other), side(one))
    assert len(set(one) & set(other)) == sum(group.n for group in there.values())
    assert {name: -group.difference for name, group in there.items()} == {
        name: group.difference for name, group in back.items()
    }
