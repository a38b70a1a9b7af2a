"""Which prompt versions the core suite has been run for: one mark per version, in its tags.

The command that registers a version and the server that notices one both look here first, so
that the suite is not run twice.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from assay.core.ledger import PromptRegistry
from assay.core.prompts import PromptVersion
from assay.kit.processes import ProcessMark, is_running, this_process


TAG: Final = "assay.core_suite"
SUITE: Final = "core"

STALE_SECONDS: Final = 3600.0
"""After this long a suite is taken for dead if nobody can tell whether its process runs."""


class SuiteState(StrEnum):
    """Where the core suite of a version stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class SuiteMark:
    """What is known of the core suite of one version.

    Attributes:
        by: Who started it.
        process: What runs it.
        why: Of a failed or skipped one.
    """

    state: SuiteState
    started_at: datetime
    by: str
    run_ids: tuple[str, ...] = ()
    process: ProcessMark | None = None
    why: str = ""

    def text(self) -> str:
        """Return the tag's value."""
        value = {**asdict(self), "started_at": self.started_at.astimezone(UTC).isoformat()}
        return json.dumps(value, ensure_ascii=False)


def started(by: str, *, at: datetime, process: ProcessMark | None = None) -> SuiteMark:
    """Return the mark of a suite that this process runs from now on."""
    mark = this_process() if process is None else process
    return SuiteMark(SuiteState.RUNNING, started_at=at, by=by, process=mark)


def read_mark(version: PromptVersion) -> SuiteMark | None:
    """Return the mark of a version; None where there is none, or none that can be read."""
    text = version.tags.get(TAG)
    if not text:
        return None
    try:
        value = json.loads(text)
        return SuiteMark(
            state=SuiteState(value["state"]),
            started_at=datetime.fromisoformat(value["started_at"]),
            by=str(value["by"]),
            run_ids=tuple(map(str, value.get("run_ids", ()))),
            process=ProcessMark(**value["process"]) if value.get("process") else None,
            why=str(value.get("why", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def needs_suite(
    version: PromptVersion,
    *,
    now: datetime,
    alive: Callable[[ProcessMark], bool | None] = is_running,
) -> bool:
    """Whether the core suite of a version is yet to be run.

    That is so for a version without a mark, one that is pending, and one whose suite was
    begun by a process that is gone, or long ago by one that cannot be asked for.
    """
    mark = read_mark(version)
    if mark is None or mark.state is SuiteState.PENDING:
        return True
    if mark.state is not SuiteState.RUNNING:
        return False
    living = None if mark.process is None else alive(mark.process)
    if living is None:
        return (now - mark.started_at).total_seconds() > STALE_SECONDS
    return not living


def write_mark(ledger: PromptRegistry, version: PromptVersion, mark: SuiteMark) -> None:
    """Write the mark of a version.

    Raises:
        LedgerError: If it cannot be written.
    """
    ledger.set_version_tag(version.name, version.version, TAG, mark.text())
