"""Checks over a ledger: which runs are compared, what is skipped, what a reader is told."""

from collections import Counter

import pytest

from assay.core.errors import LedgerError, NotFoundError
from assay.core.eval_runs import CaseRecord, LoggedStatus
from assay.gate.baselines import pin_baseline
from assay.gate.check import check_all_regressions
from assay.gate.config import EvalTypeConfig, GateConfig, MetricNames
from assay.gate.results import CheckResult, RegressionReport
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import put, table


CONFIG = GateConfig()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def _only(result: CheckResult) -> RegressionReport:
    assert () == result.skipped
    (report,) = result.reports
    return report


def _check(ledger: MemoryLedger, **options) -> RegressionReport:
    return _only(check_all_regressions(ledger, CONFIG, **options))


def test_the_newest_run_is_compared_with_the_complete_one_before(ledger):
    put(ledger, "assay-tone", 0.5)
    baseline = put(ledger, "assay-tone", 0.9)
    current = put(ledger, "assay-tone", 0.8)

    report = _check(ledger)

    assert (baseline, current) == (report.baseline_run_id, report.current_run_id)
    assert (-10.0, "WARNING") == (report.delta_pp, report.verdict)


def test_the_base_experiment_is_the_type_quality_and_neighbours_are_no_types(ledger):
    for name in ("assay", "assay-tone", "assayer-tone", "assay-"):
        put(ledger, name, 0.9)
        put(ledger, name, 0.9)

    result = check_all_regressions(ledger, CONFIG)

    assert ["quality", "tone"] == [report.eval_type for report in result.reports]


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([{"pass_rate": 0.9}], "no complete run before run-0001"),
        ([{"pass_rate": 0.9, "status": LoggedStatus.RUNNING}], "no finished runs"),
        ([{"pass_rate": None}], "has no pass rate"),
        ([{"pass_rate": float("nan")}], "has no pass rate"),
        ([{"pass_rate": 90.0}], "has no pass rate"),  # a percentage is no ratio
        ([{"pass_rate": 0.9, "status": LoggedStatus.FAILED}], "failed"),
        (
            [{"pass_rate": 0.9, "errors": 2}, {"pass_rate": 0.9}],  # a partial one is no baseline
            "1 complete of 2 runs",
        ),
        (
            [{"pass_rate": 0.9, "status": LoggedStatus.KILLED}, {"pass_rate": 0.9}],
            "1 complete of 2 runs",
        ),
    ],
)
def test_an_eval_type_that_cannot_be_compared_is_named_with_the_reason(ledger, runs, reason):
    for run in runs:
        put(ledger, "assay-tone", **run)

    result = check_all_regressions(ledger, CONFIG)

    assert () == result.reports
    (skipped,) = result.skipped
    assert "tone" == skipped.eval_type
    assert reason in skipped.reason
    assert not result.has_regressions


def test_a_partial_run_is_passed_over_as_a_baseline(ledger):
    complete = put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 1.0, errors=3)
    put(ledger, "assay-tone", 0.95)

    report = _check(ledger)

    assert complete == report.baseline_run_id
    assert "IMPROVED" == report.verdict


def test_a_threshold_that_changed_between_the_runs_counts_as_the_current_run_has_it(ledger):
    put(ledger, "assay-tone", 0.9, threshold=0.5)
    put(ledger, "assay-tone", 0.9, threshold=0.95)

    report = _check(ledger)

    assert (0.95, "run", "REGRESSION") == (
        report.threshold,
        report.threshold_source,
        report.verdict,
    )


@pytest.mark.parametrize("stored", [{}, {"threshold": "high"}, {"threshold": "80"}])
def test_without_a_usable_stored_threshold_the_config_counts(ledger, stored):
    config = GateConfig(eval_types={"tone": EvalTypeConfig("tone", "assay-tone", threshold=0.95)})
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 0.9, params=stored)

    report = _only(check_all_regressions(ledger, config))

    assert (0.95, "config", "REGRESSION") == (
        report.threshold,
        report.threshold_source,
        report.verdict,
    )


