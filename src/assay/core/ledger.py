"""The ports of the experiment ledger: eval runs and the prompt registry.

Implemented by ``tracking`` over MLflow and by ``testing.memory_ledger``. All methods are
synchronous and safe to call from many threads. Every method may raise ``LedgerError`` when
the ledger cannot be read or written; then nothing is known, and no caller may take that
for "nothing there".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from assay.core.eval_runs import CaseRecord, EvalExperiment, LoggedRun, LoggedStatus, RunStart
from assay.core.prompts import ChatTemplate, Prompt, PromptVersion


class RunLedger(Protocol):
    """Eval runs and their per-case tables."""

    @property
    def uri(self) -> str:
        """Where the ledger is, without credentials."""
        ...

    def list_experiments(self, base: str) -> list[EvalExperiment]:
        """Return the active experiments named ``base`` or ``base-…``, by name."""
        ...

    def latest_runs(
        self,
        experiments: Sequence[EvalExperiment],
        *,
        limit: int,
        params: Mapping[str, str] | None = None,
        offset: int = 0,
    ) -> dict[str, list[LoggedRun]]:
        """Return per experiment id the newest ``limit`` runs, newest first by start time.

        Runs of every status are returned, deleted ones are not. ``params`` keeps the runs that
        carry all these values; ``offset`` skips the newest ones.
        """
        ...

    def get_run(self, run_id: str) -> LoggedRun:
        """Return one run, or raise ``NotFoundError``."""
        ...

    def read_cases(self, run_ids: Sequence[str]) -> dict[str, tuple[CaseRecord, ...] | None]:
        """Return each run's per-case table; None for a run that logged none."""
        ...

    def start_run(self, start: RunStart) -> str:
        """Begin a run and return its id."""
        ...

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], *, step: int = 0) -> None:
        """Log metrics at a step, or raise ``InvalidInputError`` for a name it cannot hold."""
        ...

    def log_cases(self, run_id: str, cases: Iterable[CaseRecord]) -> None:
        """Log the per-case table, replacing an earlier one."""
        ...

    def log_traces(self, run_id: str, otlp: bytes) -> None:
        """Keep the spans of an OTLP request in protobuf as traces, linked to a run.

        A trace is found under ``tr-`` and the 32 hex digits of its OpenTelemetry id. At most
        100 traces are taken at once.
        """
        ...

    def set_run_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run; other tags stay."""
        ...

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set one tag of an experiment."""
        ...

    def finish_run(self, run_id: str, status: LoggedStatus) -> None:
        """End a run with its final status."""
        ...


class PromptRegistry(Protocol):
    """Prompts, their versions and aliases; reads are never served from a cache."""

    def list_prompts(self) -> list[Prompt]:
        """Return all prompts by name."""
        ...

    def get_prompt(self, name: str) -> Prompt:
        """Return one prompt with tags and aliases, or raise ``NotFoundError``."""
        ...

    def list_versions(self, name: str) -> list[PromptVersion]:
        """Return the existing versions, oldest first, aliases filled in."""
        ...

    def get_version(self, name: str, version: int) -> PromptVersion:
        """Return one version, or raise ``NotFoundError`` (deleted or never there)."""
        ...

    def register_version(
        self,
        name: str,
        template: str | ChatTemplate,
        *,
        message: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> PromptVersion:
        """Store a new version; the same text makes a new version too. Its tags come with it."""
        ...

    def read_alias(self, name: str, alias: str) -> int | None:
        """Return the version an alias points at, or None."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at an existing version, or raise ``NotFoundError``."""
        ...

    def set_prompt_tag(self, name: str, key: str, value: str) -> None:
        """Set one tag of a prompt: at most 250 characters of key, 100,000 of value."""
        ...

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set one tag of a prompt version."""
        ...


class Ledger(RunLedger, PromptRegistry, Protocol):
    """Both halves: what the gate works on."""


class ClosableLedger(Ledger, Protocol):
    """A ledger that whoever opened it closes."""

    def close(self) -> None:
        """Give back what it holds; it cannot be used any more."""
        ...
