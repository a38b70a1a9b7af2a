"""What MLflow keeps, in the few shapes this room works with, and the port both transports fill.

A backend only carries: it says what MLflow says, page by page, and judges nothing. What a
prompt, a case table or an eval experiment is, is decided in ``tracking.ledger``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from assay.core.eval_runs import EvalExperiment, LoggedRun, LoggedStatus


IS_PROMPT = "mlflow.prompt.is_prompt"
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run without the name of its experiment, and where its artifacts are."""

    run: LoggedRun
    artifact_uri: str


@dataclass(frozen=True, slots=True)
class StoredMetric:
    """One value of a metric; ``timestamp_ms`` counts from 1970 in UTC."""

    key: str
    value: float
    timestamp_ms: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A registered model, which is how MLflow keeps a prompt."""

    name: str
    is_prompt: bool = False
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest_version: int | None = None


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A model version, which is how MLflow keeps a prompt version; aliases are not filled in."""

    name: str
    version: int
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, and the token of the next page if there is one."""

    runs: list[StoredRun]
    next_token: str | None = None


class Backend(Protocol):
    """MLflow's own interface, over REST or over its SQL store.

    Safe to call from many threads. Every method raises ``NotFoundError`` for a name or id
    that is not there, ``ConflictError`` for one that is taken, ``InvalidInputError`` for what
    MLflow finds malformed, and ``LedgerError`` for everything else.
    """

    @property
    def uri(self) -> str:
        """Where MLflow is, without credentials."""
        ...

    @property
    def calls_at_once(self) -> int:
        """How many calls at once are worth it."""
        ...

    @property
    def together_is_faster(self) -> bool:
        """Whether one call about many experiments is quicker than one call for each."""
        ...

    def search_experiments(self, filter_text: str) -> list[EvalExperiment]:
        """Return all active experiments that satisfy an MLflow filter."""
        ...

    def find_experiment(self, name: str) -> tuple[EvalExperiment, bool]:
        """Return the experiment with this name, and whether it is active."""
        ...

    def create_experiment(self, name: str) -> str:
        """Make an experiment and return its id."""
        ...

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a tag of an experiment."""
        ...

    def experiment_name(self, experiment_id: str) -> str:
        """Return an experiment's name."""
        ...

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_text: str,
        limit: int,
        token: str | None = None,
    ) -> RunPage:
        """Return active runs, newest start first."""
        ...

    def get_run(self, run_id: str) -> tuple[StoredRun, bool]:
        """Return one run, and whether it is active."""
        ...

    def create_run(
        self, experiment_id: str, *, name: str, started_ms: int, tags: Mapping[str, str]
    ) -> str:
        """Begin a run and return its id."""
        ...

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[StoredMetric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log at most 1,000 metrics, 100 params and 100 tags; doing it twice changes nothing."""
        ...

    def log_dataset(self, run_id: str, *, name: str, digest: str) -> None:
        """Note the dataset a run was given."""
        ...

    def log_spans(self, experiment_id: str, run_id: str, *, otlp: bytes) -> None:
        """Store the spans of an OTLP request, and link their traces to a run."""
        ...

    def update_run(self, run_id: str, *, status: LoggedStatus, ended_ms: int) -> None:
        """Set a run's status and end."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        ...

    def list_artifacts(self, stored: StoredRun) -> list[str]:
        """Return the paths of the files in the root of a run's artifacts."""
        ...

    def read_artifact(self, stored: StoredRun, path: str) -> bytes:
        """Return one artifact, or raise ``NotFoundError``."""
        ...

    def write_artifact(self, stored: StoredRun, path: str, data: bytes) -> None:
        """Write one artifact, replacing an earlier one."""
        ...

    def search_models(self, filter_text: str) -> list[StoredModel]:
        """Return all registered models that satisfy an MLflow filter, by name."""
        ...

    def get_model(self, name: str) -> StoredModel:
        """Return one registered model."""
        ...

    def create_model(self, name: str, *, tags: Mapping[str, str]) -> None:
        """Make a registered model."""
        ...

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a registered model."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at a version."""
        ...

    def search_versions(self, filter_text: str) -> list[StoredVersion]:
        """Return all model versions that satisfy an MLflow filter."""
        ...

    def get_version(self, name: str, version: int) -> StoredVersion:
        """Return one model version."""
        ...

    def create_version(
        self, name: str, *, description: str, tags: Mapping[str, str]
    ) -> StoredVersion:
        """Make the next version of a registered model."""
        ...

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of a model version."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


def moment(milliseconds: int | str | None) -> datetime | None:
    """Return the aware UTC time of MLflow's milliseconds since 1970."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def to_milliseconds(time: datetime) -> int:
    """Return MLflow's milliseconds since 1970 of an aware time."""
    return round(time.timestamp() * 1000)
