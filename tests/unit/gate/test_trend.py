"""Trends: directions, changes of prompts and marks, over runs that anybody may have logged."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.eval_runs import LoggedStatus
from assay.core.statistics import wilson_interval
from assay.gate.baselines import pin_baseline, show_baselines, unpin_baseline
from assay.gate.config import EvalTypeConfig, GateConfig
from assay.gate.history import get_eval_experiments
from assay.gate.promotion import execute_promotion
from assay.gate.rollback import execute_rollback
from assay.gate.timeline import trend_summaries
from assay.gate.trend import build_trend_summary, get_trend_points, slope_pp
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import DiedError, Machine, put, with_prompt


CONFIG = GateConfig()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def _summary(ledger: MemoryLedger, **options):
    (summary,) = trend_summaries(ledger, CONFIG, **options)
    return summary


@pytest.mark.parametrize(
    ("rates", "direction"),
    [
        ([], "stable"),
        ([0.9], "stable"),
        ([0.8, 0.9], "improving"),
        ([0.9, 0.8], "degrading"),
        ([0.80, 0.90, 0.84], "improving"),  # +2 pp per run
        ([0.80, 0.95, 0.82], "stable"),  # exactly +1 pp per run
        ([0.80, 0.95, 0.8201], "improving"),
        ([0.82, 0.95, 0.80], "stable"),
        ([0.1, 0.9, 0.9, 0.9], "stable"),  # only the last three count
        ([0.1, 0.9, 0.8, 0.7], "degrading"),
    ],
)
def test_the_direction_is_the_slope_of_the_last_three_complete_runs(ledger, rates, direction):
    put(ledger, "assay-tone", 0.0, errors=1)
    for rate in rates:
        put(ledger, "assay-tone", rate)
        put(ledger, "assay-tone", 0.0, errors=1)  # never counts
        put(ledger, "assay-tone", 0.0, status=LoggedStatus.FAILED)

    assert direction == _summary(ledger, limit=100).trend_direction


def test_the_direction_looks_further_back_than_what_is_shown(ledger):
    for rate in (0.7, 0.8, 0.9):
        put(ledger, "assay-tone", rate)

    summary = _summary(ledger, limit=1)

    assert (1, "improving") == (len(summary.points), summary.trend_direction)


@given(rates=st.lists(st.floats(0, 1), min_size=2, max_size=3))
def test_the_slope_over_two_or_three_runs_is_that_of_its_ends(rates):
    expected = 100 * (rates[-1] - rates[0]) / (len(rates) - 1)

    assert expected == pytest.approx(slope_pp(rates), abs=1e-6)


def test_points_hold_what_was_logged_and_nothing_that_was_not(ledger):
    put(ledger, "assay-tone", 0.9, total=20, errors=0, prompts={"tone": 3}, threshold=0.8)
    put(ledger, "assay-tone", None, total=None, errors=None)
    put(ledger, "assay-tone", 0.9, status=LoggedStatus.RUNNING)

    (first, second) = _summary(ledger).points

    assert (0.9, 20, 0, {"tone": 3}, "complete", 0.8) == (
        first.pass_rate,
        first.total_cases,
        first.error_cases,
        first.prompt_versions,
        first.eval_status,
        first.threshold,
    )
    assert wilson_interval(18, 20) == first.interval
    assert (None, None, None, {}, "complete", None) == (
        second.pass_rate,
        second.total_cases,
        second.error_cases,
        second.prompt_versions,
        second.eval_status,
        second.interval,
    )


def test_what_other_clients_log_in_their_own_way_is_read(ledger):
    links = [{"name": "linked", "version": "4"}, {"name": "tone", "version": "9"}]
    twice = [{"name": "twice", "version": "1"}, {"name": "twice", "version": "2"}]
    put(
        ledger,
        "assay-tone",
        0.9,
        total=None,
        errors=None,
        params={"prompt.tone": "v2", "prompt.sha": "ab12", "total_cases": "30", "prompt.": "v1"},
        tags={"mlflow.linkedPrompts": json.dumps(links + twice), "eval_status": "partial"},
    )
    put(ledger, "assay-tone", 0.9, errors=None, tags={"mlflow.linkedPrompts": "[oops"})

    first, second = _summary(ledger).points

    assert {"tone": 2, "sha": "ab12", "linked": 4} == first.prompt_versions
    assert (30, "partial") == (first.total_cases, first.eval_status)
    assert ({}, "complete") == (second.prompt_versions, second.eval_status)


def test_prompt_changes_are_seen_against_the_last_known_version(ledger):
    for prompts in ({"a": 1}, {}, {"a": 1}, {"a": 2, "b": 1}, {"a": 1}):
        put(ledger, "assay-tone", 0.9, prompts=prompts)

    changes = _summary(ledger).prompt_changes

    assert [("a", 1, 2), ("b", None, 1), ("a", 2, 1)] == [
        (change.prompt_name, change.from_version, change.to_version) for change in changes
    ]


@pytest.mark.parametrize(
    ("runs", "latest"),
    [
        ([(0.9, 0), (0.5, 3)], 0.9),  # the newest complete one, not the partial one after it
        ([(0.5, 3)], 0.5),
        ([(None, 0)], None),
        ([(0.9, 0), (0.0, 0)], 0.0),
    ],
)
def test_the_latest_pass_rate_is_that_of_the_newest_complete_run(ledger, runs, latest):
    for rate, errors in runs:
        put(ledger, "assay-tone", rate, errors=errors)

    assert latest == _summary(ledger).latest_pass_rate


def test_promotions_and_rollbacks_are_drawn_where_the_prompt_was_used(ledger):
    machine = Machine()
    ledger = MemoryLedger(clock=machine.clock)
    with_prompt(ledger)
    put(ledger, "assay-other", 0.9)
    put(ledger, "assay-tone", 0.9, prompts={"tone": 2})
    around = machine.process()
    machine.clock.advance(1)
    execute_promotion(ledger, CONFIG, "tone", version=2, actor="ann", around=around)
    after = put(ledger, "assay-tone", 0.9, prompts={"tone": 2})
    machine.clock.advance(1)
    execute_rollback(ledger, CONFIG, "tone", reason="worse", actor="bob", around=around)
    config = GateConfig(eval_types={"new": EvalTypeConfig("new", "assay-new", prompts=("tone",))})
    put(ledger, "assay-new", 0.9)

    new, other, tone = trend_summaries(ledger, config, around=machine.process())

    assert [("promote", 1, 2, after), ("rollback", 2, 1, None)] == [
        (event.action, event.from_version, event.to_version, event.run_id) for event in tone.events
    ]
    assert () == other.events
    assert () == new.events  # both happened before its first run


def test_a_trend_completes_what_a_killed_promotion_left_and_shows_it(ledger):
    machine = Machine()
    ledger = MemoryLedger(clock=machine.clock)
    with_prompt(ledger)
    put(ledger, "assay-tone", 0.9, prompts={"tone": 2})
    victim = machine.process()

    def dies(method: str) -> None:
        if method == "set_alias":
            raise DiedError

    ledger.on_return = dies
    with pytest.raises(DiedError):
        execute_promotion(ledger, CONFIG, "tone", version=2, actor="ann", around=victim)
    ledger.on_return = lambda _method: None
    machine.dead.add(victim.process.pid)

    (summary,) = trend_summaries(ledger, CONFIG, around=machine.process())

    assert ["promote"] == [event.action for event in summary.events]
    assert "promote" == ledger.get_run(summary.points[0].run_id).tags["audit.action"]


def test_a_trend_over_nineteen_types_takes_three_calls(ledger):
    for number in range(19):
        for _ in range(12):
            put(ledger, f"assay-type{number:02d}", 0.9)
    calls: list[str] = []
    ledger.on_call = calls.append

    summaries = trend_summaries(ledger, CONFIG)

    assert {10} == {len(summary.points) for summary in summaries}
    assert ["list_experiments", "latest_runs", "list_prompts"] == calls


def test_an_empty_ledger_has_no_timelines_and_an_unknown_type_is_named(ledger):
    assert [] == trend_summaries(ledger, CONFIG)
    assert "x" == build_trend_summary([], config=CONFIG, eval_type="x").eval_type
    with pytest.raises(NotFoundError, match="there are: none"):
        trend_summaries(ledger, CONFIG, eval_type="tone")


def test_the_points_of_one_experiment_are_the_newest_in_order(ledger):
    runs = [put(ledger, "assay-tone", 0.9) for _ in range(7)]
    put(ledger, "other", 0.9)
    (line,) = get_eval_experiments(ledger, CONFIG)
    (other,) = ledger.list_experiments("other")

    points = get_trend_points(ledger, line.experiment, config=CONFIG, limit=3)

    assert runs[-3:] == [point.run_id for point in points]
    assert [] == get_trend_points(ledger, other, config=CONFIG, limit=3)


# --- pinned baselines -----------------------------------------------------------------------------


def test_a_pin_is_shown_with_its_age_and_taken_away_again(ledger):
    clock = ledger.clock
    assert isinstance(clock, ManualClock)
    run = put(ledger, "assay-tone", 0.9)
    pin_baseline(ledger, CONFIG, run, actor="ann", reason="release 1", clock=clock)
    clock.advance(3600)

    (shown,) = show_baselines(ledger, CONFIG, clock=clock)
    gone = unpin_baseline(ledger, CONFIG, "tone", actor="bob", reason="old", clock=clock)

    assert (run, "ann", "release 1", 0.9, 3600.0) == (
        shown.run_id,
        shown.actor,
        shown.reason,
        shown.pass_rate,
        shown.age_seconds,
    )
    assert gone.run_id is None
    assert [] == show_baselines(ledger, CONFIG, eval_type="tone", clock=clock)
    (line,) = get_eval_experiments(ledger, CONFIG)
    numbered = sorted(key.split(".")[2] for key in line.experiment.tags if key.count(".") == 3)
    assert ["000001", "000002"] == numbered


def test_only_a_complete_run_of_an_eval_type_can_be_pinned_and_for_a_reason(ledger):
    partial = put(ledger, "assay-tone", 0.9, errors=1)
    running = put(ledger, "assay-tone", 0.9, status=LoggedStatus.RUNNING)
    empty = put(ledger, "assay-tone", None)
    other = put(ledger, "elsewhere", 0.9)
    good = put(ledger, "assay-tone", 0.9)

    for run, said in ((partial, "partial"), (running, "running"), (empty, "without a pass rate")):
        with pytest.raises(InvalidInputError, match=said):
            pin_baseline(ledger, CONFIG, run, actor="ann", reason="x")
    with pytest.raises(NotFoundError, match="holds no eval type"):
        pin_baseline(ledger, CONFIG, other, actor="ann", reason="x")
    with pytest.raises(InvalidInputError, match="reason"):
        pin_baseline(ledger, CONFIG, good, actor="ann", reason="")
    with pytest.raises(NotFoundError, match="nothing to unpin"):
        unpin_baseline(ledger, CONFIG, "tone", actor="ann", reason="x")
    with pytest.raises(NotFoundError, match="there are: tone"):
        unpin_baseline(ledger, CONFIG, "typo", actor="ann", reason="x")


def test_two_experiments_of_one_eval_type_are_two_lines(ledger):
    """``assay`` holds the runs of quality; ``assay-quality`` beside it must not be mixed in."""
    put(ledger, "assay-quality", 0.1)
    put(ledger, "assay", 0.9)
    put(ledger, "assay-quality", 0.2)

    found = {each.eval_type: each for each in trend_summaries(ledger, CONFIG)}

    assert {"assay-quality", "quality"} == found.keys()
    assert [0.9] == [point.pass_rate for point in found["quality"].points]
    assert [0.1, 0.2] == [point.pass_rate for point in found["assay-quality"].points]


def test_an_experiment_named_quality_is_quality_where_the_base_has_none(ledger):
    put(ledger, "assay-quality", 0.1)
    assert "quality" == _summary(ledger).eval_type


@pytest.mark.parametrize(
    ("logged", "rate"),
    [
        (1.0000000000000002, 1.0),
        (-0.0000000000000001, 0.0),
        (1.001, None),
        (85.0, None),
        (-0.1, None),
    ],
)
def test_only_the_noise_of_floats_is_let_through_beyond_0_to_1(ledger, logged, rate):
    put(ledger, "assay-tone", logged)
    assert rate == _summary(ledger).points[0].pass_rate
