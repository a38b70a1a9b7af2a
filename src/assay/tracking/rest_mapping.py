"""From the JSON of MLflow's REST answers to the shapes of this room."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from assay.core.eval_runs import EvalExperiment, LoggedRun, LoggedStatus
from assay.tracking.stored import IS_PROMPT, StoredModel, StoredRun, StoredVersion, moment


EPOCH = datetime.fromtimestamp(0, UTC)


def experiment(answer: Mapping[str, Any]) -> EvalExperiment:
    """Read an experiment."""
    return EvalExperiment(
        id=str(answer["experiment_id"]), name=answer["name"], tags=pairs(answer.get("tags"))
    )


def run(answer: Mapping[str, Any]) -> StoredRun:
    """Read a run with its latest metrics, params, tags and dataset digests."""
    info, data = answer["info"], answer.get("data") or {}
    inputs = (answer.get("inputs") or {}).get("dataset_inputs") or ()
    logged = LoggedRun(
        run_id=info.get("run_id") or info["run_uuid"],
        experiment_id=str(info["experiment_id"]),
        experiment_name="",
        status=LoggedStatus(info.get("status", "RUNNING")),
        started_at=moment(info.get("start_time")) or EPOCH,
        ended_at=moment(info.get("end_time") or None),
        name=info.get("run_name") or "",
        metrics={
            metric["key"]: float(metric.get("value", 0.0)) for metric in data.get("metrics") or ()
        },
        params=pairs(data.get("params")),
        tags=pairs(data.get("tags")),
        dataset_digests=tuple(each["dataset"]["digest"] for each in inputs),
    )
    return StoredRun(logged, artifact_uri=info.get("artifact_uri") or "")


def model(answer: Mapping[str, Any]) -> StoredModel:
    """Read a registered model."""
    versions = [int(each["version"]) for each in answer.get("latest_versions") or ()]
    tags = pairs(answer.get("tags"))
    return StoredModel(
        name=answer["name"],
        is_prompt=tags.get(IS_PROMPT) == "true",
        description=answer.get("description") or "",
        tags=tags,
        aliases={each["alias"]: int(each["version"]) for each in answer.get("aliases") or ()},
        latest_version=max(versions, default=None),
    )


def version(answer: Mapping[str, Any]) -> StoredVersion:
    """Read a model version."""
    return StoredVersion(
        name=answer["name"],
        version=int(answer["version"]),
        description=answer.get("description") or "",
        tags=pairs(answer.get("tags")),
        created_at=moment(answer.get("creation_timestamp")),
    )


def pairs(entries: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Read a list of key and value; an empty value may be left out by MLflow."""
    return {entry["key"]: str(entry.get("value", "")) for entry in entries or ()}


def as_pairs(values: Mapping[str, str] | None) -> list[dict[str, str]]:
    """Write key and value as MLflow lists them."""
    return [{"key": key, "value": value} for key, value in (values or {}).items()]
