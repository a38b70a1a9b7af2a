"""Suites: every run ends in the ledger, whatever becomes of its candidate."""

import threading
from collections import Counter
from dataclasses import replace

import pytest

from assay.core.errors import InvalidInputError, LedgerError, NotFoundError
from assay.core.eval_runs import CaseRecord, LoggedRun, LoggedStatus
from assay.gate.check import check_all_regressions
from assay.gate.config import EvalTypeConfig, GateConfig, MetricNames
from assay.gate.eval_metrics import run_metrics
from assay.gate.suite_plan import suite_members
from assay.gate.suite_results import EvalFacts, EvalOutcome, SuiteProgress
from assay.gate.suites import run_eval_suite
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import table


NAMES = ("a", "b", "c")
CONFIG = GateConfig(
    eval_types={name: EvalTypeConfig(name, f"assay-{name}", prompts=("tone",)) for name in NAMES},
    suites={"core": ("a",), "full": NAMES},
)
FACTS = EvalFacts(
    dataset_version="3",
    dataset_digest="d1",
    dataset_name="golden",
    scorers_digest="s1",
    candidate_digest="c1",
    candidate="shop:answer",
    total_cases=10,
)


@pytest.fixture
def ledger() -> MemoryLedger:
    made = MemoryLedger()
    made.register_version("tone", "one")
    made.register_version("tone", "two")
    made.set_alias("tone", "experiment", 2)
    return made


class Runner:
    """Gives back the tables it was given, by eval type; an exception is raised instead."""

    def __init__(self, **tables: list[CaseRecord] | BaseException) -> None:
        self.tables = tables
        self.started = True

    def __call__(self, eval_type, *, prompts, on_start, on_case, cancelled):
        assert {"tone"} == set(prompts)
        if self.started:
            on_start(FACTS)
        given = self.tables.get(eval_type.name, table("p" * 10))
        if isinstance(given, BaseException):
            on_case(CaseRecord("first", passed=True))
            raise given
        for case in given:
            on_case(case)
        return EvalOutcome(given, metrics={"own": 1.0})


def _runs(ledger: MemoryLedger, name: str) -> list[LoggedRun]:
    experiments = [e for e in ledger.list_experiments("assay") if e.name == f"assay-{name}"]
    return [run for runs in ledger.latest_runs(experiments, limit=9).values() for run in runs]


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_type_is_run_logged_and_judged(ledger, jobs):
    runner = Runner(b=table("p" * 7 + "f" * 3))

    suite = run_eval_suite(
        ledger, CONFIG, NAMES, run_eval=runner, jobs=jobs, suite="full", clock=ledger.clock
    )

    assert [("a", "PASS", 1.0), ("b", "FAIL", 0.7), ("c", "PASS", 1.0)] == [
        (result.eval_type, result.outcome, result.pass_rate) for result in suite.results
    ]
    assert not suite.passed
    (run,) = _runs(ledger, "b")
    assert LoggedStatus.FINISHED is run.status
    assert {
        "prompt.tone": "v2",
        "threshold": "0.8",
        "repeats": "1",
        "suite": "full",
        "dataset_version": "3",
        "candidate": "shop:answer",
    } == run.params
    assert {
        "eval_type": "b",
        "eval_status": "complete",
        "assay.dataset_digest": "d1",
        "assay.scorers_digest": "s1",
        "assay.candidate_digest": "c1",
    } == run.tags
    assert {"pass_rate": 0.7, "total_cases": 10, "error_cases": 0, "own": 1.0} == {
        name: run.metrics[name] for name in ("pass_rate", "total_cases", "error_cases", "own")
    }
    assert 10 == len(ledger.read_cases([run.run_id])[run.run_id] or ())
    assert ("d1",) == run.dataset_digests


def test_what_is_logged_is_what_a_check_reads(ledger):
    for cases in (table("p" * 10), table("p" * 6 + "f" * 4)):
        run_eval_suite(ledger, CONFIG, ["a"], run_eval=Runner(a=cases), clock=ledger.clock)

    (report,) = check_all_regressions(ledger, CONFIG).reports

    assert ("REGRESSION", "worse", True) == (
        report.verdict,
        report.evidence,
        report.evidence_details.comparable,
    )


@pytest.mark.parametrize("started", [True, False], ids=["after-the-start", "before-it"])
@pytest.mark.parametrize("failure", [ValueError("boom"), SystemExit(0)], ids=repr)
def test_a_runner_that_raises_makes_its_run_failed_and_the_others_go_on(ledger, started, failure):
    runner = Runner(b=failure)
    runner.started = started

    suite = run_eval_suite(ledger, CONFIG, NAMES, run_eval=runner, clock=ledger.clock)

    assert ["PASS", "ERROR", "PASS"] == [result.outcome for result in suite.results]
    assert f"b could not be run: {failure!r}" == suite.results[1].message
    (run,) = _runs(ledger, "b")
    assert LoggedStatus.FAILED is run.status
    assert ("error", f"b could not be run: {failure!r}") == (
        run.tags["eval_status"],
        run.tags["assay.error"],
    )
    assert 1 == len(ledger.read_cases([run.run_id])[run.run_id] or ())


