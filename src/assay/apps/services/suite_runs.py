"""Suites that run in the background of a server, one after the other, for all to watch.

Only the ledger keeps what they came to; this is how far they are. A suite that is cancelled,
or that the end of the server cuts short, closes its runs in the ledger first.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from assay.apps.services.gate import Gate
from assay.core.errors import AssayError, ConflictError, NotFoundError
from assay.gate.suite_results import EvalResult, OnProgress, Stage, SuiteProgress, SuiteResult
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.ids import new_id
from assay.kit.log import get_logger


KEPT = 100
"""How many suite runs are remembered."""

STOP_SECONDS = 20.0
"""How long the end of the server waits for a suite to close its runs."""


class SuiteRunStatus(StrEnum):
    """How far a suite is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {SuiteRunStatus.PENDING, SuiteRunStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class EvalProgress:
    """How far one eval type is; ``result`` once it is finished."""

    eval_type: str
    status: str = "waiting"
    run_id: str | None = None
    cases_done: int = 0
    cases_total: int | None = None
    result: EvalResult | None = None


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One execution of several eval types, as it stands.

    Attributes:
        suite: None where single eval types were asked for.
        prompts: The versions that were asked for; others as ``prompt_alias`` says.
        finished: How many eval types are finished, of ``total``.
        error: Why it could not be run.
        revision: Counts up with every change.
    """

    id: str
    suite: str | None
    by: str
    prompts: Mapping[str, int]
    status: SuiteRunStatus
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    finished: int = 0
    total: int = 0
    passed: bool | None = None
    evals: tuple[EvalProgress, ...] = ()
    error: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SuiteJob:
    """What shall be run, by whom, and who hears the end of it.

    Attributes:
        on_end: Told the result, or None where there is none, and why; from the work's thread.
    """

    eval_types: tuple[str, ...]
    by: str
    suite: str | None = None
    prompts: Mapping[str, int] = field(default_factory=dict)
    on_end: "Callable[[SuiteEnd], None]" = lambda _end: None


@dataclass(frozen=True, slots=True)
class SuiteEnd:
    """How a suite ended.

    Attributes:
        shut_down: Whether the end of the server cut it short.
    """

    result: SuiteResult | None
    why: str = ""
    shut_down: bool = False


class SuiteExecutor(Protocol):
    """Runs a suite and returns when it is done."""

    def __call__(
        self,
        gate: Gate,
        job: SuiteJob,
        *,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> SuiteResult:
        """Run the eval types of ``job`` and log them to the ledger of ``gate``.

        Raises:
            AssayError: It could not be run.
        """
        ...


class SuiteRuns:
    """Runs suites one at a time in a thread of its own; all methods may come from any thread."""

    def __init__(
        self,
        open_gate: Callable[[], Gate],
        execute: SuiteExecutor,
        *,
        clock: Clock = SYSTEM_CLOCK,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        """Take how the gate is opened when a suite begins, and what runs it."""
        self._open_gate = open_gate
        self._execute = execute
        self._clock = clock
        self._make_id = make_id
        self._change = threading.Condition()
        self._runs: dict[str, SuiteRun] = {}
        self._waiting: deque[tuple[str, SuiteJob]] = deque()
        self._cancelled: set[str] = set()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._log = get_logger("suites")

    def start(self) -> None:
        """Begin to take work."""
        self._thread = threading.Thread(target=self._work, name="assay-suites", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End what runs, close its runs, and give up what waits."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
            waiting = list(self._waiting)
            self._waiting.clear()
        for run_id, job in waiting:
            self._end(run_id, SuiteRunStatus.CANCELLED, error="the server stopped")
            self._tell(job, SuiteEnd(None, "the server stopped", shut_down=True))
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def submit(self, job: SuiteJob) -> SuiteRun:
        """Have a suite run as soon as the ones before it are done.

        Raises:
            ConflictError: If this process runs nothing in the background.
        """
        with self._change:
            if self._thread is None or self._stopping:
                raise ConflictError(
                    "This process runs no suites in the background; `assay up` does, or run "
                    "`assay run-evals`."
                )
            run = SuiteRun(
                id=self._make_id(),
                suite=job.suite,
                by=job.by,
                prompts=dict(job.prompts),
                status=SuiteRunStatus.PENDING,
                requested_at=self._clock.now(),
                total=len(job.eval_types),
                evals=tuple(map(EvalProgress, job.eval_types)),
            )
            self._runs[run.id] = run
            self._forget_oldest()
            self._waiting.append((run.id, job))
            self._change.notify_all()
            return run

    def list(self) -> tuple[SuiteRun, ...]:
        """Return what is remembered, newest first."""
        with self._change:
            return tuple(reversed(self._runs.values()))

    def get(self, run_id: str) -> SuiteRun:
        """Return one run as it stands.

        Raises:
            NotFoundError: If there is none of that id, or it was long ago.
        """
        with self._change:
            run = self._runs.get(run_id)
        if run is None:
            raise NotFoundError(
                f"There is no suite run {run_id!r} since this server started; what suites came "
                "to is in the ledger."
            )
        return run

    def cancel(self, run_id: str) -> SuiteRun:
        """Ask for the end; runs that were begun are closed as killed.

        Raises:
            NotFoundError: If there is none of that id.
        """
        with self._change:
            run = self.get(run_id)
            taken = next((each for each in self._waiting if each[0] == run_id), None)
            if taken is not None:
                self._waiting.remove(taken)
            elif not run.status.ended:
                self._cancelled.add(run_id)
        if taken is not None:
            self._end(run_id, SuiteRunStatus.CANCELLED)
            self._tell(taken[1], SuiteEnd(None, "cancelled"))
        return self.get(run_id)

    # --- the work's thread ------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                run_id, job = self._waiting.popleft()
            self._run(run_id, job)

    def _run(self, run_id: str, job: SuiteJob) -> None:
        self._update(run_id, status=SuiteRunStatus.RUNNING, started_at=self._clock.now())
        try:
            result = self._execute(
                self._open_gate(),
                job,
                on_progress=lambda progress: self._heard(run_id, progress),
                cancelled=lambda: self._stopping or run_id in self._cancelled,
            )
        except AssayError as error:
            self._log.warning("suite_failed", suite_run_id=run_id, code=error.code)
            self._end(run_id, SuiteRunStatus.FAILED, error=str(error))
            self._tell(job, SuiteEnd(None, str(error), shut_down=self._stopping))
            return
        except Exception:  # noqa: BLE001  # a defect ends one suite, not the worker
            self._log.exception("suite_broke", suite_run_id=run_id)
            self._end(run_id, SuiteRunStatus.FAILED, error="a defect; the server's log has it")
            self._tell(job, SuiteEnd(None, "a defect of the server"))
            return
        status = SuiteRunStatus.CANCELLED if result.cancelled else SuiteRunStatus.COMPLETED
        self._update(run_id, evals=_with_results(self.get(run_id).evals, result))
        self._end(run_id, status, passed=None if result.cancelled else result.passed)
        self._tell(job, SuiteEnd(result, shut_down=self._stopping))

    def _heard(self, run_id: str, progress: SuiteProgress) -> None:
        run = self.get(run_id)
        evals = tuple(
            _advanced(each, progress) if each.eval_type == progress.eval_type else each
            for each in run.evals
        )
        self._update(run_id, evals=evals, finished=progress.number, total=progress.total)

    def _end(
        self,
        run_id: str,
        status: SuiteRunStatus,
        *,
        passed: bool | None = None,
        error: str | None = None,
    ) -> None:
        self._cancelled.discard(run_id)
        self._update(
            run_id, status=status, finished_at=self._clock.now(), passed=passed, error=error
        )

    def _tell(self, job: SuiteJob, end: SuiteEnd) -> None:
        try:
            job.on_end(end)
        except AssayError as error:
            self._log.warning("suite_end_untold", code=error.code, error=str(error))
        except Exception:  # noqa: BLE001  # a defect of a listener does not end the worker
            self._log.exception("suite_end_broke")

    def _update(self, run_id: str, **changes: object) -> None:
        with self._change:
            run = self._runs.get(run_id)
            if run is not None:
                changed = replace(run, **changes)  # type: ignore[arg-type]  # by field name
                self._runs[run_id] = replace(changed, revision=run.revision + 1)

    def _forget_oldest(self) -> None:
        ended = [run_id for run_id, run in self._runs.items() if run.status.ended]
        for run_id in ended[: max(0, len(self._runs) - KEPT)]:
            del self._runs[run_id]


def _advanced(current: EvalProgress, progress: SuiteProgress) -> EvalProgress:
    finished = progress.stage is Stage.FINISHED
    return replace(
        current,
        status="finished" if finished else "running",
        run_id=progress.run_id or current.run_id,
        cases_done=max(current.cases_done, progress.cases_done),
        cases_total=progress.cases_total or current.cases_total,
        result=progress.result or current.result,
    )


def _with_results(evals: tuple[EvalProgress, ...], result: SuiteResult) -> tuple[EvalProgress, ...]:
    found = {each.eval_type: each for each in result.results}
    return tuple(
        replace(each, status="finished", result=found.get(each.eval_type, each.result))
        for each in evals
    )