def test_a_rise_that_stays_below_the_threshold_is_a_regression_that_says_so(ledger):
    put(ledger, "assay-tone", 0.4)
    put(ledger, "assay-tone", 0.7)

    report = _check(ledger)

    assert "REGRESSION" == report.verdict
    assert "Improving, still below the threshold." in report.notes


def test_several_changed_prompts_are_all_listed_and_none_is_blamed(ledger):
    put(ledger, "assay-tone", 0.9, prompts={"tone": 1, "system": 4, "same": 1, "gone": 2})
    put(ledger, "assay-tone", 0.7, prompts={"tone": 2, "system": 5, "same": 1})

    report = _check(ledger)

    assert [("gone", 2, None), ("system", 4, 5), ("tone", 1, 2)] == [
        (change.prompt_name, change.from_version, change.to_version)
        for change in report.changed_prompts
    ]
    assert any("cannot be attributed to one" in note for note in report.notes)


def test_flipped_cases_show_both_outputs_and_the_worse_ones_first(ledger):
    put(ledger, "assay-tone", 0.5, cases=table("fppf"))
    put(ledger, "assay-tone", 0.5, cases=table("pfpe"))

    report = _check(ledger)

    assert [("c001", "worse", "p1", "f1"), ("c000", "better", "f0", "p0")] == [
        (case.case_id, case.change, case.baseline.output, case.current.output)
        for case in report.flipped_cases
    ]


# --- partial and failed newest runs ---------------------------------------------------------------


def test_a_judge_that_times_out_on_a_third_of_a_worse_candidate_is_never_an_improvement(ledger):
    """The broken third is exactly what the judge did not answer: 60 cases, 20 timeouts."""
    put(ledger, "assay-tone", 48 / 60, total=60, cases=table("p" * 48 + "f" * 12))
    put(ledger, "assay-tone", 1.0, total=60, errors=20, cases=table("p" * 40 + "e" * 20))

    result = check_all_regressions(ledger, CONFIG)

    report = _only(result)
    assert "inconclusive" == report.evidence
    assert "WARNING" == report.verdict
    assert "partial" == report.current_status
    assert result.inconclusive
    assert "20 of 60 trials of the current run have no verdict" in report.evidence_details.reason
    low, high = report.evidence_details.bounds_pp or (0, 0)
    assert (-13.333333, 20.0) == (low, high)
    accounting = report.evidence_details.current_cases
    assert accounting is not None
    assert (60, 40, 0, 20, 0) == (
        accounting.expected,
        accounting.passed,
        accounting.failed,
        accounting.errors,
        accounting.missing,
    )


@pytest.mark.parametrize(
    ("pass_rate", "errors", "tolerance", "verdict"),
    [
        (0.95, 1, 0.0, "WARNING"),  # more missing than is tolerated: not known to pass
        (0.95, 1, 0.1, "PASS"),  # tolerated, but a partial run never improves
        (0.90, 1, 0.1, "PASS"),
        (0.70, 1, 0.1, "REGRESSION"),
        (0.70, 5, 0.0, "REGRESSION"),
        (0.80, 1, 0.1, "WARNING"),  # exactly -10 pp
    ],
)
def test_a_partial_newest_run_is_judged_by_its_rate_but_never_improves(
    ledger, pass_rate, errors, tolerance, verdict
):
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", pass_rate, errors=errors)

    report = _only(check_all_regressions(ledger, GateConfig(missing_tolerance=tolerance)))

    assert verdict == report.verdict
    assert "inconclusive" == report.evidence
    assert any("is partial" in note for note in report.notes)


def test_a_partial_run_that_says_no_total_is_not_known_to_pass(ledger):
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 0.95, total=None, errors=None, tags={"eval_status": "partial"})

    report = _only(check_all_regressions(ledger, GateConfig(missing_tolerance=0.5)))

    assert "WARNING" == report.verdict


