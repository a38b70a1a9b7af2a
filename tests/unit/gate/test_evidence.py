"""Evidence: every trial is accounted for, and only what the cases show is claimed."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidInputError
from assay.core.eval_runs import CaseRecord
from assay.core.statistics import mcnemar, wilson_interval, within_case_test
from assay.gate.cases import account, by_case, flipped_cases
from assay.gate.check import compare_runs
from assay.gate.config import GateConfig
from assay.gate.evidence import Measured, conclude, measure
from assay.gate.planning import (
    broken_cases_needed,
    cases_to_clear,
    repeats_needed,
    smallest_drop,
)
from assay.gate.results import Accounting, EvalStatus, RegressionReport, TrendPoint
from tests.unit.gate.builders import table


CONFIG = GateConfig()
START = datetime(2026, 1, 1, tzinfo=UTC)


def _point(run_id: str, rate: float | None = 0.9, **fields) -> TrendPoint:
    values = {
        "timestamp": START + timedelta(minutes=run_id == "current"),
        "experiment_name": "assay-tone",
        "eval_type": "tone",
        "average_score": None,
        "total_cases": None,
        "error_cases": 0,
        "prompt_versions": {},
        "eval_status": EvalStatus.COMPLETE,
    }
    return TrendPoint(run_id=run_id, pass_rate=rate, **{**values, **fields})


def _compare(
    before: list[CaseRecord], after: list[CaseRecord], *, config: GateConfig = CONFIG, **fields
) -> RegressionReport:
    return compare_runs(
        _point("baseline"),
        _point("current", **fields),
        config=config,
        baseline_cases=before,
        current_cases=after,
    )


def _measure(before: list[CaseRecord], after: list[CaseRecord]) -> Measured:
    return measure(
        _point("baseline"),
        _point("current"),
        config=CONFIG,
        baseline_cases=before,
        current_cases=after,
    )


@pytest.mark.parametrize(
    ("before", "after", "repeats", "evidence"),
    [
        ("p" * 10, "p" * 10, 1, "inconclusive"),  # ten equal cases rule nothing out
        ("p" * 52, "p" * 52, 1, "not worse"),  # z²/(n + z²) < 5 %
        ("p" * 51, "p" * 51, 1, "inconclusive"),
        ("p" * 10, "p" * 7 + "fff", 1, "inconclusive"),  # mid-p 1/16
        ("p" * 10, "p" * 6 + "ffff", 1, "worse"),  # mid-p 1/32
        ("p" * 10, "p" * 6 + "ffff", 2, "worse"),  # 2 of 5 cases lost both trials: 1/72
        ("p" * 9, "p" * 6 + "fff", 3, "worse"),  # one of three cases lost all trials: 1/40
        ("f" * 30, "p" * 30, 1, "not worse"),
    ],
)
def test_what_these_tables_show_was_worked_out_by_hand(before, after, repeats, evidence):
    report = _compare(table(before, repeats=repeats), table(after, repeats=repeats))

    assert evidence == report.evidence


def test_the_tests_named_are_the_ones_used():
    single = _compare(table("p" * 10), table("p" * 6 + "ffff")).evidence_details
    repeated = _compare(table("p" * 9, repeats=3), table("p" * 6 + "fff", repeats=3))

    assert ("mcnemar-mid-p", 0.03125, "tango") == (
        single.test,
        single.p_value,
        single.difference_interval and single.difference_interval.method,
    )
    assert "within-case-mid-p" == repeated.evidence_details.test
    assert pytest.approx(0.025) == repeated.evidence_details.p_value


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dataset_digest": "new"}, "the dataset changed"),
        ({"scorers_digest": "new"}, "the scorers changed"),
        ({"dataset_digest": None, "dataset_version": "2"}, "the dataset changed (1 to 2)"),
    ],
)
def test_runs_with_other_digests_are_not_compared_and_the_reader_is_told(fields, said):
    known: dict[str, Any] = {
        "dataset_digest": "old",
        "dataset_version": "1",
        "scorers_digest": "old",
    }
    report = compare_runs(
        _point("baseline", **known),
        _point("current", **{**known, **fields}),
        config=CONFIG,
        baseline_cases=table("p" * 20),
        current_cases=table("f" * 20),
    )

    assert "inconclusive" == report.evidence
    assert said in report.evidence_details.reason
    assert not report.evidence_details.comparable


def test_new_cases_or_other_questions_under_an_old_id_are_not_compared():
    added = _compare(table("p" * 20), table("p" * 21))
    reworded = _compare(
        table("p" * 20),
        [CaseRecord(case.case_id, input="other", passed=True) for case in table("p" * 20)],
    )

    assert "1 case not in the baseline (c020)" in added.evidence_details.reason
    assert "20 cases asking something else" in reworded.evidence_details.reason


def test_cases_that_vanished_are_missing_and_never_leave_the_denominator():
    report = _compare(table("p" * 20), table("p" * 15))

    assert "inconclusive" == report.evidence
    accounting = report.evidence_details.current_cases
    assert accounting is not None
    assert (20, 5) == (accounting.expected, accounting.missing)
    assert (-25.0, 0.0) == report.evidence_details.bounds_pp


def test_totals_that_promise_more_than_the_table_holds_count_as_missing():
    report = _compare(table("p" * 20), table("p" * 20), total_cases=25)

    accounting = report.evidence_details.current_cases
    assert accounting is not None
    assert (25, 5) == (accounting.expected, accounting.missing)


def test_a_tolerated_share_without_verdict_is_tested_on_the_rest():
    config = GateConfig(missing_tolerance=0.1)

    report = _compare(table("p" * 20), table("p" * 8 + "f" * 10 + "ee"), config=config)

    assert "worse" == report.evidence
    assert 18 == report.evidence_details.cases_compared


def test_totals_alone_are_inconclusive_and_show_an_unpaired_interval():
    report = compare_runs(
        _point("baseline", 0.9, total_cases=100, interval=wilson_interval(90, 100)),
        _point("current", 0.7, total_cases=100, interval=wilson_interval(70, 100)),
        config=CONFIG,
    )

    details = report.evidence_details
    assert "inconclusive" == report.evidence
    assert "has no per-case table" in details.reason
    assert details.difference_interval is not None
    interval = details.difference_interval
    assert pytest.approx((-0.307, -0.0906), abs=2e-3) == (interval.low, interval.high)


def test_totals_alone_still_account_for_every_case_and_say_what_errors_leave_open():
    details = compare_runs(
        _point("baseline", 0.9, total_cases=100),
        _point("current", 0.8, total_cases=100, error_cases=10),
        config=CONFIG,
    ).evidence_details

    assert (Accounting(100, 90, 10, 0, 0), Accounting(100, 72, 18, 10, 0)) == (
        details.baseline_cases,
        details.current_cases,
    )
    assert (-18.0, -8.0) == details.bounds_pp
    bare = compare_runs(_point("baseline"), _point("current", total_cases=9), config=CONFIG)
    assert bare.evidence_details.baseline_cases is None


def test_a_flipped_case_shows_the_repeat_that_failed():
    before = by_case(table("ppp", repeats=3))
    (flip,) = flipped_cases(before, by_case(table("pff", repeats=3)))

    assert ("p0", "f1") == (flip.baseline.output, flip.current.output)
    assert (1, 2) == (flip.current.passed, flip.current.failed)


def test_a_run_without_a_rate_is_not_compared_as_if_it_were_zero():
    with pytest.raises(InvalidInputError, match="current of tone has no pass rate"):
        compare_runs(_point("baseline"), _point("current", None), config=CONFIG)


def test_an_undecided_comparison_says_what_would_decide_it():
    details = _compare(table("p" * 10), table("p" * 8 + "ff")).evidence_details

    assert 2 == details.repeats_needed  # two cases that lose both trials: 1/72
    assert details.cases_needed is not None
    assert "2 repeats of each case" in details.reason


def test_repeats_that_were_done_already_are_no_remedy():
    """Rounded to four, these five trials would have proved what the five did not."""
    cases = [(0, 5, 5, 5), (3, 5, 2, 5)]

    assert within_case_test(cases, alternative="a-worse").p_value > 0.05
    assert 7 == repeats_needed(cases, level=0.05)


def test_repeats_give_no_interval_without_a_width():
    """Five cases that pass every time say little about the sixth, however often they are asked."""
    details = _compare(table("p" * 25, repeats=5), table("p" * 25, repeats=5)).evidence_details

    assert wilson_interval(5, 5) == details.current_interval
    difference = details.difference_interval
    assert difference is not None
    assert ("tango", True) == (difference.method, difference.low < -0.3)


def test_a_trial_that_the_logged_repeats_promise_is_missing():
    report = _compare(table("p" * 20), table("p" * 20), repeats=3)

    accounting = report.evidence_details.current_cases
    assert accounting is not None
    assert (60, 40) == (accounting.expected, accounting.missing)
    assert "inconclusive" == report.evidence


def test_a_table_that_disagrees_with_the_metric_is_noted():
    details = _compare(table("p" * 20), table("p" * 20)).evidence_details

    assert any("gives a pass rate of 100.0%, its metric says 90.0%" in n for n in details.notes)


def test_scores_that_are_more_than_verdicts_are_compared_by_case():
    def scored(values: list[float]) -> list[CaseRecord]:
        return [
            CaseRecord(f"c{place // 2}", place % 2, passed=True, score=value)
            for place, value in enumerate(values)
        ]

    details = _compare(scored([0.9] * 16), scored([0.6, 0.7] * 8)).evidence_details

    assert details.score is not None
    assert pytest.approx((-0.25, 8)) == (details.score.difference, details.score.cases)
    assert details.score.p_value < 0.01


def test_repeats_without_their_numbers_are_repeats_all_the_same():
    rows = [CaseRecord("a", passed=True), CaseRecord("a", passed=False), CaseRecord("b")]

    assert {"a": 2, "b": 1} == {name: len(trials) for name, trials in by_case(rows).items()}


VERDICTS = st.text("pfe?", min_size=1, max_size=24)


@given(before=VERDICTS, after=VERDICTS, repeats=st.integers(1, 3), promised=st.integers(0, 30))
def test_expected_is_always_the_sum_of_what_became_of_the_trials(before, after, repeats, promised):
    one, two = (by_case(table(letters, repeats=repeats)) for letters in (before, after))
    accounting = account(two, _point("current", total_cases=promised), expected_ids=one)

    parts = (accounting.passed, accounting.failed, accounting.errors, accounting.missing)
    assert accounting.expected == sum(parts)
    assert min(parts) >= 0
    assert (after.count("p"), after.count("e")) == (accounting.passed, accounting.errors)
    assert accounting.expected >= len(one.keys() | two.keys()) * min(repeats, len(after))


@given(letters=st.lists(st.tuples(st.sampled_from("pf"), st.sampled_from("pf")), min_size=1))
def test_swapping_the_runs_mirrors_the_evidence(letters):
    before, after = (table("".join(side)) for side in zip(*letters, strict=True))
    forward, backward = _measure(before, after), _measure(after, before)

    assert forward.details.p_value == backward.details.p_value_better
    assert forward.details.p_value_better == backward.details.p_value
    one, two = forward.details.difference_interval, backward.details.difference_interval
    assert one is not None
    assert two is not None
    assert pytest.approx((one.low, one.high)) == (-two.high, -two.low)
    assert len(flipped_cases(by_case(before), by_case(after))) == len(
        flipped_cases(by_case(after), by_case(before))
    )


@given(
    letters=st.lists(st.tuples(st.sampled_from("pf"), st.sampled_from("pf")), min_size=1),
    seed=st.integers(),
)
def test_the_order_of_the_rows_does_not_matter(letters, seed):
    before, after = (table("".join(side)) for side in zip(*letters, strict=True))
    shuffled = random.Random(seed).sample(after, len(after))

    assert _measure(before, after) == _measure(before, shuffled)


@settings(max_examples=30, deadline=None)
@given(falls=st.lists(st.integers(0, 20), min_size=1, max_size=19), gating=st.booleans())
def test_more_suites_never_make_a_finding_easier(falls, gating):
    pairs = [_measure(table("p" * 20), table("p" * (20 - n) + "f" * n)) for n in falls]

    together = conclude(pairs, gating=[gating] * len(pairs), config=CONFIG)

    for pair, (finding, details) in zip(pairs, together, strict=True):
        assert details.adjusted_p_value is not None
        assert pair.details.p_value is not None
        assert details.adjusted_p_value >= pair.details.p_value
        assert ("worse" == finding) == (details.adjusted_p_value <= CONFIG.alpha)


def test_a_suite_that_does_not_gate_neither_pays_nor_costs():
    fall = _measure(table("p" * 10), table("p" * 6 + "ffff"))  # 1/32
    quiet = _measure(table("p" * 10), table("p" * 10))

    findings = conclude([fall, quiet, fall], gating=[True, False, False], config=CONFIG)

    assert ["worse", "inconclusive", "worse"] == [finding for finding, _ in findings]
    assert {1} == {details.suites_in_family for _, details in findings}

    beside = conclude([fall, fall, quiet], gating=[False, True, True], config=CONFIG)

    assert [1, 2, 2] == [details.suites_in_family for _, details in beside]
    assert "after correction" not in beside[0][1].reason
    drops = [details.smallest_detectable_drop_pp or 0 for _, details in beside]
    assert drops[0] < drops[1]


# --- planning -------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.05, 0.01, 0.05 / 18])
def test_the_broken_cases_needed_are_those_the_test_itself_asks_for(level):
    needed = broken_cases_needed(1, level)

    assert mcnemar(0, needed, alternative="a-worse").p_value <= level
    assert mcnemar(0, needed - 1, alternative="a-worse").p_value > level


def test_five_cases_at_one_trial_can_show_hardly_anything_and_at_three_trials_a_third():
    assert 0.8 < (smallest_drop(5, repeats=1, level=0.05) or 0)
    assert 0.275 == pytest.approx(smallest_drop(5, repeats=3, level=0.05), abs=0.001)
    assert smallest_drop(3, repeats=1, level=0.05) is None


def test_the_cases_that_clear_the_margin_are_the_fewest():
    assert 52 == cases_to_clear(0.0, 0.0, margin=0.05, level=0.05)
    assert cases_to_clear(0.1, 0.0, margin=0.05, level=0.05) is None
