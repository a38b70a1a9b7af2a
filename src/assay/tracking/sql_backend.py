"""MLflow's own SQL stores in this process: the one module that knows its entities.

The stores are used without ``MlflowClient``: that one caches prompts, sends telemetry, and
knows one tracking URI per process.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from mlflow.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    RunStatus,
    RunTag,
    Span,
    ViewType,
)
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from assay.core.errors import NotFoundError
from assay.core.eval_runs import EvalExperiment, LoggedRun, LoggedStatus
from assay.tracking import artifacts
from assay.tracking.faults import refuse
from assay.tracking.rest_mapping import EPOCH
from assay.tracking.stored import (
    LARGEST_PAGE,
    RunPage,
    StoredMetric,
    StoredModel,
    StoredRun,
    StoredVersion,
    moment,
)


if TYPE_CHECKING:
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

P = ParamSpec("P")
T = TypeVar("T")


def _translated(
    method: "Callable[Concatenate[SqlBackend, P], T]",
) -> "Callable[Concatenate[SqlBackend, P], T]":
    """Turn MLflow's exceptions into ours."""

    @wraps(method)
    def call(backend: "SqlBackend", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(backend, *args, **kwargs)
        except MlflowException as error:
            refuse(backend.uri, error.error_code or "", str(error.message))

    return call


class SqlBackend:
    """Implements ``Backend`` over MLflow's SQL stores."""

    def __init__(
        self, tracking: "TrackingStore", registry: "RegistryStore", *, uri: str, user: str
    ) -> None:
        self._tracking = tracking
        self._registry = registry
        self._uri = uri
        self._user = user

    @property
    def uri(self) -> str:
        """The database, without credentials."""
        return self._uri

    @property
    def calls_at_once(self) -> int:
        """Reading rows into objects holds the interpreter: threads make it slower."""
        return 1

    @property
    def together_is_faster(self) -> bool:
        """Sorting one experiment is less work than sorting all."""
        return False

    def close(self) -> None:
        """Keep the pool: MLflow shares one engine per database within a process."""

    @_translated
    def search_experiments(self, filter_text: str) -> list[EvalExperiment]:
        """Return all active experiments that satisfy an MLflow filter."""
        found = _all_pages(
            lambda token: self._tracking.search_experiments(
                view_type=ViewType.ACTIVE_ONLY,
                max_results=LARGEST_PAGE,
                filter_string=filter_text,
                page_token=token,
            )
        )
        return [_experiment(each) for each in found]

    @_translated
    def find_experiment(self, name: str) -> tuple[EvalExperiment, bool]:
        """Return the experiment with this name, and whether it is active."""
        found = self._tracking.get_experiment_by_name(name)
        if found is None:
            raise NotFoundError(f"MLflow at {self._uri} has no experiment {name!r}.")
        return _experiment(found), found.lifecycle_stage == LifecycleStage.ACTIVE

    @_translated
    def experiment_name(self, experiment_id: str) -> str:
        """Return an experiment's name."""
        return str(self._tracking.get_experiment(experiment_id).name)

    @_translated
    def create_experiment(self, name: str) -> str:
        """Make an experiment and return its id."""
        return str(self._tracking.create_experiment(name))

    @_translated
    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a tag of an experiment."""
        self._tracking.set_experiment_tag(experiment_id, ExperimentTag(key, value))

    @_translated
    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_text: str,
        limit: int,
        token: str | None = None,
    ) -> RunPage:
        """Return active runs, newest start first."""
        page = self._tracking.search_runs(
            list(experiment_ids),
            filter_text,
            ViewType.ACTIVE_ONLY,
            max_results=limit,
            order_by=["attributes.start_time DESC"],
            page_token=token,
        )
        return RunPage([_run(each) for each in page], page.token or None)

    @_translated
    def get_run(self, run_id: str) -> tuple[StoredRun, bool]:
        """Return one run, and whether it is active."""
        found = self._tracking.get_run(run_id)
        return _run(found), found.info.lifecycle_stage == LifecycleStage.ACTIVE

    @_translated
    def create_run(
        self, experiment_id: str, *, name: str, started_ms: int, tags: Mapping[str, str]
    ) -> str:
        """Begin a run and return its id."""
        entities = [RunTag(key, value) for key, value in tags.items()]
        run = self._tracking.create_run(experiment_id, self._user, started_ms, entities, name)
        return str(run.info.run_id)

    @_translated
    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[StoredMetric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log a batch; doing it twice changes nothing."""
        self._tracking.log_batch(
            run_id,
            [Metric(each.key, each.value, each.timestamp_ms, each.step) for each in metrics],
            [Param(key, value) for key, value in (params or {}).items()],
            [RunTag(key, value) for key, value in (tags or {}).items()],
        )

    @_translated
    def log_dataset(self, run_id: str, *, name: str, digest: str) -> None:
        """Note the dataset a run was given."""
        dataset = Dataset(name=name, digest=digest, source_type="local", source="{}")
        context = [InputTag("mlflow.data.context", "eval")]
        self._tracking.log_inputs(run_id, [DatasetInput(dataset, context)])

    @_translated
    def log_spans(self, experiment_id: str, run_id: str, *, otlp: bytes) -> None:
        """Store the spans of an OTLP request, and link their traces to a run."""
        request = ExportTraceServiceRequest()
        request.ParseFromString(otlp)
        spans = [
            Span.from_otel_proto(span, resource=group.resource)
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]
        self._tracking.log_spans(experiment_id, spans)
        self._tracking.link_traces_to_run(list({span.trace_id: None for span in spans}), run_id)

    @_translated
    def update_run(self, run_id: str, *, status: LoggedStatus, ended_ms: int) -> None:
        """Set a run's status and end."""
        self._tracking.update_run_info(run_id, RunStatus.from_string(status.value), ended_ms, None)

    @_translated
    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self._tracking.delete_run(run_id)

    def list_artifacts(self, stored: StoredRun) -> list[str]:
        """Return the paths of the files in the root of a run's artifacts."""
        return artifacts.list_files(stored.artifact_uri)

    def read_artifact(self, stored: StoredRun, path: str) -> bytes:
        """Return one artifact."""
        return artifacts.read_file(stored.artifact_uri, path)

    def write_artifact(self, stored: StoredRun, path: str, data: bytes) -> None:
        """Write one artifact, replacing an earlier one."""
        artifacts.write_file(stored.artifact_uri, path, data)

    @_translated
    def search_models(self, filter_text: str) -> list[StoredModel]:
        """Return all registered models that satisfy an MLflow filter, by name."""
        found = _all_pages(
            lambda token: self._registry.search_registered_models(
                filter_string=filter_text,
                max_results=LARGEST_PAGE,
                order_by=["name ASC"],
                page_token=token,
            )
        )
        return [_model(each) for each in found]

    @_translated
    def get_model(self, name: str) -> StoredModel:
        """Return one registered model."""
        return _model(self._registry.get_registered_model(name))

    @_translated
    def create_model(self, name: str, *, tags: Mapping[str, str]) -> None:
        """Make a registered model."""
        entities = [RegisteredModelTag(key, value) for key, value in tags.items()]
        self._registry.create_registered_model(name, tags=entities)

    @_translated
    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a registered model."""
        self._registry.set_registered_model_tag(name, RegisteredModelTag(key, value))

    @_translated
    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at a version."""
        self._registry.set_registered_model_alias(name, alias, str(version))

    @_translated
    def search_versions(self, filter_text: str) -> list[StoredVersion]:
        """Return all model versions that satisfy an MLflow filter."""
        found = _all_pages(
            lambda token: self._registry.search_model_versions(
                filter_string=filter_text, max_results=LARGEST_PAGE, page_token=token
            )
        )
        return [_version(each) for each in found]

    @_translated
    def get_version(self, name: str, version: int) -> StoredVersion:
        """Return one model version."""
        return _version(self._registry.get_model_version(name, str(version)))

    @_translated
    def create_version(
        self, name: str, *, description: str, tags: Mapping[str, str]
    ) -> StoredVersion:
        """Make the next version of a registered model."""
        entities = [ModelVersionTag(key, value) for key, value in tags.items()]
        made = self._registry.create_model_version(
            name, "dummy-source", tags=entities, description=description
        )
        return _version(made)

    @_translated
    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of a model version."""
        self._registry.set_model_version_tag(name, str(version), ModelVersionTag(key, value))


def _all_pages(fetch: Callable[[str | None], Any]) -> list[Any]:
    found: list[Any] = []
    token: str | None = None
    while True:
        page = fetch(token)
        found.extend(page)
        token = page.token or None
        if token is None:
            return found


def _experiment(entity: Any) -> EvalExperiment:
    return EvalExperiment(id=str(entity.experiment_id), name=entity.name, tags=dict(entity.tags))


def _run(entity: Any) -> StoredRun:
    info, data = entity.info, entity.data
    inputs = entity.inputs.dataset_inputs if entity.inputs is not None else ()
    logged = LoggedRun(
        run_id=info.run_id,
        experiment_id=str(info.experiment_id),
        experiment_name="",
        status=LoggedStatus(info.status),
        started_at=moment(info.start_time) or EPOCH,
        ended_at=moment(info.end_time or None),
        name=info.run_name or "",
        metrics=dict(data.metrics),
        params=dict(data.params),
        tags=dict(data.tags),
        dataset_digests=tuple(each.dataset.digest for each in inputs),
    )
    return StoredRun(logged, artifact_uri=info.artifact_uri or "")


def _model(entity: Any) -> StoredModel:
    versions = [int(each.version) for each in entity.latest_versions or ()]
    return StoredModel(
        name=entity.name,
        is_prompt=entity._is_prompt(),  # noqa: SLF001  # its public tags leave this one out
        description=entity.description or "",
        tags=dict(entity.tags),
        aliases={alias: int(version) for alias, version in dict(entity.aliases).items()},
        latest_version=max(versions, default=None),
    )


def _version(entity: Any) -> StoredVersion:
    created: datetime | None = moment(entity.creation_timestamp)
    return StoredVersion(
        name=entity.name,
        version=int(entity.version),
        description=entity.description or "",
        tags=dict(entity.tags),
        created_at=created,
    )
