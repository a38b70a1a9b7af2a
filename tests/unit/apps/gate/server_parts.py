"""The server's gate over a ledger in memory: suites in this process, and what waits for them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from assay.apps.services.gate import Gate
from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.gate_suites import run_suite
from assay.apps.services.suite_runs import SuiteJob, SuiteRun, SuiteRuns
from assay.apps.settings import Settings
from assay.core.ledger import ClosableLedger
from assay.gate.config import GateConfig
from assay.gate.suite_results import OnProgress, SuiteResult
from assay.testing.memory_ledger import MemoryLedger


BOUND_SECONDS = 20.0


def in_process(
    gate: Gate, job: SuiteJob, *, on_progress: OnProgress, cancelled: Callable[[], bool]
) -> SuiteResult:
    """Run a suite here, as the server's own process does for it."""
    prompts = {name: gate.ledger.get_version(name, number) for name, number in job.prompts.items()}
    return run_suite(
        gate,
        job.eval_types,
        suite=job.suite,
        prompts=prompts,
        on_progress=on_progress,
        cancelled=cancelled,
    )


@dataclass
class Opener:
    """Opens the same ledger each time, and counts."""

    ledger: MemoryLedger
    opened: list[bool] = field(default_factory=list)

    def __call__(
        self, settings: Settings, config: GateConfig, *, create: bool = False
    ) -> ClosableLedger:
        self.opened.append(create)
        return self.ledger


def desk_of(folder: Path, ledger: MemoryLedger) -> GateDesk:
    """Return the desk of a project whose ledger is in memory."""
    return GateDesk(Settings(data_dir=folder / ".assay"), folder=folder, open_ledger=Opener(ledger))


@dataclass
class Held:
    """An executor that waits to be let go, and notes what it was asked."""

    go: threading.Event = field(default_factory=threading.Event)
    jobs: list[SuiteJob] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self,
        gate: Gate,
        job: SuiteJob,
        *,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> SuiteResult:
        self.jobs.append(job)
        self.begun.set()
        while not self.go.wait(0.01) and not cancelled():
            pass
        return SuiteResult((), suite=job.suite, cancelled=cancelled())


def wait_for(suites: SuiteRuns, run_id: str) -> SuiteRun:
    """Return a suite run once it has ended."""
    ended = threading.Event()
    for _ in range(int(BOUND_SECONDS / 0.01)):
        run = suites.get(run_id)
        if run.status.ended:
            return run
        ended.wait(0.01)
    raise AssertionError(suites.get(run_id))