@pytest.mark.parametrize(
    "newest",
    [{"pass_rate": 1.0, "status": LoggedStatus.FAILED}, {"pass_rate": None, "errors": 10}],
    ids=["failed", "nothing-but-errors"],
)
def test_a_newer_run_that_cannot_be_judged_is_named_and_leaves_the_check_inconclusive(
    ledger, newest
):
    put(ledger, "assay-tone", 1.0, cases=table("p" * 100))
    current = put(ledger, "assay-tone", 1.0, cases=table("p" * 100))
    unjudged = put(ledger, "assay-tone", **newest)

    result = check_all_regressions(ledger, CONFIG)

    report = _only(result)
    assert current == report.current_run_id
    assert any(unjudged in note for note in report.notes)
    assert "not worse" == report.evidence
    assert result.inconclusive


# --- given runs, pins, selection ------------------------------------------------------------------


def test_a_given_run_is_compared_with_the_complete_one_before_it_however_far_back(ledger):
    baseline = put(ledger, "assay-tone", 0.9)
    given = put(ledger, "assay-tone", 0.85)
    for _ in range(30):
        put(ledger, "assay-tone", 1.0)

    report = _check(ledger, run_id=given)

    assert (baseline, given) == (report.baseline_run_id, report.current_run_id)


def test_a_run_or_type_that_does_not_exist_is_an_error_and_no_pass(ledger):
    put(ledger, "assay-tone", 0.9)
    put(ledger, "elsewhere", 0.9)

    with pytest.raises(NotFoundError, match="No run"):
        check_all_regressions(ledger, CONFIG, run_id="nope")
    with pytest.raises(NotFoundError, match="holds no eval type"):
        check_all_regressions(ledger, CONFIG, run_id="run-0003")
    with pytest.raises(NotFoundError, match="there are: tone"):
        check_all_regressions(ledger, CONFIG, eval_type="typo")
    put(ledger, "assay-other", 0.9)
    with pytest.raises(NotFoundError, match="one of tone"):
        check_all_regressions(ledger, CONFIG, eval_type="other", run_id="run-0001")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(LoggedStatus.RUNNING, "still going"), (LoggedStatus.FAILED, "failed")],
)
def test_a_given_run_that_cannot_be_judged_is_skipped_with_the_reason(ledger, status, reason):
    put(ledger, "assay-tone", 0.9)
    given = put(ledger, "assay-tone", 0.9, status=status)

    result = check_all_regressions(ledger, CONFIG, run_id=given)

    assert reason in result.skipped[0].reason
    assert result.inconclusive


def test_a_type_whose_newest_run_failed_is_no_quiet_skip(ledger):
    put(ledger, "assay-tone", 0.9)
    failed = put(ledger, "assay-tone", 0.9, status=LoggedStatus.FAILED)
    percent = put(ledger, "assay-pace", 85.0)
    put(ledger, "assay-new", 0.9)

    result = check_all_regressions(ledger, CONFIG)

    reasons = {skip.eval_type: skip.reason for skip in result.skipped}
    assert f"a newer run, {failed}, failed and was not judged" in reasons["tone"]
    assert f"{percent}, has no pass rate from 0 to 1 and was not judged" in reasons["pace"]
    assert "newer" not in reasons["new"]
    assert result.inconclusive
    assert not check_all_regressions(ledger, CONFIG, eval_type="new").inconclusive


def test_a_pinned_baseline_does_not_ratchet_and_shows_its_age(ledger):
    approved = put(ledger, "assay-tone", 0.95)
    pin_baseline(ledger, CONFIG, approved, actor="ann", reason="release 1", clock=ledger.clock)
    for rate in (0.93, 0.91, 0.89, 0.87, 0.85):
        put(ledger, "assay-tone", rate)

    report = _check(ledger)

    assert (approved, -10.0, "WARNING") == (
        report.baseline_run_id,
        report.delta_pp,
        report.verdict,
    )
    assert report.baseline_pinned
    assert 300.0 == report.baseline_age_seconds


def test_only_the_types_asked_for_are_checked(ledger):
    for name in ("assay-one", "assay-two", "assay-three"):
        put(ledger, name, 0.9)
        put(ledger, name, 0.1)

    result = check_all_regressions(ledger, CONFIG, eval_types=["two", "never-run"])

    assert ["two"] == [report.eval_type for report in result.reports]


