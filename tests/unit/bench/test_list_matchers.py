"""Lists of values, intervals and records: true and false positives, one to one."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bench.matchers.intervals import Interval, iou, read_seconds
from assay.bench.matchers.lists import MOST_ITEMS
from assay.bench.matchers.match import match
from assay.bench.matchers.outcome import Counts, UnusableAnswerError, UnusableGoldError
from assay.bench.matchers.specs import (
    ExactMatcher,
    FuzzyMatcher,
    IntervalMatcher,
    MatcherSpec,
    RecordField,
    RecordMatcher,
    SetMatcher,
)


SET = SetMatcher(kind="set")
INTERVALS = IntervalMatcher(kind="interval")
RECORDS = RecordMatcher(kind="record", fields={"a": RecordField(), "b": RecordField(weight=3)})
KEYED = RecordMatcher(kind="record", key="id", fields={"a": RecordField(), "b": RecordField()})

SPANS = st.tuples(st.integers(0, 20), st.integers(1, 10)).map(
    lambda pair: {"start": pair[0], "end": pair[0] + pair[1]}
)


def _counts(spec: MatcherSpec, answer: Any, gold: Any) -> tuple[int, int, int]:
    details = match(spec, answer, gold).details
    return details["tp"], details["fp"], details["fn"]


@given(
    st.sampled_from([SET, SetMatcher(kind="set", item=ExactMatcher(kind="exact"))]),
    st.lists(st.sampled_from("abcd"), max_size=6),
    st.lists(st.sampled_from("abcd"), max_size=6),
)
def test_a_set_counts_each_item_once(spec: MatcherSpec, answer: list[str], gold: list[str]) -> None:
    hits = sum(min(answer.count(letter), gold.count(letter)) for letter in "abcd")

    assert (hits, len(answer) - hits, len(gold) - hits) == _counts(spec, answer, gold)


@given(st.lists(SPANS, max_size=4), st.lists(SPANS, max_size=4))
def test_as_many_intervals_match_as_any_assignment_could(
    answer: list[dict[str, int]], gold: list[dict[str, int]]
) -> None:
    shorter, longer = sorted((answer, gold), key=len)
    best = max(
        sum(_overlap(one, other) >= 0.5 for one, other in zip(shorter, order, strict=False))
        for order in permutations(longer)
    )

    assert best == _counts(INTERVALS, answer, gold)[0]


@given(st.lists(SPANS, max_size=4), st.lists(SPANS, max_size=4))
def test_swapping_answer_and_gold_swaps_precision_and_recall(
    answer: list[dict[str, int]], gold: list[dict[str, int]]
) -> None:
    tp, fp, fn = _counts(INTERVALS, answer, gold)

    assert (tp, fn, fp) == _counts(INTERVALS, gold, answer)


def _overlap(one: dict[str, int], other: dict[str, int]) -> float:
    return iou(Interval(one["start"], one["end"]), Interval(other["start"], other["end"]))


@given(SPANS, SPANS)
def test_iou_is_symmetric_and_a_ratio(one: dict[str, int], other: dict[str, int]) -> None:
    share = _overlap(one, other)

    assert 0 <= share <= 1
    assert share == _overlap(other, one)
    assert (share == 1) == (one == other)


def test_iou_of_the_worked_value_and_of_points() -> None:
    assert iou(Interval(0, 10), Interval(5, 15)) == pytest.approx(1 / 3)
    assert iou(Interval(3, 3), Interval(3, 3)) == 1
    assert iou(Interval(3, 3), Interval(4, 4)) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("01:02:03.5", 3723.5), ("02:03", 123), ("[00:00:10]", 10), ("12.5", 12.5), (7, 7),
        ("100:00:00", 360000), ("00:01,5", 1.5),
    ],
)  # fmt: skip
def test_times_are_read_as_seconds(text: Any, seconds: float) -> None:
    assert seconds == read_seconds(text)


@pytest.mark.parametrize("text", ["", "1:75", "soon", "nan", "inf", True, None])
def test_what_is_no_time_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="no time"):
        read_seconds(text)


@given(
    st.lists(
        st.fixed_dictionaries({"a": st.sampled_from("xy"), "b": st.sampled_from("xy")}), max_size=4
    ),
    st.lists(
        st.fixed_dictionaries({"a": st.sampled_from("xy"), "b": st.sampled_from("xy")}), max_size=4
    ),
)
def test_records_without_a_key_agree_as_much_as_any_assignment_with_as_many_hits(
    answer: list[dict[str, str]], gold: list[dict[str, str]]
) -> None:
    outcome = match(RECORDS, answer, gold)

    def total(pairs: list[tuple[dict[str, str], dict[str, str]]]) -> tuple[int, int]:
        shares = [(l["a"] == r["a"]) + 3 * (l["b"] == r["b"]) for l, r in pairs]  # noqa: E741
        return sum(share == 4 for share in shares), sum(shares)

    shorter, longer = sorted((answer, gold), key=len)
    best = max(total(list(zip(shorter, order, strict=False))) for order in permutations(longer))
    assert best[0] == outcome.details["tp"]
    if gold:
        assert outcome.value == pytest.approx(best[1] / (4 * len(gold)))
    else:
        assert outcome.value is None


def test_records_are_paired_by_key_and_a_missing_one_agrees_in_nothing() -> None:
    gold = [{"id": 1, "a": "x", "b": "y"}, {"id": 2, "a": "x", "b": "y"}]
    answer = [
        {"id": "1", "a": "x", "b": "no"},
        {"id": 1, "a": "x", "b": "y"},
        {"id": 9, "a": "x", "b": "y"},
        {"a": "x"},
    ]

    outcome = match(KEYED, answer, gold)

    assert {"a": [1, 2], "b": [0, 2]} == outcome.details["fields"]
    assert outcome.value == pytest.approx(1 / 4)
    assert (0, 4, 2) == _counts(KEYED, answer, gold)


def test_a_field_missing_on_both_sides_agrees_and_on_one_side_does_not() -> None:
    both = match(KEYED, [{"id": 1, "a": "x"}], [{"id": 1, "a": "x"}])
    one = match(KEYED, [{"id": 1, "a": "x"}], [{"id": 1, "a": "x", "b": "y"}])

    assert both.passed
    assert {"a": [1, 1], "b": [0, 1]} == one.details["fields"]


def test_one_record_stands_for_a_list_of_one() -> None:
    spec = RecordMatcher(
        kind="record",
        fields={
            "sum": RecordField(
                path="total.sum", gold_path="amount", matcher=ExactMatcher(kind="exact")
            )
        },
    )

    assert match(spec, {"total": {"sum": 5}}, {"amount": 5.0}).passed
    assert not match(spec, {"total": {"sum": 5}}, {"amount": 6}).passed


def test_everything_found_and_nothing_besides_passes() -> None:
    assert match(SET, ["B", "a"], ["A", "b"]).passed
    assert not match(SET, ["a", "b", "c"], ["a", "b"]).passed
    assert not match(SET, ["a"], ["a", "b"]).passed
    assert match(SET, [], []).passed


def test_a_pass_threshold_asks_for_so_much_f1() -> None:
    lenient = SetMatcher(kind="set", pass_threshold=0.8)

    assert match(lenient, ["a", "b", "c"], ["a", "b"]).passed
    assert not match(lenient, ["a", "c"], ["a", "b"]).passed
    assert match(lenient, [], []).passed


def test_a_record_threshold_asks_for_so_much_agreement() -> None:
    lenient = RecordMatcher(kind="record", fields=RECORDS.fields, pass_threshold=0.75)

    assert match(lenient, [{"a": "no", "b": "y"}], [{"a": "x", "b": "y"}]).passed
    assert not match(lenient, [{"a": "x", "b": "no"}], [{"a": "x", "b": "y"}]).passed


def test_values_are_picked_out_of_items_by_path() -> None:
    spec = SetMatcher(kind="set", path="name.full", item=FuzzyMatcher(kind="fuzzy", threshold=0.8))

    assert match(
        spec, [{"name": {"full": "Ada Lovelac"}}], [{"name": {"full": "Ada Lovelace"}}]
    ).passed
    with pytest.raises(UnusableAnswerError, match=r"nothing at 'name.full'"):
        match(spec, [{"name": {}}], [])


@pytest.mark.parametrize("spec", [SET, INTERVALS, RECORDS])
def test_an_answer_that_is_no_list_is_unusable_and_so_is_such_gold(spec: MatcherSpec) -> None:
    with pytest.raises(UnusableAnswerError, match="expected a list"):
        match(spec, "text", [])
    with pytest.raises(UnusableGoldError, match="expected a list"):
        match(spec, [], "text")


def test_items_of_the_wrong_kind_are_unusable() -> None:
    with pytest.raises(UnusableAnswerError, match="expected records"):
        match(RECORDS, ["text"], [])
    with pytest.raises(UnusableAnswerError, match="before it starts"):
        match(INTERVALS, [{"start": 5, "end": 1}], [])
    with pytest.raises(UnusableAnswerError, match="no bound"):
        match(INTERVALS, [{"start": 5}], [])
    with pytest.raises(UnusableAnswerError, match="no time"):
        match(INTERVALS, [{"start": 5, "end": "soon"}], [])
    with pytest.raises(UnusableGoldError, match="no 'id'"):
        match(KEYED, [], [{"a": 1}])
    with pytest.raises(UnusableGoldError, match="two gold records"):
        match(KEYED, [], [{"id": 1}, {"id": "1"}])
    with pytest.raises(UnusableAnswerError, match="are matched"):
        match(SET, ["a"] * (MOST_ITEMS + 1), [])


def test_undefined_is_none_and_neither_zero_nor_one() -> None:
    nothing = Counts(0, 0, 0)

    assert (None, None, None, None) == (
        nothing.precision,
        nothing.recall,
        nothing.f1,
        nothing.hallucination_rate,
    )
    assert Counts(3, 1, 2).precision == 0.75
    assert Counts(3, 1, 2).recall == 0.6
    assert Counts(3, 1, 2).hallucination_rate == 0.25
    assert match(SET, [], []).value is None


def test_a_long_value_is_shown_cut() -> None:
    details = match(ExactMatcher(kind="exact"), "a" * 500, ["b"]).details

    assert len(details["answer"]) == 200
    assert details["expected"] == '["b"]'
