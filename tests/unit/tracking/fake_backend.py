"""An MLflow in memory that fails on command, before a call takes effect or after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.eval_runs import EvalExperiment, LoggedRun, LoggedStatus
from assay.tracking.faults import UnreachableError
from assay.tracking.rest_mapping import EPOCH
from assay.tracking.stored import RunPage, StoredMetric, StoredRun, moment


@dataclass
class FakeBackend:
    """Keeps experiments, runs and identical metric rows once.

    Attributes:
        plan: Hears each call; returns "", "before" or "after" for where it fails.
        poison: A metric key that is refused for ever.
    """

    plan: Callable[[], str] = lambda: ""
    poison: str = "poison"
    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, LoggedRun] = field(default_factory=dict)
    rows: dict[str, set[StoredMetric]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    closed: bool = False

    uri = "fake://mlflow"

    def search_experiments(self, filter_text: str) -> list[EvalExperiment]:
        self._begin("search_experiments")
        return [EvalExperiment(key, name) for name, key in self.experiments.items()]

    def find_experiment(self, name: str) -> tuple[EvalExperiment, bool]:
        self._begin("find_experiment")
        if name not in self.experiments:
            raise NotFoundError(name)
        return EvalExperiment(self.experiments[name], name), True

    def create_experiment(self, name: str) -> str:
        fault = self._begin("create_experiment")
        key = str(len(self.experiments) + 1)
        self.experiments[name] = key
        self._end(fault)
        return key

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_text: str,
        limit: int,
        token: str | None = None,
    ) -> RunPage:
        self._begin("search_runs")
        tag = filter_text.split("'")[1]
        found = [
            StoredRun(replace(run, metrics={each.key: each.value for each in self.rows[key]}), "")
            for key, run in self.runs.items()
            if run.tags.get("assay.buffer_id") == tag and key not in self.deleted
        ]
        return RunPage(found[:limit])

    def get_run(self, run_id: str) -> tuple[StoredRun, bool]:
        self._begin("get_run")
        return StoredRun(self.runs[run_id], ""), True

    def create_run(
        self, experiment_id: str, *, name: str, started_ms: int, tags: Mapping[str, str]
    ) -> str:
        fault = self._begin("create_run")
        run_id = f"run{len(self.runs):03d}"
        started = moment(started_ms) or EPOCH
        self.runs[run_id] = LoggedRun(
            run_id, experiment_id, "", LoggedStatus.RUNNING, started, name=name, tags=dict(tags)
        )
        self.rows[run_id] = set()
        self._end(fault)
        return run_id

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[StoredMetric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        fault = self._begin("log_batch")
        if any(metric.key == self.poison for metric in metrics):
            raise InvalidInputError("poison")
        if run_id not in self.runs:
            raise NotFoundError(run_id)
        self.rows[run_id] |= set(metrics)
        run = self.runs[run_id]
        self.runs[run_id] = replace(
            run, params={**run.params, **(params or {})}, tags={**run.tags, **(tags or {})}
        )
        self._end(fault)

    def log_dataset(self, run_id: str, *, name: str, digest: str) -> None:
        fault = self._begin("log_dataset")
        self.runs[run_id] = replace(self.runs[run_id], dataset_digests=(digest,))
        self._end(fault)

    def update_run(self, run_id: str, *, status: LoggedStatus, ended_ms: int) -> None:
        fault = self._begin("update_run")
        run = self.runs[run_id]
        self.runs[run_id] = replace(run, status=status, ended_at=moment(ended_ms))
        self._end(fault)

    def delete_run(self, run_id: str) -> None:
        self._begin("delete_run")
        self.deleted.append(run_id)

    def close(self) -> None:
        self.closed = True

    def _begin(self, call: str) -> str:
        self.calls.append(call)
        fault = self.plan()
        if fault == "before":
            raise UnreachableError("away")
        return fault

    def _end(self, fault: str) -> None:
        if fault == "after":
            raise UnreachableError("no answer")