def test_a_type_with_its_own_experiment_and_metric_names_is_read_by_them(ledger):
    kind = EvalTypeConfig(
        "security",
        "shield",
        threshold=0.9,
        metrics=MetricNames(pass_rate="block_rate", total_cases="attacks"),  # noqa: S106
    )
    config = GateConfig(eval_types={"security": kind})
    for rate in (0.95, 0.91):
        ledger.clock.advance(60)
        ledger.put_run("shield", metrics={"block_rate": rate, "pass_rate": 0.0, "attacks": 50})

    report = _only(check_all_regressions(ledger, config))

    assert ("security", 0.95, 0.91) == (
        report.eval_type,
        report.baseline_pass_rate,
        report.current_pass_rate,
    )


def test_a_type_that_does_not_gate_reports_its_regression_without_blocking(ledger):
    config = GateConfig(eval_types={"tone": EvalTypeConfig("tone", "assay-tone", gating=False)})
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 0.1)

    result = check_all_regressions(ledger, config)

    assert "REGRESSION" == result.reports[0].verdict
    assert not result.has_regressions


# --- evidence asked for ---------------------------------------------------------------------------


def test_a_regression_without_evidence_is_a_warning_where_evidence_is_required(ledger):
    put(ledger, "assay-tone", 0.8, cases=table("p" * 8 + "f" * 2))
    put(ledger, "assay-tone", 0.7, cases=table("p" * 7 + "f" * 3))

    plain = check_all_regressions(ledger, CONFIG)
    strict = check_all_regressions(ledger, CONFIG, require_evidence=True)

    assert (True, False) == (plain.has_regressions, strict.has_regressions)
    assert ("WARNING", "REGRESSION") == (
        strict.reports[0].verdict,
        strict.reports[0].verdict_without_evidence,
    )


def test_a_proven_regression_stays_one_where_evidence_is_required(ledger):
    put(ledger, "assay-tone", 1.0, cases=table("p" * 20))
    put(ledger, "assay-tone", 0.5, cases=table("p" * 10 + "f" * 10))

    result = check_all_regressions(ledger, CONFIG, require_evidence=True)

    assert ("REGRESSION", "worse") == (result.reports[0].verdict, result.reports[0].evidence)
    assert result.has_regressions


# --- cost and faults ------------------------------------------------------------------------------


def test_a_check_over_nineteen_types_takes_three_calls(ledger):
    for number in range(19):
        for _ in range(20):
            put(ledger, f"assay-type{number:02d}", 0.9, cases=table("p" * 9 + "f"))
    calls: Counter[str] = Counter()
    ledger.on_call = lambda method: calls.update([method])

    result = check_all_regressions(ledger, CONFIG)

    assert 19 == len(result.reports)
    assert {"list_experiments": 1, "latest_runs": 1, "read_cases": 1} == calls


def test_reading_on_for_one_type_does_not_read_the_others_again(ledger):
    asked: list[int] = []
    put(ledger, "assay-one", 0.9)
    for _ in range(10):
        put(ledger, "assay-one", 0.9, errors=1)
    for _ in range(10):
        put(ledger, "assay-two", 0.9)
    read = ledger.latest_runs

    class Spy:
        def __getattr__(self, name):
            return getattr(ledger, name)

        def latest_runs(self, experiments, **options):
            asked.append(len(experiments))
            return read(experiments, **options)

    result = check_all_regressions(Spy(), CONFIG)

    assert [2, 1] == asked
    assert 2 == len(result.reports)


def test_a_ledger_that_cannot_be_read_is_never_taken_for_an_empty_one(ledger):
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 0.9)

    for method in ("list_experiments", "latest_runs", "read_cases"):

        def fails(called: str, method: str = method) -> None:
            if called == method:
                raise LedgerError("away")

        ledger.on_call = fails
        with pytest.raises(LedgerError):
            check_all_regressions(ledger, CONFIG)