def test_what_a_failure_says_is_written_down_without_its_secrets(ledger):
    leaky = ConnectionError("https://me:hush-hush@host gave no answer")

    suite = run_eval_suite(ledger, CONFIG, ["a"], run_eval=Runner(a=leaky), clock=ledger.clock)

    (run,) = _runs(ledger, "a")
    for text in (suite.results[0].message, run.tags["assay.error"]):
        assert "gave no answer" in text
        assert "hush" not in text


@pytest.mark.parametrize(
    ("cases", "tolerance", "outcome", "status"),
    [
        ("p" * 9 + "e", 0.0, "ERROR", "partial"),
        ("p" * 9 + "e", 0.1, "PASS", "partial"),
        ("p" * 6 + "fff" + "e", 0.1, "FAIL", "partial"),
        ("p" * 9, 0.0, "ERROR", "partial"),  # one of ten never came
        ("e" * 10, 1.0, "ERROR", "partial"),
        ("p" * 8 + "ff", 0.0, "PASS", "complete"),
    ],
)
def test_errors_stand_apart_and_never_pass_unnoticed(ledger, cases, tolerance, outcome, status):
    config = GateConfig(eval_types=CONFIG.eval_types, missing_tolerance=tolerance)

    suite = run_eval_suite(
        ledger, config, ["a"], run_eval=Runner(a=table(cases)), clock=ledger.clock
    )

    (result,) = suite.results
    assert (outcome, status) == (result.outcome, result.eval_status)
    (run,) = _runs(ledger, "a")
    assert status == run.tags["eval_status"]
    assert ("pass_rate" in run.metrics) == ("p" in cases)


def test_cases_without_a_verdict_are_told_with_what_the_first_of_them_said(ledger):
    broken = [
        replace(case, error="ValueError: judge\n  down " + "x" * 300) if case.error else case
        for case in table("ppe")
    ]

    suite = run_eval_suite(ledger, CONFIG, ["a"], run_eval=Runner(a=broken), clock=ledger.clock)

    (message,) = (result.message for result in suite.results)
    assert message.startswith("8 of 10 cases have no verdict; the first: ValueError: judge down xx")
    assert message.endswith("x…")
    assert len(message) < 260


def test_progress_counts_cases_and_finished_types(ledger):
    heard: list[SuiteProgress] = []

    run_eval_suite(
        ledger, CONFIG, ["a", "b"], run_eval=Runner(), on_progress=heard.append, clock=ledger.clock
    )

    assert {"started": 2, "case": 20, "finished": 2} == Counter(p.stage for p in heard)
    assert [(1, 2), (2, 2)] == [(p.number, p.total) for p in heard if p.stage == "finished"]
    assert (10, 10) == (heard[10].cases_done, heard[10].cases_total)


def test_given_prompts_take_the_place_of_the_alias(ledger):
    version = ledger.get_version("tone", 1)

    run_eval_suite(
        ledger, CONFIG, ["a"], run_eval=Runner(), prompts={"tone": version}, clock=ledger.clock
    )

    assert "v1" == _runs(ledger, "a")[0].params["prompt.tone"]


def test_a_suite_that_is_cancelled_ends_its_runs_as_killed(ledger):
    stop = threading.Event()

    def runner(eval_type, *, prompts, on_start, on_case, cancelled):
        on_start(FACTS)
        on_case(CaseRecord("one", passed=True))
        stop.set()
        return EvalOutcome([CaseRecord("one", passed=True)])

    suite = run_eval_suite(
        ledger, CONFIG, NAMES, run_eval=runner, cancelled=stop.is_set, clock=ledger.clock
    )

    assert suite.cancelled
    assert ["cancelled", "cancelled before it began", "cancelled before it began"] == [
        result.message for result in suite.results
    ]
    assert [LoggedStatus.KILLED] == [run.status for run in _runs(ledger, "a")]
    assert [] == _runs(ledger, "b")


@pytest.mark.parametrize("obedient", [True, False], ids=["stops", "hangs"])
def test_an_interrupt_closes_the_runs_that_were_begun_and_is_raised(ledger, obedient):
    begun, release = threading.Event(), threading.Event()

    def runner(eval_type, *, prompts, on_start, on_case, cancelled):
        on_start(FACTS)
        if eval_type.name == "b":
            begun.wait(5)
            raise KeyboardInterrupt  # stands for the signal: it ends the wait of the main thread
        begun.set()
        while not (obedient and cancelled()):
            if release.wait(0.005):
                break
        return EvalOutcome([])

    with pytest.raises(KeyboardInterrupt):
        run_eval_suite(
            ledger,
            CONFIG,
            ["a", "b"],
            run_eval=runner,
            jobs=2,
            clock=ledger.clock,
            grace_seconds=5 if obedient else 0.05,
        )
    release.set()

    assert [LoggedStatus.KILLED] == [run.status for run in _runs(ledger, "a")]


