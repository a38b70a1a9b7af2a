"""From results to the JSON that the server stores.

Outputs that are no JSON are stored in the nearest form: dataclasses and pydantic models
as mappings, dates as ISO 8601, sets as lists, everything else as its text. Evaluators
saw the real object before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson

from assay.core.datasets import Datapoint
from assay.core.results import ItemResult
from assay.core.scores import Score
from assay.kit.redaction import redact


_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def to_json(value: Any) -> bytes:
    """Return ``value`` as JSON text, in the nearest form where it has none."""
    return orjson.dumps(value, default=_nearest, option=_OPTIONS)


def items_body(results: Sequence[ItemResult], datapoints: Mapping[str, Datapoint]) -> bytes:
    """Return the body of ``POST /v1/runs/{id}/items`` for ``results``."""
    return to_json({"items": [_item(result, datapoints) for result in results]})


def _item(result: ItemResult, datapoints: Mapping[str, Datapoint]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "datapoint_id": result.key.datapoint_id,
        "repeat": result.key.repeat,
        "status": result.status.value,
        "outputs": result.output,
        "passed": result.passed,
        "error": result.error,
        "scores": [_score(score) for score in result.scores],
        "started_at": result.started_at,
        "duration_seconds": result.duration_seconds,
        "latency_seconds": result.latency_seconds,
        "session_id": result.session_id,
        "metadata": result.metadata,
    }
    datapoint = datapoints.get(result.key.datapoint_id)
    if datapoint is not None:
        item["inputs"] = datapoint.inputs
        item["ground_truth"] = datapoint.ground_truth
        item["metadata"] = {**datapoint.metadata, **result.metadata}
    return item


def _score(score: Score) -> dict[str, Any]:
    return {
        "name": score.name,
        "status": score.status.value,
        "value": score.value,
        "label": score.label,
        "passed": score.passed,
        "reason": None if score.reason is None else redact(score.reason),
        "details": score.details,
    }


def _nearest(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    item = getattr(value, "item", None)
    if getattr(value, "ndim", None) == 0 and callable(item):
        return item()
    return str(value)
