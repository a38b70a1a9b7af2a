"""One JSON text per value: the form that digests and content addresses are taken of."""

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from assay.kit.errors import AssayError


JsonValue = Any
"""A JSON value: null, bool, int, finite float, str, list of them or mapping str to them."""


_MOST_BITS = 14_000
"""About 4,200 digits; Python writes and reads no more than 4,300."""


class NotJsonError(AssayError):
    """A value has no JSON form; the message names the path inside the value."""

    code = "not_json"


def canonical_json(value: JsonValue) -> str:
    """Return the canonical JSON text of ``value``: sorted keys, no spaces, UTF-8.

    Raises:
        NotJsonError: If a part of ``value`` is not JSON (NaN, bytes, datetime, ...).
    """
    check_json(value)
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=dict
    )


def sorted_json(value: JsonValue) -> str:
    """Return JSON text as ``json.dumps(value, sort_keys=True)`` writes it, of any mappings.

    The value has been checked: what ``json`` does not know is a mapping that is no dict.
    """
    return json.dumps(value, sort_keys=True, default=dict)


def digest(value: JsonValue) -> str:
    """Return the SHA-256 of the canonical JSON of ``value`` as 64 hex digits.

    Raises:
        NotJsonError: If a part of ``value`` is not JSON.
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def check_json(value: JsonValue, *, path: str = "$") -> None:
    """Refuse what JSON cannot hold, naming where it sits.

    Raises:
        NotJsonError: With the path (``$.inputs.when``), the type found and a remedy.
    """
    try:
        _check(value, path)
    except RecursionError:
        raise NotJsonError(
            f"{path} is nested without end or nearly so: does a part of it hold itself?"
        ) from None


def _check(value: JsonValue, path: str) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if value.bit_length() > _MOST_BITS:
            raise NotJsonError(f"{path} is a number of too many digits to be written; use a text.")
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJsonError(f"{path} is {value}, which JSON cannot hold; use null instead.")
        return
    if isinstance(value, Mapping):
        _check_mapping(value, path)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]")
    else:
        raise NotJsonError(_refusal(value, path))


def _check_mapping(value: Mapping[Any, Any], path: str) -> None:
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotJsonError(
                f"{path} has the key {key!r} of type {type(key).__name__}; JSON keys are strings."
            )
        _check(item, f"{path}.{key}")


def _refusal(value: object, path: str) -> str:
    remedies = {
        "datetime": "use .isoformat()",
        "date": "use .isoformat()",
        "Decimal": "use str() or float()",
        "bytes": "decode it or use base64",
        "set": "use a sorted list",
    }
    name = "Decimal" if isinstance(value, Decimal) else type(value).__name__
    remedy = remedies.get(name, "convert it to text, a number, a list or a mapping")
    return f"{path} is of type {name}, which JSON cannot hold; {remedy}."
