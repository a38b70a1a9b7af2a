"""All that a server has of the gate: config and ledger, suites, and the watch over prompts."""

from dataclasses import dataclass
from typing import Self

from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.prompt_watch import PromptWatch
from assay.apps.services.registrations import Registrations
from assay.apps.services.suite_process import ProcessExecutor
from assay.apps.services.suite_runs import SuiteExecutor, SuiteRuns
from assay.kit.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True, slots=True)
class GateRoom:
    """The parts, put together; only what is started works in the background."""

    desk: GateDesk
    suites: SuiteRuns
    registrations: Registrations
    watch: PromptWatch

    @classmethod
    def of(
        cls, desk: GateDesk, *, execute: SuiteExecutor | None = None, clock: Clock = SYSTEM_CLOCK
    ) -> Self:
        """Put the parts together; suites run in processes of their own unless told otherwise."""
        suites = SuiteRuns(
            lambda: desk.open(create=True),
            execute if execute is not None else ProcessExecutor(),
            clock=clock,
        )
        registrations = Registrations(desk, suites, clock=clock)
        return cls(desk, suites, registrations, PromptWatch(registrations.look))

    def start(self) -> None:
        """Begin to run suites and to watch the registry."""
        self.suites.start()
        self.watch.start()

    def close(self) -> None:
        """End both in good order and close the ledger."""
        self.watch.stop()
        self.suites.stop()
        self.desk.close()
