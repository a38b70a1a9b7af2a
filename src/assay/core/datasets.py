"""Datasets: immutable, ordered, content-hashed lists of datapoints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assay.kit.canonical_json import digest


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One input with optional ground truth and metadata.

    ``inputs``, ``ground_truth`` and ``metadata`` are JSON mappings.
    """

    id: str
    inputs: Mapping[str, Any]
    ground_truth: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Return the JSON mapping that the datapoint's digest is taken of."""
        return {
            "id": self.id,
            "inputs": dict(self.inputs),
            "ground_truth": None if self.ground_truth is None else dict(self.ground_truth),
            "metadata": dict(self.metadata),
        }


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One immutable version of a named dataset; ``digest`` addresses its content."""

    id: str
    project: str
    name: str
    version: int
    digest: str
    size: int
    created_at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)


def dataset_digest(datapoints: Iterable[Datapoint]) -> str:
    """Return the SHA-256 (64 hex digits) of the datapoints in their order."""
    return digest([digest(datapoint.content()) for datapoint in datapoints])


def duplicate_ids(datapoints: Sequence[Datapoint]) -> list[str]:
    """Return the ids that occur more than once, each once, in order of first repetition."""
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for datapoint in datapoints:
        if datapoint.id in seen:
            repeated[datapoint.id] = None
        seen.add(datapoint.id)
    return list(repeated)