def test_cases_of_any_kind_of_value_reach_the_json_form(ledger):
    from assay.gate.jsonable import to_jsonable

    odd = [CaseRecord("a", output={"b": {1, 2}, "n": float("nan")}, passed=True)]
    put(ledger, "assay-tone", 1.0, cases=odd)
    put(ledger, "assay-tone", 0.0, cases=[CaseRecord("a", output=b"x", passed=False)])

    document = to_jsonable(check_all_regressions(ledger, CONFIG))

    (report,) = document["reports"]
    assert {"b": [1, 2], "n": None} == report["flipped_cases"][0]["baseline"]["output"]
    assert "inconclusive" == report["evidence"]
    assert report["current_timestamp"].endswith("Z")


def _registered_then_run_again(ledger: MemoryLedger, *rates: float, **more) -> list[str]:
    """Runs of which all but the first have version 2; the first rate is that of version 1."""
    return [
        put(ledger, "assay-tone", rate, prompts={"tone": 1 if place == 0 else 2}, **more)
        for place, rate in enumerate(rates)
    ]


def test_a_second_run_of_a_bad_version_still_names_what_the_change_broke(ledger):
    good = put(ledger, "assay-tone", 1.0, prompts={"tone": 1}, cases=table("pppp"))
    put(ledger, "assay-tone", 0.5, prompts={"tone": 2}, cases=table("ppff"))
    put(ledger, "assay-tone", 0.5, prompts={"tone": 2}, cases=table("ppff"))

    report = _check(ledger)

    assert (0.0, "REGRESSION", ()) == (report.delta_pp, report.verdict, report.flipped_cases)
    since = report.since_prompt_change
    assert since is not None
    assert (good, 1.0, -50.0) == (since.run_id, since.pass_rate, since.delta_pp)
    assert [("tone", 1, 2)] == [
        (each.prompt_name, each.from_version, each.to_version) for each in since.changed_prompts
    ]
    assert ["c002", "c003"] == [case.case_id for case in since.flipped_cases]


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ((0.9, 0.95, 0.95), False),  # better than before the change
        ((0.95, 0.9, 0.9), True),  # a fall that the threshold does not see
        ((0.5, 0.6, 0.6), True),  # better, still below the threshold
        ((0.9, 0.9), False),  # the baseline is the run before the change
    ],
)
def test_the_change_is_told_where_it_did_harm_and_the_baseline_hides_it(ledger, rates, told):
    _registered_then_run_again(ledger, *rates)
    assert told is (_check(ledger).since_prompt_change is not None)


def test_the_run_before_the_change_is_looked_for_within_bounds(ledger):
    good, *_ = _registered_then_run_again(ledger, 0.9, *([0.5] * 15))
    since = _check(ledger).since_prompt_change
    assert since is not None
    assert good == since.run_id

    _registered_then_run_again(ledger, 0.9, *([0.5] * 40))
    assert _check(ledger).since_prompt_change is None


def test_runs_without_verdict_or_prompts_are_no_run_before_the_change(ledger):
    put(ledger, "assay-tone", 0.9)
    put(ledger, "assay-tone", 0.9, prompts={"tone": 1}, errors=1)
    put(ledger, "assay-tone", 0.5, prompts={"tone": 2})
    put(ledger, "assay-tone", 0.5, prompts={"tone": 2})
    assert _check(ledger).since_prompt_change is None


def test_the_cases_of_all_runs_are_read_in_one_call(ledger):
    _registered_then_run_again(ledger, 1.0, 0.5, 0.5, cases=table("pf"))
    calls: list[str] = []
    ledger.on_call = calls.append
    _check(ledger)
    assert 1 == calls.count("read_cases")


@pytest.mark.parametrize("total", [None, 20])
def test_a_run_that_only_its_tag_calls_partial_is_not_known_to_pass(ledger, total):
    put(ledger, "assay-tone", 0.9, total=total, errors=None)
    put(ledger, "assay-tone", 0.95, total=total, errors=None, tags={"eval_status": "partial"})
    assert "WARNING" == _check(ledger).verdict
