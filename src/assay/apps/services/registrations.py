"""New prompt versions and their core suite: it starts by itself, once for each version.

A version registered through this server carries its mark from the start. Others are noticed
in the registry; which of several watchers runs the suite is settled by the mark: everyone
waits after writing it, and who finds its own goes on.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.apps.services.core_suite import (
    SUITE,
    SuiteMark,
    SuiteState,
    needs_suite,
    read_mark,
    started,
    write_mark,
)
from assay.apps.services.gate import Gate
from assay.apps.services.gate_desk import GateDesk, GateMisconfiguredError, GateNotConfiguredError
from assay.apps.services.gate_prompts import register
from assay.apps.services.gate_suites import CorePlan, plan_core
from assay.apps.services.suite_runs import SuiteEnd, SuiteJob, SuiteRuns
from assay.core.errors import AssayError, NotFoundError
from assay.core.prompts import ChatTemplate, PromptVersion
from assay.kit.clock import SYSTEM_CLOCK, Clock, sleep_blocking
from assay.kit.log import get_logger
from assay.kit.processes import ProcessMark, is_running, this_process


SETTLE_SECONDS = 1.0
"""How long after writing a mark it is read back, to see whether somebody else wrote one."""

NOTICED_BY = "the server"


@dataclass(frozen=True, slots=True)
class Registered:
    """A stored version, what of the core suite can be run with it, and the run of that."""

    version: PromptVersion
    plan: CorePlan
    suite_run_id: str | None


class Registrations:
    """Stores versions, notices those of others, and has the core suite run with each."""

    def __init__(
        self,
        desk: GateDesk,
        suites: SuiteRuns,
        *,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Callable[[float], None] = sleep_blocking,
        process: ProcessMark | None = None,
        alive: Callable[[ProcessMark], bool | None] = is_running,
    ) -> None:
        """Take where the gate is and what runs suites; nothing is looked at yet."""
        self._desk = desk
        self._suites = suites
        self._clock = clock
        self._sleep = sleep
        self._process = process if process is not None else this_process()
        self._alive = alive
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}
        self._first = True
        self._uri: str | None = None
        self._trouble: str | None = None
        self._log = get_logger("registrations")

    def register(
        self,
        gate: Gate,
        name: str,
        template: str | ChatTemplate,
        *,
        message: str,
        alias: str | None,
        by: str,
        run_evals: bool = True,
    ) -> Registered:
        """Store a version and start the core suite with it.

        Raises:
            LedgerError: If the registry cannot be read or written.
        """
        plan = plan_core(gate, name) if run_evals else CorePlan(())
        mark = self._first_mark(plan, by=by, run_evals=run_evals)
        version = register(gate.ledger, name, template, message=message, alias=alias, mark=mark)
        run_id = self._submit(gate, version, plan, mark=mark) if plan.eval_types else None
        return Registered(version, plan, run_id)

    def look(self) -> None:
        """Look for versions that are new since the last look and start their core suites.

        What existed before the first look is let be, but for a suite that was begun by a
        process that is gone. A ledger that cannot be read is looked at again the next time;
        that it cannot is logged once.
        """
        with self._lock:
            try:
                gate = self._desk.open()
                if SUITE in gate.config.suites:
                    self._notice(gate)
            except GateNotConfiguredError:
                return
            except AssayError as error:
                self._worry(error)
                return
            if self._trouble is not None:
                self._trouble = None
                self._log.info("prompts_watched_again")

    # --- noticing ---------------------------------------------------------------------------

    def _notice(self, gate: Gate) -> None:
        if gate.ledger.uri != self._uri:
            self._uri, self._first = gate.ledger.uri, True
            self._seen.clear()
        latest = {
            prompt.name: prompt.latest_version
            for prompt in gate.ledger.list_prompts()
            if prompt.latest_version is not None
        }
        if self._first:
            self._seen = self._seen or dict(latest)
            for name, version in self._seen.items():
                self._consider(gate, name, version, only_left_behind=True)
            self._first = False
        for name, version in latest.items():
            for number in range(self._seen.get(name, 0) + 1, version + 1):
                self._consider(gate, name, number, only_left_behind=False)
                self._seen[name] = number

    def _consider(self, gate: Gate, name: str, number: int, *, only_left_behind: bool) -> None:
        try:
            version = gate.ledger.get_version(name, number)
            if only_left_behind and read_mark(version) is None:
                return
            if not self._is_due(version):
                return
            # A process may note that it is done, and end, between the reading and the asking.
            version = gate.ledger.get_version(name, number)
        except NotFoundError:  # deleted meanwhile
            return
        if self._is_due(version):
            self._start(gate, version)

    def _is_due(self, version: PromptVersion) -> bool:
        return needs_suite(version, now=self._clock.now(), alive=self._alive)

    def _start(self, gate: Gate, version: PromptVersion) -> None:
        plan = plan_core(gate, version.name)
        mark = self._first_mark(plan, by=NOTICED_BY, run_evals=True)
        if self._claim(gate, version, mark) and plan.eval_types:
            self._log.info("core_suite_started", prompt=version.name, version=version.version)
            self._submit(gate, version, plan, mark=mark)

    def _claim(self, gate: Gate, version: PromptVersion, mark: SuiteMark) -> bool:
        """Write the mark and return whether it is still there after a while."""
        write_mark(gate.ledger, version, mark)
        self._sleep(SETTLE_SECONDS)
        found = read_mark(gate.ledger.get_version(version.name, version.version))
        return found is not None and found.process == mark.process and found.state is mark.state

    def _worry(self, error: AssayError) -> None:
        if self._trouble is None:
            event = (
                "gate_misconfigured"
                if isinstance(error, GateMisconfiguredError)
                else "prompts_not_watched"
            )
            self._log.warning(event, code=error.code, error=str(error))
        self._trouble = str(error)

    # --- running ----------------------------------------------------------------------------

    def _first_mark(self, plan: CorePlan, *, by: str, run_evals: bool) -> SuiteMark:
        if plan.eval_types:
            return started(by, at=self._clock.now(), process=self._process)
        why = "nothing to run" if run_evals else "registered without a suite"
        return SuiteMark(
            SuiteState.SKIPPED,
            started_at=self._clock.now(),
            by=by,
            process=self._process,
            why=why,
        )

    def _submit(
        self, gate: Gate, version: PromptVersion, plan: CorePlan, *, mark: SuiteMark
    ) -> str:
        def ended(end: SuiteEnd) -> None:
            write_mark(gate.ledger, version, _final(mark, end))

        job = SuiteJob(
            eval_types=plan.eval_types,
            by=mark.by,
            suite=SUITE,
            prompts={version.name: version.version},
            on_end=ended,
        )
        try:
            return self._suites.submit(job).id
        except AssayError:
            write_mark(gate.ledger, version, replace(mark, state=SuiteState.PENDING))
            raise


def _final(mark: SuiteMark, end: SuiteEnd) -> SuiteMark:
    """Return the mark of a suite that ended; one that the server cut short is still to be run."""
    if end.result is not None and not end.result.cancelled:
        runs = tuple(each.run_id for each in end.result.results if each.run_id is not None)
        return replace(mark, state=SuiteState.DONE, run_ids=runs)
    if end.shut_down:
        return replace(mark, state=SuiteState.PENDING, process=None)
    return replace(mark, state=SuiteState.FAILED, why=(end.why or "cancelled")[:1000])