@pytest.mark.parametrize("method", ["start_run", "log_cases", "log_metrics", "set_run_tags"])
def test_a_ledger_that_fails_is_raised_and_leaves_no_run_going(ledger, method):
    def fails(called: str) -> None:
        if called == method:
            raise LedgerError("away")

    ledger.on_call = fails
    with pytest.raises(LedgerError, match="away"):
        run_eval_suite(ledger, CONFIG, ["a"], run_eval=Runner(), clock=ledger.clock)
    ledger.on_call = lambda _method: None

    assert [] == [run for run in _runs(ledger, "a") if run.status is not LoggedStatus.FAILED]


@pytest.mark.parametrize("refusal", [InvalidInputError("'a?' is no name"), RecursionError("'a?'")])
@pytest.mark.parametrize("method", ["start_run", "log_cases", "log_metrics"])
def test_what_the_ledger_cannot_hold_is_an_error_of_its_type_and_the_others_go_on(
    ledger, method, refusal
):
    def refuses(called: str) -> None:
        if called == method:
            ledger.on_call = lambda _method: None
            raise refusal

    ledger.on_call = refuses
    suite = run_eval_suite(ledger, CONFIG, NAMES, run_eval=Runner(), clock=ledger.clock)

    assert ["ERROR", "PASS", "PASS"] == [result.outcome for result in suite.results]
    assert "'a?'" in suite.results[0].message
    assert [LoggedStatus.FAILED] == [run.status for run in _runs(ledger, "a")]


def test_a_runner_that_begins_after_the_end_of_the_suite_leaves_no_run_going(ledger):
    begun, release, late = threading.Event(), threading.Event(), threading.Event()

    def runner(eval_type, *, prompts, on_start, on_case, cancelled):
        if eval_type.name == "b":
            begun.wait(5)
            raise KeyboardInterrupt
        begun.set()
        release.wait(5)
        try:
            on_start(FACTS)
        finally:
            late.set()

    with pytest.raises(KeyboardInterrupt):
        run_eval_suite(
            ledger, CONFIG, ["a", "b"], run_eval=runner, jobs=2, clock=ledger.clock,
            grace_seconds=0.01,
        )  # fmt: skip
    release.set()

    assert late.wait(5)
    assert [] == _runs(ledger, "a")


def test_what_cannot_be_run_is_said_before_anything_runs(ledger):
    with pytest.raises(InvalidInputError, match=r"'typo' is not declared.*declared: a, b, c"):
        run_eval_suite(ledger, CONFIG, ["a", "typo"], run_eval=Runner())
    with pytest.raises(InvalidInputError, match="No eval type"):
        run_eval_suite(ledger, CONFIG, [], run_eval=Runner())
    with pytest.raises(NotFoundError, match="no alias 'staging'"):
        run_eval_suite(
            ledger,
            GateConfig(eval_types=CONFIG.eval_types, prompt_alias="staging"),
            ["a"],
            run_eval=Runner(),
        )
    assert [] == _runs(ledger, "a")


def test_a_suite_is_what_the_config_lists_and_full_is_all_by_default():
    assert ("a",) == suite_members(CONFIG, "core")
    assert NAMES == suite_members(GateConfig(eval_types=CONFIG.eval_types), "full")
    with pytest.raises(InvalidInputError, match="suites: core, full"):
        suite_members(CONFIG, "nightly")


def test_the_figures_of_a_run_are_over_what_has_a_verdict():
    cases = [
        CaseRecord("a", 0, passed=True, score=1.0, scores={"x": 1.0, "is/it?": 1}, cost_usd=0.5),
        CaseRecord("a", 1, passed=False, score=0.0, latency_seconds=2.0),
        CaseRecord("b", 0, error="down", score=9.0, latency_seconds=4.0),
        CaseRecord("b", 1, passed=True, score=0.5, scores={"x": 0.0}),
    ]

    metrics = run_metrics(
        cases, names=MetricNames(pass_rate="rate"), promised_cases=3, repeats=2  # noqa: S106
    )  # fmt: skip

    assert {
        "pass_rate": 2 / 3,
        "rate": 2 / 3,
        "average_score": 0.5,
        "total_cases": 3,
        "error_cases": 2,
        "total_trials": 6,
        "passed_trials": 2,
        "failed_trials": 1,
        "scorer.x": 0.5,
        "scorer.is_it_": 1,
        "cost_usd": 0.5,
        "latency_seconds_p50": 3.0,
        "latency_seconds_p95": pytest.approx(3.9),
    } == metrics
