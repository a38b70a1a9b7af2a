"""Runs, prompts and processes for the tests of the gate."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from assay.core.eval_runs import CaseRecord, LoggedStatus
from assay.gate.audit import Surroundings
from assay.kit.processes import ProcessMark
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger


class DiedError(BaseException):
    """The process is gone: no handler for errors may catch this."""


@dataclass
class Machine:
    """Numbers processes, knows which still run, and tells the time."""

    clock: ManualClock = field(default_factory=ManualClock)
    dead: set[int] = field(default_factory=set)
    pids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def process(
        self,
        *,
        sleep: Callable[[float], None] | None = None,
        make_id: Callable[[], str] | None = None,
    ) -> Surroundings:
        """Return the surroundings of a new process."""
        return Surroundings(
            clock=self.clock,
            sleep=sleep or self.clock.advance,
            make_id=make_id or (lambda: f"id-{next(self.ids):04d}"),
            process=ProcessMark(host="here", pid=next(self.pids)),
            is_running=lambda mark: mark.pid not in self.dead,
        )


def put(
    ledger: MemoryLedger,
    experiment: str,
    pass_rate: float | None = None,
    *,
    total: int | None = 10,
    errors: int | None = 0,
    status: LoggedStatus = LoggedStatus.FINISHED,
    threshold: float | None = None,
    prompts: dict[str, int] | None = None,
    cases: Iterable[CaseRecord] | None = None,
    digest: str | None = None,
    seconds_later: float = 60.0,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> str:
    """Log a run a minute after the one before."""
    assert isinstance(ledger.clock, ManualClock)
    ledger.clock.advance(seconds_later)
    metrics = {"pass_rate": pass_rate, "total_cases": total, "error_cases": errors}
    logged = {f"prompt.{name}": f"v{version}" for name, version in (prompts or {}).items()}
    if threshold is not None:
        logged["threshold"] = str(threshold)
    return ledger.put_run(
        experiment,
        status=status,
        metrics={name: float(value) for name, value in metrics.items() if value is not None},
        params={**logged, **(params or {})},
        tags=tags,
        cases=cases,
        dataset_digest=digest,
    )


def table(verdicts: str, *, repeats: int = 1, prefix: str = "c") -> list[CaseRecord]:
    """Return a per-case table: ``p`` passed, ``f`` failed, ``e`` error, ``?`` no verdict.

    With repeats, the first letters are the trials of the first case.
    """
    passed = {"p": True, "f": False}
    return [
        CaseRecord(
            case_id=f"{prefix}{place // repeats:03d}",
            repeat=place % repeats,
            input=f"question {place // repeats}",
            output=f"{letter}{place}",
            passed=passed.get(letter),
            error="the judge timed out" if letter == "e" else None,
        )
        for place, letter in enumerate(verdicts)
    ]


def with_prompt(
    ledger: MemoryLedger, name: str = "tone", *, versions: int = 3, at: int = 1
) -> None:
    """Register versions and point ``production`` at one."""
    for version in range(1, versions + 1):
        ledger.register_version(name, f"text {version}")
    ledger.set_alias(name, "production", at)
