"""MLflow behind its REST API: a server anywhere, and no ``mlflow`` in this process."""

import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from assay.core.errors import NotFoundError
from assay.core.eval_runs import EvalExperiment, LoggedStatus
from assay.tracking import artifacts
from assay.tracking import rest_mapping as read
from assay.tracking.rest import RestClient
from assay.tracking.stored import (
    LARGEST_PAGE,
    RunPage,
    StoredMetric,
    StoredModel,
    StoredRun,
    StoredVersion,
)


_PROXY = "/api/2.0/mlflow-artifacts/artifacts/"


class RestBackend:
    """Implements ``Backend`` over a server's REST API, version 2.0."""

    def __init__(self, client: RestClient) -> None:
        self._client = client

    @property
    def uri(self) -> str:
        """The server's base URL, without credentials."""
        return self._client.uri

    @property
    def calls_at_once(self) -> int:
        """A server answers a few at once."""
        return 4

    @property
    def together_is_faster(self) -> bool:
        """One answer costs less than twenty."""
        return True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def search_experiments(self, filter_text: str) -> list[EvalExperiment]:
        """Return all active experiments that satisfy an MLflow filter."""
        body = {"filter": filter_text, "view_type": "ACTIVE_ONLY", "max_results": LARGEST_PAGE}
        pages = _pages(
            lambda more: self._client.post("experiments/search", {**body, **more}, again=True)
        )
        return [read.experiment(each) for page in pages for each in page.get("experiments") or ()]

    def find_experiment(self, name: str) -> tuple[EvalExperiment, bool]:
        """Return the experiment with this name, and whether it is active."""
        answer = self._client.get("experiments/get-by-name", {"experiment_name": name})
        found = answer["experiment"]
        return read.experiment(found), found.get("lifecycle_stage") == "active"

    def experiment_name(self, experiment_id: str) -> str:
        """Return an experiment's name."""
        answer = self._client.get("experiments/get", {"experiment_id": experiment_id})
        return str(answer["experiment"]["name"])

    def create_experiment(self, name: str) -> str:
        """Make an experiment and return its id."""
        answer = self._client.post("experiments/create", {"name": name}, again=False)
        return str(answer["experiment_id"])

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a tag of an experiment."""
        body = {"experiment_id": experiment_id, "key": key, "value": value}
        self._client.post("experiments/set-experiment-tag", body, again=True)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        *,
        filter_text: str,
        limit: int,
        token: str | None = None,
    ) -> RunPage:
        """Return active runs, newest start first."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": filter_text,
            "run_view_type": "ACTIVE_ONLY",
            "max_results": limit,
            "order_by": ["attributes.start_time DESC"],
        }
        if token is not None:
            body["page_token"] = token
        answer = self._client.post("runs/search", body, again=True)
        runs = [read.run(each) for each in answer.get("runs") or ()]
        return RunPage(runs, answer.get("next_page_token") or None)

    def get_run(self, run_id: str) -> tuple[StoredRun, bool]:
        """Return one run, and whether it is active."""
        answer = self._client.get("runs/get", {"run_id": run_id})["run"]
        return read.run(answer), answer["info"].get("lifecycle_stage") == "active"

    def create_run(
        self, experiment_id: str, *, name: str, started_ms: int, tags: Mapping[str, str]
    ) -> str:
        """Begin a run and return its id."""
        body = {
            "experiment_id": experiment_id,
            "user_id": user_name(),
            "run_name": name,
            "start_time": started_ms,
            "tags": read.as_pairs(tags),
        }
        answer = self._client.post("runs/create", body, again=False)
        return str(answer["run"]["info"]["run_id"])

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[StoredMetric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log a batch; doing it twice changes nothing."""
        body = {
            "run_id": run_id,
            "metrics": [_metric(each) for each in metrics],
            "params": read.as_pairs(params),
            "tags": read.as_pairs(tags),
        }
        self._client.post("runs/log-batch", body, again=True)

    def log_dataset(self, run_id: str, *, name: str, digest: str) -> None:
        """Note the dataset a run was given."""
        dataset = {"name": name, "digest": digest, "source_type": "local", "source": "{}"}
        context = [{"key": "mlflow.data.context", "value": "eval"}]
        body = {"run_id": run_id, "datasets": [{"dataset": dataset, "tags": context}]}
        self._client.post("runs/log-inputs", body, again=True)

    def log_spans(self, experiment_id: str, run_id: str, *, otlp: bytes) -> None:
        """Store the spans of an OTLP request, and link their traces to a run."""
        headers = {
            "content-type": "application/x-protobuf",
            "x-mlflow-experiment-id": experiment_id,
            "x-mlflow-run-id": run_id,
        }
        self._client.send_traces(otlp, headers)

    def update_run(self, run_id: str, *, status: LoggedStatus, ended_ms: int) -> None:
        """Set a run's status and end."""
        body = {"run_id": run_id, "status": status.value, "end_time": ended_ms}
        self._client.post("runs/update", body, again=True)

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self._client.post("runs/delete", {"run_id": run_id}, again=True)

    def list_artifacts(self, stored: StoredRun) -> list[str]:
        """Return the paths of the files in the root of a run's artifacts."""
        pages = self._listed("artifacts/list", {"run_id": stored.run.run_id})
        files = (each for page in pages for each in page.get("files") or ())
        return sorted(each["path"] for each in files if not each.get("is_dir"))

    def read_artifact(self, stored: StoredRun, path: str) -> bytes:
        """Return one artifact: through the server's proxy, or through the server's own reader."""
        if artifacts.is_proxied(stored.artifact_uri):
            return self._client.download(_proxied(stored.artifact_uri, path))
        return self._client.download("/get-artifact", {"run_id": stored.run.run_id, "path": path})

    def write_artifact(self, stored: StoredRun, path: str, data: bytes) -> None:
        """Write one artifact through the proxy, or straight to where the server keeps them."""
        if artifacts.is_proxied(stored.artifact_uri):
            self._client.upload(_proxied(stored.artifact_uri, path), data)
        else:
            artifacts.write_file(stored.artifact_uri, path, data)

    def search_models(self, filter_text: str) -> list[StoredModel]:
        """Return all registered models that satisfy an MLflow filter, by name."""
        query = {"filter": filter_text, "max_results": LARGEST_PAGE, "order_by": "name ASC"}
        pages = self._listed("registered-models/search", query)
        return [read.model(each) for page in pages for each in page.get("registered_models") or ()]

    def get_model(self, name: str) -> StoredModel:
        """Return one registered model."""
        answer = self._client.get("registered-models/get", {"name": name})
        return read.model(answer["registered_model"])

    def create_model(self, name: str, *, tags: Mapping[str, str]) -> None:
        """Make a registered model."""
        body = {"name": name, "tags": read.as_pairs(tags)}
        self._client.post("registered-models/create", body, again=False)

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a registered model."""
        body = {"name": name, "key": key, "value": value}
        self._client.post("registered-models/set-tag", body, again=True)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at a version."""
        body = {"name": name, "alias": alias, "version": str(version)}
        self._client.post("registered-models/alias", body, again=True)

    def search_versions(self, filter_text: str) -> list[StoredVersion]:
        """Return all model versions that satisfy an MLflow filter."""
        query = {"filter": filter_text, "max_results": LARGEST_PAGE}
        pages = self._listed("model-versions/search", query)
        return [read.version(each) for page in pages for each in page.get("model_versions") or ()]

    def get_version(self, name: str, version: int) -> StoredVersion:
        """Return one model version."""
        answer = self._client.get("model-versions/get", {"name": name, "version": str(version)})
        return read.version(answer["model_version"])

    def create_version(
        self, name: str, *, description: str, tags: Mapping[str, str]
    ) -> StoredVersion:
        """Make the next version of a registered model."""
        body = {
            "name": name,
            "source": "dummy-source",  # what MLflow's own clients send for a prompt
            "description": description,
            "tags": read.as_pairs(tags),
        }
        answer = self._client.post("model-versions/create", body, again=False)
        return read.version(answer["model_version"])

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of a model version."""
        body = {"name": name, "version": str(version), "key": key, "value": value}
        self._client.post("model-versions/set-tag", body, again=True)

    def _listed(self, endpoint: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        return _pages(lambda more: self._client.get(endpoint, {**query, **more}))


def user_name() -> str:
    """Return this account's name, or nothing where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _pages(ask: Callable[[dict[str, str]], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every page of an answer; ``ask`` takes what says which page is wanted."""
    more: dict[str, str] = {}
    while True:
        page = ask(more)
        yield page
        if not (token := page.get("next_page_token")):
            return
        more = {"page_token": token}


def _metric(metric: StoredMetric) -> dict[str, Any]:
    return {
        "key": metric.key,
        "value": metric.value,
        "timestamp": metric.timestamp_ms,
        "step": metric.step,
    }


def _proxied(root: str, path: str) -> str:
    parts = urlsplit(root)
    if parts.netloc:
        raise NotFoundError(f"The artifacts at {root} belong to another MLflow server.")
    return _PROXY + quote(f"{parts.path.strip('/')}/{path}")
