"""From results to the JSON that the server stores.

Outputs that are no JSON are stored in the nearest form: dataclasses and pydantic models
as mappings, dates as ISO 8601, sets and arrays as lists, frames as rows, everything else as
its text. Evaluators saw the real object before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from numbers import Rational, Real
from typing import Any, Final

import orjson

from assay.core.datasets import Datapoint
from assay.core.results import ItemResult
from assay.core.scores import Score
from assay.kit.redaction import redact


DEEPEST: Final = 48
"""Most levels of an item's parts; below what a server takes of a body in its default settings."""

_NESTED = ("inputs", "ground_truth", "outputs", "metadata")
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def to_json(value: Any) -> bytes:
    """Return ``value`` as JSON text, in the nearest form where it has none."""
    try:
        return orjson.dumps(value, default=_nearest, option=_OPTIONS)
    except TypeError:  # a number or text that no parser would take, or no end to it
        return orjson.dumps(storable(value), default=_nearest, option=_OPTIONS)


def items_body(
    results: Sequence[ItemResult],
    datapoints: Mapping[str, Datapoint],
    *,
    places: Mapping[str, int] | None = None,
) -> bytes:
    """Return the body of ``POST /v1/runs/{id}/items`` for ``results``.

    Args:
        results: Finished items.
        datapoints: Those of the dataset, by id.
        places: Where each stands in the dataset, from 0.
    """
    known = places or {}
    items = [
        _item(result, datapoints) | {"position": known.get(result.key.datapoint_id)}
        for result in results
    ]
    try:
        return to_json({"items": [_not_too_deep(item) for item in items]})
    except Exception:  # noqa: BLE001  # an output may raise whatever it likes when it is read
        return to_json({"items": [_readable(item) for item in items]})


def _item(result: ItemResult, datapoints: Mapping[str, Datapoint]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "datapoint_id": result.key.datapoint_id,
        "repeat": result.key.repeat,
        "status": result.status.value,
        "outputs": result.output,
        "passed": result.passed,
        "error": result.error,
        "scores": [{"name": score.name, **told_score(score)} for score in result.scores],
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


def told_score(score: Score) -> dict[str, Any]:
    """Return what is told of a score beside its name, secrets masked."""
    return {
        "status": score.status.value,
        "value": score.value,
        "label": score.label,
        "passed": score.passed,
        "reason": None if score.reason is None else redact(score.reason),
        "details": score.details,
    }


def _not_too_deep(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without what is nested deeper than a server takes."""
    if not any(_deeper(item.get(key), DEEPEST) for key in _NESTED):
        return item
    return item | {key: storable(item[key]) for key in _NESTED if key in item}


def _readable(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item, its output replaced where reading it raises."""
    try:
        to_json(_not_too_deep(item))
    except Exception as error:  # noqa: BLE001  # see above
        return item | {"outputs": _unreadable(error)}
    return _not_too_deep(item)


def _unreadable(error: Exception) -> str:
    return f"<not stored: reading it raised {type(error).__name__}>"


def _deeper(value: Any, levels: int) -> bool:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return levels == 0 or any(_deeper(item, levels - 1) for item in value)


def storable(value: Any) -> Any:
    """Return the nearest form of ``value`` that any server takes.

    Whole numbers beyond 64 bits are texts, broken characters are escaped, and what is
    nested deeper than ``DEEPEST``, or holds itself, is cut off and says so.
    """
    return _storable(value, ())


def _storable(value: Any, above: tuple[Any, ...]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return float(value)  # of a kind of its own, such as NumPy's, it is one all the same
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else _digits(value)
    if len(above) >= DEEPEST or any(value is one for one in above):
        return f"… ({type(value).__name__} nested too deep)"
    return _storable_parts(value, (*above, value))


def _storable_parts(value: Any, above: tuple[Any, ...]) -> Any:
    if isinstance(value, Mapping):
        return {_storable(str(key), ()): _storable(item, above) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item, above) for item in value]
    try:
        return orjson.loads(orjson.dumps(value, option=_OPTIONS))
    except TypeError:
        return _storable(_nearest(value), above)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        return f"… (a whole number of {value.bit_length()} bits)"


def _nearest(value: Any) -> Any:
    try:
        return _form_of(value)
    except Exception as error:  # noqa: BLE001  # an output may raise whatever it likes
        return _unreadable(error)


def _form_of(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else _plainer(value)


def _plainer(value: Any) -> Any:
    """Return the list or the number that a value amounts to, else its text."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    if isinstance(value, Real) and not isinstance(value, Rational):
        return float(value)
    return _array(value) if hasattr(value, "ndim") else str(value)


def _array(value: Any) -> Any:
    """Return an array or a series as its values, a frame as its rows; 0 dimensions as a scalar."""
    if callable(found := getattr(value, "tolist", None)):
        return found()
    rows = getattr(value, "to_dict", None)
    return rows(orient="records") if callable(rows) and hasattr(value, "iterrows") else str(value)
