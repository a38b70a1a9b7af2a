"""Suites in the background: one at a time, watched, cancelled, ended in good order."""

from collections.abc import Callable, Iterator

import pytest

from assay.apps.services.gate import Gate
from assay.apps.services.suite_runs import (
    KEPT,
    SuiteEnd,
    SuiteJob,
    SuiteRuns,
    SuiteRunStatus,
)
from assay.core.errors import ConflictError, LedgerError, NotFoundError
from assay.gate.suite_results import OnProgress, Outcome, SuiteResult
from tests.unit.apps.gate.server_parts import Held, in_process, wait_for


@pytest.fixture
def held(gate: Gate) -> Iterator[tuple[SuiteRuns, Held]]:
    executor = Held()
    suites = SuiteRuns(lambda: gate, executor)
    suites.start()
    yield suites, executor
    suites.stop()


def test_a_suite_runs_and_says_how_far_each_eval_type_is(gate: Gate) -> None:
    suites = SuiteRuns(lambda: gate, in_process)
    suites.start()
    ends: list[SuiteEnd] = []
    job = SuiteJob(("tone", "quality"), by="ada", suite="core", on_end=ends.append)
    run = wait_for(suites, suites.submit(job).id)
    suites.stop()

    assert (SuiteRunStatus.COMPLETED, 2, 2, True) == (
        run.status,
        run.finished,
        run.total,
        run.passed,
    )
    assert [("tone", 4, 4, Outcome.PASS), ("quality", 4, 4, Outcome.PASS)] == [
        (each.eval_type, each.cases_done, each.cases_total, each.result and each.result.outcome)
        for each in run.evals
    ]
    assert run.revision > 8  # each case was a change to see
    [end] = ends
    assert end.result is not None
    logged = [each.run_id for each in end.result.results]
    assert logged == [each.run_id for each in run.evals]


def test_suites_wait_for_each_other(held: tuple[SuiteRuns, Held]) -> None:
    suites, executor = held
    first = suites.submit(SuiteJob(("tone",), by="ada"))
    second = suites.submit(SuiteJob(("quality",), by="ada"))
    assert executor.begun.wait(5)
    assert SuiteRunStatus.PENDING is suites.get(second.id).status
    executor.go.set()
    wait_for(suites, second.id)
    assert [("tone",), ("quality",)] == [job.eval_types for job in executor.jobs]
    assert [second.id, first.id] == [run.id for run in suites.list()]


def test_a_waiting_suite_is_cancelled_without_ever_beginning(
    held: tuple[SuiteRuns, Held],
) -> None:
    suites, executor = held
    ends: list[SuiteEnd] = []
    suites.submit(SuiteJob(("tone",), by="ada"))
    second = suites.submit(SuiteJob(("quality",), by="ada", on_end=ends.append))
    assert SuiteRunStatus.CANCELLED is suites.cancel(second.id).status
    executor.go.set()
    assert [SuiteEnd(None, "cancelled")] == ends
    assert ("quality",) not in [job.eval_types for job in executor.jobs]


def test_a_running_suite_hears_that_it_is_cancelled(held: tuple[SuiteRuns, Held]) -> None:
    suites, executor = held
    run = suites.submit(SuiteJob(("tone",), by="ada"))
    assert executor.begun.wait(5)
    suites.cancel(run.id)
    ended = wait_for(suites, run.id)
    assert (SuiteRunStatus.CANCELLED, None) == (ended.status, ended.passed)


def test_the_end_of_the_server_tells_everyone_whose_suite_it_cut_short(gate: Gate) -> None:
    executor = Held()
    suites = SuiteRuns(lambda: gate, executor)
    suites.start()
    ends: list[SuiteEnd] = []
    for _ in range(2):
        suites.submit(SuiteJob(("tone",), by="ada", on_end=ends.append))
    assert executor.begun.wait(5)
    suites.stop()
    assert [True, True] == [end.shut_down for end in ends]
    assert {SuiteRunStatus.CANCELLED} == {run.status for run in suites.list()}
    with pytest.raises(ConflictError, match="run-evals"):
        suites.submit(SuiteJob(("tone",), by="ada"))


@pytest.mark.parametrize(
    ("failure", "said"),
    [(LedgerError("http://ledger gives no answer"), "no answer"), (ZeroDivisionError(), "defect")],
)
def test_a_suite_that_cannot_run_fails_and_the_next_one_runs(
    gate: Gate, failure: Exception, said: str
) -> None:
    def execute(
        gate: Gate, job: SuiteJob, *, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> SuiteResult:
        if job.suite == "broken":
            raise failure
        return SuiteResult((), suite=job.suite)

    suites = SuiteRuns(lambda: gate, execute)
    suites.start()
    ends: list[SuiteEnd] = []
    broken = suites.submit(SuiteJob(("tone",), by="ada", suite="broken", on_end=ends.append))
    fine = suites.submit(SuiteJob(("tone",), by="ada", suite="core"))
    assert SuiteRunStatus.COMPLETED is wait_for(suites, fine.id).status
    suites.stop()
    run = suites.get(broken.id)
    assert SuiteRunStatus.FAILED is run.status
    assert said in (run.error or "")
    assert ends[0].result is None


@pytest.mark.parametrize("failure", [LedgerError("the mark cannot be written"), KeyError("why")])
def test_who_cannot_be_told_of_the_end_does_not_stop_the_work(
    held: tuple[SuiteRuns, Held], failure: Exception
) -> None:
    suites, executor = held
    executor.go.set()

    def deaf(_end: SuiteEnd) -> None:
        raise failure

    suites.submit(SuiteJob(("tone",), by="ada", on_end=deaf))
    last = suites.submit(SuiteJob(("quality",), by="ada"))
    assert SuiteRunStatus.COMPLETED is wait_for(suites, last.id).status


def test_only_the_latest_runs_are_remembered(held: tuple[SuiteRuns, Held]) -> None:
    suites, executor = held
    executor.go.set()
    first = wait_for(suites, suites.submit(SuiteJob(("tone",), by="ada")).id)
    later = [suites.submit(SuiteJob(("tone",), by="ada")) for _ in range(KEPT)]
    wait_for(suites, later[-1].id)
    suites.submit(SuiteJob(("tone",), by="ada"))
    assert len(suites.list()) <= KEPT + 1
    with pytest.raises(NotFoundError, match="since this server started"):
        suites.get(first.id)
