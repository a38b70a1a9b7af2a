"""Runs eval types, several at once, and logs every run to the ledger whatever becomes of it."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import replace

from assay.core.errors import AssayError, ConflictError, InvalidInputError, LedgerError
from assay.core.eval_runs import CaseRecord, LoggedStatus, RunStart
from assay.core.ledger import Ledger
from assay.core.prompts import PromptVersion
from assay.gate.config import EvalTypeConfig, GateConfig
from assay.gate.eval_metrics import run_metrics
from assay.gate.points import DATASET_DIGEST_TAG, PROMPT_PARAM, SCORERS_DIGEST_TAGS, STATUS_TAG
from assay.gate.results import EvalStatus
from assay.gate.suite_plan import active_prompts, declared
from assay.gate.suite_results import (
    EvalFacts,
    EvalOutcome,
    EvalResult,
    EvalRunner,
    OnProgress,
    Outcome,
    Stage,
    SuiteProgress,
    SuiteResult,
)
from assay.gate.verdicts import below
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.redaction import redact
from assay.kit.threads import DaemonThreads


GRACE_SECONDS = 10.0
"""How long a cancelled runner may take to come to an end before its run is closed without it."""


def run_eval_suite(  # noqa: PLR0913  # what to run, how, and who hears of it
    ledger: Ledger,
    config: GateConfig,
    eval_types: Iterable[str],
    *,
    run_eval: EvalRunner,
    on_progress: OnProgress = lambda _progress: None,
    jobs: int = 1,
    prompts: Mapping[str, PromptVersion] | None = None,
    suite: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    clock: Clock = SYSTEM_CLOCK,
    grace_seconds: float = GRACE_SECONDS,
) -> SuiteResult:
    """Run eval types and log each as a run of its experiment.

    A runner that fails, or whose results the ledger cannot hold, makes its run FAILED and its
    result an ERROR; the others go on. When
    cancelled, or interrupted from the keyboard, runs that were begun end as KILLED.

    Args:
        ledger: Where the runs are logged.
        config: What the eval types are.
        eval_types: Which ones, each once.
        run_eval: Executes one.
        on_progress: Hears what happens, one report at a time, from any thread.
        jobs: How many run at once, at least 1.
        prompts: Prompt versions to use instead of those the alias ``config.prompt_alias``
            points at.
        suite: The suite's name, written on the runs.
        cancelled: Whether to stop.
        clock: Tells the time.
        grace_seconds: How long cancelled runners are waited for.

    Raises:
        InvalidInputError: An eval type is not declared, or none is named.
        NotFoundError: A prompt, or its alias, does not exist.
        LedgerError: The ledger cannot be read or written.
        KeyboardInterrupt: It was interrupted; the runs are closed.
    """
    kinds = [declared(config, name) for name in dict.fromkeys(eval_types)]
    if not kinds:
        raise InvalidInputError("No eval type to run was named.")
    active = active_prompts(ledger, config, kinds, given=prompts or {})
    work = _Suite(
        ledger,
        config,
        run_eval=run_eval,
        on_progress=on_progress,
        suite=suite,
        cancelled=cancelled,
        clock=clock,
        total=len(kinds),
    )
    began = clock.monotonic()
    results = work.run(kinds, prompts=active, jobs=max(1, jobs), grace_seconds=grace_seconds)
    return SuiteResult(
        results=tuple(results),
        suite=suite,
        cancelled=work.stopped(),
        duration_seconds=clock.monotonic() - began,
    )


class _Suite:
    """The work of one call of ``run_eval_suite``."""

    def __init__(
        self,
        ledger: Ledger,
        config: GateConfig,
        *,
        run_eval: EvalRunner,
        on_progress: OnProgress,
        suite: str | None,
        cancelled: Callable[[], bool],
        clock: Clock,
        total: int,
    ) -> None:
        self.ledger = ledger
        self.config = config
        self.run_eval = run_eval
        self.suite = suite
        self.clock = clock
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._total = total
        self._finished = 0

    def stopped(self) -> bool:
        """Whether to stop."""
        return self._stop.is_set() or self._cancelled()

    def run(
        self,
        kinds: Sequence[EvalTypeConfig],
        *,
        prompts: Mapping[str, PromptVersion],
        jobs: int,
        grace_seconds: float,
    ) -> list[EvalResult]:
        """Run all, at most ``jobs`` at once; an interrupt closes what was begun and is raised."""
        works = [_Work(self, kind, prompts=prompts) for kind in kinds]
        waiting = list(works)
        running: dict[Future[None], _Work] = {}
        threads = DaemonThreads("assay-eval")
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    work = waiting.pop(0)
                    running[threads.submit(work.run)] = work
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    del running[future]
                    future.result()
        except BaseException:
            self._stop.set()
            _close_all(running, grace_seconds)
            raise
        finally:
            threads.close()
        return [work.result for work in works]

    def report(
        self,
        stage: Stage,
        work: "_Work",
        *,
        case: CaseRecord | None = None,
        result: EvalResult | None = None,
    ) -> None:
        """Tell the listener how far an eval type is, one report at a time."""
        with self._lock:
            self._finished += stage is Stage.FINISHED
            self._on_progress(
                SuiteProgress(
                    stage,
                    work.kind.name,
                    self._finished,
                    self._total,
                    run_id=work.run_id,
                    cases_done=len(work.cases),
                    cases_total=work.promised_trials,
                    case=case,
                    result=result,
                )
            )


class _Work:
    """One eval type on its way; its run in the ledger is closed exactly once."""

    def __init__(
        self, suite: _Suite, kind: EvalTypeConfig, *, prompts: Mapping[str, PromptVersion]
    ) -> None:
        self.kind = kind
        self.run_id: str | None = None
        self.cases: list[CaseRecord] = []
        self.facts = EvalFacts()
        self.result = EvalResult(kind.name, Outcome.ERROR, kind.threshold, message="not run")
        self._suite = suite
        self._ledger = suite.ledger
        self._prompts = {name: prompts[name] for name in kind.prompts}
        self._lock = threading.RLock()
        self._closed = False
        self._began = suite.clock.monotonic()

    @property
    def promised_trials(self) -> int | None:
        """How many records there will be, where that is known."""
        total = self.facts.total_cases
        return None if total is None else total * self.kind.repeats

    def run(self) -> None:
        """Run and log; only a ledger that fails is raised."""
        self._began = self._suite.clock.monotonic()
        if self._suite.stopped():
            self._end(replace(self.result, message="cancelled before it began"))
            return
        try:
            outcome = self._suite.run_eval(
                self.kind,
                prompts=self._prompts,
                on_start=self._start,
                on_case=self._hear,
                cancelled=self._suite.stopped,
            )
            self.cases = list(outcome.cases) or self.cases
            if self._suite.stopped():
                self.close(LoggedStatus.KILLED, "cancelled")
            else:
                self._close_finished(outcome)
        except LedgerError:
            self.close(LoggedStatus.FAILED, "the ledger failed")
            raise
        except (Exception, SystemExit) as failure:  # noqa: BLE001  # whatever a candidate does
            self._close_failed(failure)

    def close(self, status: LoggedStatus, message: str) -> None:
        """End a run that did not finish; what is known of its cases is logged if it can be."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        failure: LedgerError | None = None
        if self.run_id is not None:
            with suppress(Exception):  # a candidate's answers may have no form that can be logged
                self._log(self.run_id, status, message=message)
            try:
                self._ledger.finish_run(self.run_id, status)
            except LedgerError as error:
                failure = error
        self._end(self._result(Outcome.ERROR, EvalStatus.ERROR, {}, message=message))
        if failure is not None and status is not LoggedStatus.KILLED:
            raise failure

    # --- ledger -----------------------------------------------------------------------------

    def _start(self, facts: EvalFacts) -> str:
        """Begin the run in the ledger; a second call returns the same id.

        Raises:
            ConflictError: The suite is over, and nobody would end the run.
        """
        with self._lock:
            if self.run_id is None:
                if self._closed:
                    raise ConflictError(f"The suite ended before {self.kind.name} began.")
                self.facts = facts
                self.run_id = self._ledger.start_run(self._run_start(facts))
                self._suite.report(Stage.STARTED, self)
            return self.run_id

    def _run_start(self, facts: EvalFacts) -> RunStart:
        kind = self.kind
        when = self._suite.clock.now()
        params = {
            **{PROMPT_PARAM + name: f"v{found.version}" for name, found in self._prompts.items()},
            "threshold": repr(kind.threshold),
            "repeats": str(kind.repeats),
            **_known(
                {
                    "suite": self._suite.suite,
                    "dataset_version": facts.dataset_version,
                    "candidate": facts.candidate,
                }
            ),
        }
        tags = {
            "eval_type": kind.name,
            **_known(
                {
                    DATASET_DIGEST_TAG: facts.dataset_digest,
                    SCORERS_DIGEST_TAGS[0]: facts.scorers_digest,
                    "assay.candidate_digest": facts.candidate_digest,
                }
            ),
        }
        return RunStart(
            experiment_name=kind.experiment,
            name=f"{kind.name} {when:%Y-%m-%d %H:%M:%S}",
            params=params,
            tags=tags,
            dataset_name=facts.dataset_name,
            dataset_digest=facts.dataset_digest,
            linked_prompts=tuple(
                (name, found.version) for name, found in sorted(self._prompts.items())
            ),
        )

    def _hear(self, case: CaseRecord) -> None:
        with self._lock:
            if self._closed:
                return
            self.cases.append(case)
            self._suite.report(Stage.CASE, self, case=case)

    def _log(
        self,
        run_id: str,
        status: LoggedStatus,
        *,
        message: str = "",
        extra: Mapping[str, float] | None = None,
    ) -> tuple[EvalStatus, dict[str, float]]:
        """Log cases, figures and status; returns the status and the figures."""
        metrics = run_metrics(
            self.cases,
            names=self.kind.metrics,
            promised_cases=self.facts.total_cases,
            repeats=self.kind.repeats,
        )
        eval_status = EvalStatus.ERROR
        if status is LoggedStatus.FINISHED:
            eval_status = EvalStatus.PARTIAL if metrics["error_cases"] else EvalStatus.COMPLETE
        duration = self._suite.clock.monotonic() - self._began
        self._ledger.log_cases(run_id, self.cases)
        self._ledger.log_metrics(run_id, {**(extra or {}), **metrics, "duration_seconds": duration})
        said = {"assay.error": message[:2000]} if message else {}
        self._ledger.set_run_tags(run_id, {STATUS_TAG: eval_status.value, **said})
        return eval_status, metrics

    def _close_failed(self, failure: Exception | SystemExit) -> None:
        with self._lock, suppress(InvalidInputError):  # what cannot be begun has no run
            if not self._closed:
                self._start(self.facts)
        said = redact(str(failure) if isinstance(failure, AssayError) else repr(failure))
        self.close(LoggedStatus.FAILED, f"{self.kind.name} could not be run: {said}")

    def _close_finished(self, outcome: EvalOutcome) -> None:
        with self._lock:
            if self._closed:
                return
            run_id = self._start(self.facts)
            self._closed = True
        try:
            eval_status, metrics = self._log(run_id, LoggedStatus.FINISHED, extra=outcome.metrics)
            self._ledger.finish_run(run_id, LoggedStatus.FINISHED)
        except BaseException:
            self._closed = False  # what could not be logged whole is closed as failed
            raise
        verdict, message = self._judge(metrics)
        self._end(self._result(verdict, eval_status, metrics, message=message))

    # --- result -----------------------------------------------------------------------------

    def _judge(self, metrics: Mapping[str, float]) -> tuple[Outcome, str]:
        rate = metrics.get("pass_rate")
        total, errors = metrics["total_cases"], metrics["error_cases"]
        lost = f"{errors:.0f} of {total:.0f} cases have no verdict" if errors else ""
        first = next((case.error for case in self.cases if case.error), None)
        lost += f"; the first: {_one_line(first)}" if lost and first else ""
        if rate is None:
            return Outcome.ERROR, lost or "no case has a verdict"
        if below(rate, self.kind.threshold):
            return Outcome.FAIL, lost
        tolerated = errors <= self._suite.config.missing_tolerance * total
        return (Outcome.PASS if tolerated else Outcome.ERROR), lost

    def _result(
        self,
        outcome: Outcome,
        eval_status: EvalStatus,
        metrics: Mapping[str, float],
        *,
        message: str,
    ) -> EvalResult:
        counts = {name: metrics.get(name) for name in ("total_cases", "error_cases")}
        whole = {name: None if value is None else int(value) for name, value in counts.items()}
        return EvalResult(
            eval_type=self.kind.name,
            outcome=outcome,
            threshold=self.kind.threshold,
            run_id=self.run_id,
            pass_rate=metrics.get("pass_rate"),
            average_score=metrics.get("average_score"),
            total_cases=whole["total_cases"],
            error_cases=whole["error_cases"],
            eval_status=eval_status,
            message=message,
            duration_seconds=self._suite.clock.monotonic() - self._began,
        )

    def _end(self, result: EvalResult) -> None:
        self.result = result
        self._suite.report(Stage.FINISHED, self, result=result)


def _close_all(running: Mapping[Future[None], _Work], grace_seconds: float) -> None:
    """Wait for cancelled runners; close the runs of those that do not come to an end."""
    _, late = wait(running, timeout=grace_seconds)
    for future in late:
        with suppress(AssayError):
            running[future].close(LoggedStatus.KILLED, "cancelled")


def _one_line(text: str, most: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _known(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
