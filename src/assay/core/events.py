"""Sessions and events: the stored form of traces and spans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What kind of operation an event is."""

    SESSION = "session"
    CHAIN = "chain"
    TOOL = "tool"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Event:
    """One stored operation. A session is the event whose id is its ``session_id``.

    ``metrics`` maps evaluator names to numbers, booleans or labels. ``run_id`` and
    ``datapoint_id`` repeat what ``metadata`` says, so that a run finds its events.
    Times are aware UTC.
    """

    id: str
    session_id: str
    project: str
    name: str
    type: EventType
    parent_id: str | None = None
    run_id: str | None = None
    datapoint_id: str | None = None
    source: str | None = None
    error: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: float | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    feedback: Mapping[str, Any] = field(default_factory=dict)
    user_properties: Mapping[str, Any] = field(default_factory=dict)
