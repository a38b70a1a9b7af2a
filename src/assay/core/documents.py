"""Documents: small, revisioned JSON records of the workbench's own housekeeping.

Named datasets, server-side evaluators, annotations and review queues are few and change
their shape more often than their meaning, so they share one form. Whoever changes one
says which revision was read; a change in between is a conflict, never lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """One record of one kind.

    Attributes:
        parent: The id of what it belongs to; empty for nothing.
        state: What it may be listed by, such as ``pending``.
        unique_key: Held by one document of the kind at a time; None for no such claim.
        revision: Counts the changes, from 1.
        body: Everything else, as JSON.
    """

    kind: str
    id: str
    project: str
    created_at: datetime
    updated_at: datetime
    parent: str = ""
    name: str = ""
    state: str = ""
    unique_key: str | None = None
    revision: int = 1
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents of a kind are wanted; None means any."""

    kind: str
    parents: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
