"""Golden datasets: the files Assay reads anyway, and ``{"version", "cases": [{"id", ...}]}``.

A case of the latter may be a datapoint (``inputs``, ``ground_truth``) or flat. Of a flat one,
``expected``, ``expected_...``, ``ground_truth``, ``reference``, ``rubric`` and ``answer`` are
ground truth, ``tags``, ``description`` and ``metadata`` are metadata, all else is input.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assay.core.dataset_rows import parse_datapoint
from assay.core.datasets import Datapoint, dataset_digest
from assay.core.errors import InvalidDatasetError
from assay.execution.dataset_files import read_dataset
from assay.kit.jsonl import parse_json


_TRUTH: Final = frozenset({"expected", "ground_truth", "reference", "rubric", "answer"})
_METADATA: Final = frozenset({"tags", "description"})
_SHORT_DIGEST: Final = 12


@dataclass(frozen=True, slots=True)
class GoldenDataset:
    """The cases of one eval type, in order, with unique ids.

    Attributes:
        version: What the file says, else the beginning of the digest.
        digest: SHA-256 over the cases, 64 hex digits.
    """

    name: str
    version: str
    digest: str
    datapoints: tuple[Datapoint, ...]


def load_golden(path: Path) -> GoldenDataset:
    """Read a golden dataset.

    Args:
        path: A ``.jsonl``, ``.ndjson``, ``.json`` or ``.csv`` file.

    Raises:
        InvalidDatasetError: Naming file, place and key.
    """
    if not path.is_file():
        raise InvalidDatasetError(f"{path}: there is no such dataset file.")
    document = _document(path)
    if document is None:
        datapoints = tuple(read_dataset(path))
        version = None
    else:
        datapoints = tuple(_cases(document["cases"], path))
        version = document.get("version")
    found = dataset_digest(datapoints)
    return GoldenDataset(
        name=path.stem,
        version=str(version) if version is not None else found[:_SHORT_DIGEST],
        digest=found,
        datapoints=datapoints,
    )


def _document(path: Path) -> Mapping[str, Any] | None:
    """Return the object of a JSON file with ``cases``, or None for every other file."""
    if path.suffix.lower() != ".json":
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDatasetError(f"{path}: cannot be read: {error}.") from error
    document = parse_json(text, where=str(path), error=InvalidDatasetError)
    return document if isinstance(document, dict) and "cases" in document else None


def _cases(rows: Any, path: Path) -> Iterator[Datapoint]:
    if not isinstance(rows, list) or not rows:
        raise InvalidDatasetError(f"{path}: cases: expected a list with at least one case.")
    seen: set[str] = set()
    for index, row in enumerate(rows):
        where = f"{path}: case {index + 1}"
        if not isinstance(row, dict):
            raise InvalidDatasetError(f"{where}: expected an object, found {type(row).__name__}.")
        point = parse_datapoint(
            row if "inputs" in row else _of_flat(row, where), where=where, index=index
        )
        if point.id in seen:
            raise InvalidDatasetError(f"{where}: id: {point.id!r} was used before.")
        seen.add(point.id)
        yield point


def _of_flat(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {"inputs": {}, "ground_truth": {}, "metadata": {}}
    for key, value in row.items():
        if key == "id":
            continue
        if key in {"ground_truth", "metadata"} and isinstance(value, Mapping):
            parts[key].update(value)
        else:
            parts[_part(key)][key] = value
    if not parts["inputs"]:
        raise InvalidDatasetError(f"{where}: has no input; give it 'inputs' or 'user_prompt'.")
    found: dict[str, Any] = {"id": row.get("id"), **parts}
    return {**found, "ground_truth": parts["ground_truth"] or None}


def _part(key: str) -> str:
    if key in _TRUTH or key.startswith("expected_"):
        return "ground_truth"
    return "metadata" if key in _METADATA or key == "metadata" else "inputs"
