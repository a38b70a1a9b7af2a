"""Content addresses of external datasets, so that two runs over the same list pair up.

The rules are those of the wire protocol (``EXT-`` ids). Pure: nothing is read, written or
mutated.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.core.errors import InvalidDatasetError
from assay.kit.canonical_json import check_json, sorted_json


EXTERNAL_PREFIX: Final = "EXT-"
OFFLINE_DATASET_KEY: Final = "offline_dataset_id"
MANAGED_DATASET_KEY: Final = "managed_dataset_id"
"""In a run's metadata: the dataset whose version the run is over."""
CUSTOM_ID_KEYS: Final = ("id", "datapoint_id")

_DIGITS = 16


def is_external(identifier: str | None) -> bool:
    """Return whether ``identifier`` addresses an external dataset or datapoint."""
    return identifier is not None and identifier.startswith(EXTERNAL_PREFIX)


def generate_external_dataset_id(
    datapoints: Sequence[Mapping[str, Any]], custom_id: object | None = None
) -> str:
    """Return ``EXT-`` and the first 16 hex digits of SHA-256 over the sorted JSON of the list.

    Args:
        datapoints: JSON mappings in their order.
        custom_id: A scalar to use instead; it gets the prefix if it lacks it.

    Raises:
        NotJsonError: If a value is not JSON; the message names its path.
    """
    if custom_id is not None:
        return _prefixed(custom_id)
    rows = list(datapoints)
    check_json(rows, path="dataset")
    return _address(sorted_json(rows))


def generate_external_datapoint_id(
    datapoint: Mapping[str, Any], index: int, custom_id: object | None = None
) -> str:
    """Return the address of one datapoint: its sorted JSON followed by ``str(index)``.

    Args:
        datapoint: A JSON mapping.
        index: How many identical datapoints came before it, so that inserting or
            reordering other rows keeps the id.
        custom_id: A scalar to use instead; it gets the prefix if it lacks it.

    Raises:
        NotJsonError: If a value is not JSON; the message names its path.
    """
    if custom_id is not None:
        return _prefixed(custom_id)
    check_json(datapoint, path="datapoint")
    return _address(sorted_json(datapoint) + str(index))


def custom_id_of(datapoint: Mapping[str, Any]) -> object | None:
    """Return the ``id`` or ``datapoint_id`` that the datapoint itself carries, or None."""
    for key in CUSTOM_ID_KEYS:
        value: object = datapoint.get(key)
        if value is not None:
            return value
    return None


def prepare_external_dataset(
    datapoints: Sequence[Mapping[str, Any]], custom_dataset_id: object | None = None
) -> tuple[str, list[str]]:
    """Return the dataset's id and its datapoints' ids, in order.

    Raises:
        InvalidDatasetError: If a datapoint is no mapping, or two carry the same id of their own.
        NotJsonError: If a value is not JSON; the message names the datapoint and the path.
    """
    seen: dict[str, int] = {}
    ids: list[str] = []
    texts: list[str] = []
    for position, datapoint in enumerate(datapoints):
        _refuse_others(datapoint, position)
        check_json(datapoint, path=f"datapoint[{position}]")
        text = sorted_json(datapoint)
        texts.append(text)
        custom = custom_id_of(datapoint)
        if custom is not None:
            ids.append(_prefixed(custom, position=position))
            continue
        before = seen.get(text, 0)
        seen[text] = before + 1
        ids.append(_address(text + str(before)))
    _refuse_duplicates(ids)
    if custom_dataset_id is not None:
        return _prefixed(custom_dataset_id), ids
    # json.dumps of a list joins its members by ", ": the same text, serialised once.
    return _address("[" + ", ".join(texts) + "]"), ids


def _refuse_others(datapoint: object, position: int) -> None:
    """Refuse what is no mapping, whatever the annotations say."""
    if not isinstance(datapoint, Mapping):
        kind = type(datapoint).__name__
        raise InvalidDatasetError(
            f"datapoint[{position}] is of type {kind}; each datapoint is a dict."
        )


def prepare_run_request_data(
    *, dataset_id: str | None, metadata: Mapping[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return the body that creates a run, with an external dataset moved to its metadata.

    An ``EXT-`` id goes to ``metadata.offline_dataset_id`` and ``dataset_id`` becomes null,
    for it names no managed dataset. The caller's metadata is copied, never mutated.
    """
    merged = dict(metadata or {})
    if dataset_id is not None and is_external(dataset_id):
        merged[OFFLINE_DATASET_KEY] = dataset_id
        dataset_id = None
    return {**fields, "dataset_id": dataset_id, "metadata": merged}


def visible_dataset_id(dataset_id: str | None, metadata: Mapping[str, Any]) -> str | None:
    """Return the dataset id that a reader of a run sees: the managed or the external one."""
    if dataset_id is not None:
        managed = metadata.get(MANAGED_DATASET_KEY)
        return managed if isinstance(managed, str) else dataset_id
    offline = metadata.get(OFFLINE_DATASET_KEY)
    return offline if isinstance(offline, str) else None


def _address(text: str) -> str:
    return EXTERNAL_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _prefixed(custom_id: object, *, position: int | None = None) -> str:
    where = "" if position is None else f" of datapoint[{position}]"
    if not isinstance(custom_id, str | int | float | bool):
        raise InvalidDatasetError(
            f"The id{where} is of type {type(custom_id).__name__}; an id is a text or a number."
        )
    text = str(custom_id)
    if not text.strip():
        raise InvalidDatasetError(f"The id{where} is empty; leave it out or give it a text.")
    return text if text.startswith(EXTERNAL_PREFIX) else EXTERNAL_PREFIX + text


def _refuse_duplicates(ids: Sequence[str]) -> None:
    if len(set(ids)) == len(ids):
        return
    first: dict[str, int] = {}
    for position, identifier in enumerate(ids):
        if identifier in first:
            raise InvalidDatasetError(
                f"datapoint[{first[identifier]}] and datapoint[{position}] both have the id "
                f"{identifier!r}; ids must differ, for results are stored under them."
            )
        first[identifier] = position
