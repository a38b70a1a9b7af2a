"""Managed datasets: a lasting name over a line of immutable versions.

A dataset's id stays the same for life; each change makes a new version, whose id never
means anything else. Runs pin the version they ran over. Equal content is the same version,
so undoing a change leads back to the version from before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from assay.core.documents import Document


DATASET_KIND: Final = "dataset"


@dataclass(frozen=True, slots=True)
class ManagedDataset:
    """A named dataset and which of its versions is the current one.

    Attributes:
        version_id: The current version's id.
        revision: Counts the changes of this record, for compare-and-set.
    """

    id: str
    project: str
    name: str
    version_id: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1


def dataset_document(dataset: ManagedDataset) -> Document:
    """Return the document that holds a dataset."""
    return Document(
        kind=DATASET_KIND,
        id=dataset.id,
        project=dataset.project,
        name=dataset.name,
        unique_key=unique_name(dataset.project, dataset.name),
        revision=dataset.revision,
        created_at=dataset.created_at,
        updated_at=dataset.updated_at,
        body={
            "version_id": dataset.version_id,
            "description": dataset.description,
            "metadata": dict(dataset.metadata),
        },
    )


def dataset_of(document: Document) -> ManagedDataset:
    """Return the dataset that a document holds."""
    body = document.body
    return ManagedDataset(
        id=document.id,
        project=document.project,
        name=document.name,
        version_id=body["version_id"],
        created_at=document.created_at,
        updated_at=document.updated_at,
        description=body.get("description"),
        metadata=body.get("metadata") or {},
        revision=document.revision,
    )


def unique_name(project: str, name: str) -> str:
    """Return the key under which a name is unique within its project."""
    return json.dumps([project, name])


def with_version(dataset: ManagedDataset, version_id: str, *, now: datetime) -> ManagedDataset:
    """Return the dataset with another current version."""
    return replace(dataset, version_id=version_id, updated_at=now)
