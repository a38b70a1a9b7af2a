"""Sessions and events on the wire: what ``/events`` and ``/session`` take and answer.

Other makes' clients send these, so the bodies are read leniently: a value of the wrong
shape is wrapped, a key nobody knows is kept in the metadata. Times are milliseconds since
1970, durations milliseconds.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from assay.core.errors import InvalidInputError
from assay.core.event_queries import OBJECTS, as_moment, as_number
from assay.core.events import Event, EventType


SCOPE_KEYS: Final = ("org_id", "workspace_id", "project_id")
_TYPES = frozenset(kind.value for kind in EventType)
_KNOWN = frozenset(
    {
        *OBJECTS,
        *SCOPE_KEYS,
        "event_id",
        "session_id",
        "parent_id",
        "children_ids",
        "event_name",
        "session_name",
        "event_type",
        "source",
        "project",
        "error",
        "start_time",
        "end_time",
        "duration",
        "tenant",
    }
)
_MODEL_CONFIG = (
    "model",
    "model_name",
    "model_version",
    "provider",
    "hyperparameters",
    "template",
    "tools",
    "tool_choice",
    "response_format",
)
_MAX_ID = 200


def event_object(event: Event) -> dict[str, Any]:
    """Return an event as every route answers it."""
    return {
        "event_id": event.id,
        "session_id": event.session_id,
        "parent_id": event.parent_id,
        "children_ids": [],
        "event_name": event.name,
        "event_type": event.type.value,
        "source": event.source,
        "error": event.error,
        "start_time": _milliseconds(event.started_at),
        "end_time": _milliseconds(event.ended_at),
        "duration": event.duration_ms,
        "inputs": event.inputs,
        "outputs": event.outputs,
        "config": event.config,
        "metadata": event.metadata,
        "metrics": event.metrics,
        "feedback": event.feedback,
        "user_properties": event.user_properties,
        "run_id": event.run_id,
        "datapoint_id": event.datapoint_id,
        "org_id": "default",
        "workspace_id": "default",
        "project_id": event.project,
    }


def projected_object(event: Event, fields: list[str]) -> dict[str, Any]:
    """Return only the named fields of an event, and always its id; a path may be dotted."""
    whole = event_object(event)
    found: dict[str, Any] = {"event_id": event.id}
    for path in fields:
        _pick(whole, found, path.split("."))
    return found


def new_session(body: Mapping[str, Any], *, project: str, session_id: str, now: datetime) -> Event:
    """Return the session that ``body`` asks for."""
    given = {"event_name": body.get("session_name"), **_present(body)}
    given |= {"event_type": "session", "event_id": session_id, "session_id": session_id}
    given.setdefault("start_time", _milliseconds(now))
    event = new_event(given, project=project, event_id=session_id, session_id=session_id)
    return replace(event, parent_id=None)


def new_event(body: Mapping[str, Any], *, project: str, event_id: str, session_id: str) -> Event:
    """Return the event that ``body`` tells of.

    Raises:
        InvalidInputError: If a part cannot be read.
    """
    metadata = _metadata(body)
    kind = body.get("event_type")
    if isinstance(kind, str) and kind not in _TYPES:
        metadata["event_type"] = kind
    started, ended = _moment(body, "start_time"), _moment(body, "end_time")
    is_session = event_id == session_id
    return Event(
        id=event_id,
        session_id=session_id,
        project=project,
        name=_text(body.get("event_name")) or "event",
        type=_type(kind, is_session=is_session),
        parent_id=None if is_session else (_text(body.get("parent_id")) or session_id),
        run_id=_text(metadata.get("run_id")),
        datapoint_id=_text(metadata.get("datapoint_id")),
        source=_text(body.get("source")),
        error=_words(body.get("error")),
        started_at=started,
        ended_at=ended,
        duration_ms=_duration(body, started, ended),
        **{name: as_object(body.get(name)) for name in OBJECTS if name != "metadata"},
        metadata=metadata,
    )


def updated_event(event: Event, body: Mapping[str, Any]) -> Event:
    """Return an event after an update: objects merge, what is absent or null stays."""
    changes: dict[str, Any] = {
        name: {**getattr(event, name), **as_object(body[name])}
        for name in OBJECTS
        if body.get(name) is not None
    }
    plain = {"event_name": "name", "source": "source", "parent_id": "parent_id", "error": "error"}
    for wire, name in plain.items():
        if body.get(wire) is not None:
            changes[name] = _words(body[wire])
    for wire, name in (("start_time", "started_at"), ("end_time", "ended_at")):
        moment = _moment(body, wire)
        if moment is not None:
            changes[name] = moment
    duration = _told_duration(body)
    if duration is not None:
        changes["duration_ms"] = duration
    if body.get("event_type") in _TYPES and event.type is not EventType.SESSION:
        changes["type"] = EventType(body["event_type"])
    changed = replace(event, **changes)
    return replace(
        changed,
        run_id=_text(changed.metadata.get("run_id")) or event.run_id,
        datapoint_id=_text(changed.metadata.get("datapoint_id")) or event.datapoint_id,
    )


def model_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain event that a model event means: its own fields go to their places."""
    plain = {**body, "event_type": "model"}
    config = as_object(plain.get("config"))
    inputs = as_object(plain.get("inputs"))
    outputs = as_object(plain.get("outputs"))
    metadata = as_object(plain.get("metadata"))
    for name in _MODEL_CONFIG:
        _move(plain, name, config)
    for name, target in (("messages", inputs), ("template_inputs", inputs)):
        _move(plain, name, target)
    for name in ("usage", "cost"):
        _move(plain, name, metadata)
    response = plain.pop("response", None)
    if response is not None:
        outputs = {**as_object(response), **outputs}
    return {**plain, "config": config, "inputs": inputs, "outputs": outputs, "metadata": metadata}


def as_object(value: Any) -> dict[str, Any]:
    """Return an object as it is, null as an empty one, anything else under ``value``."""
    if isinstance(value, Mapping):
        return dict(value)
    return {} if value is None else {"value": value}


def checked_id(value: Any, *, what: str) -> str | None:
    """Return an id that a client chose, or None.

    Raises:
        InvalidInputError: If it is no short text.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_ID:
        raise InvalidInputError(f"{what}: an id is a text of 1 to {_MAX_ID} characters.")
    return value


def _move(plain: dict[str, Any], name: str, target: dict[str, Any]) -> None:
    value = plain.pop(name, None)
    if value is not None:
        target.setdefault(name, value)


def _present(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}


def _metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    unknown = {key: value for key, value in body.items() if key not in _KNOWN and value is not None}
    return {**unknown, **as_object(body.get("metadata"))}


def _type(kind: Any, *, is_session: bool) -> EventType:
    if is_session:
        return EventType.SESSION
    return EventType(kind) if isinstance(kind, str) and kind in _TYPES else EventType.TOOL


def _moment(body: Mapping[str, Any], name: str) -> datetime | None:
    value = body.get(name)
    if value is None:
        return None
    moment = as_moment(value)
    if moment is None:
        raise InvalidInputError(
            f"{name}: {str(value)[:60]!r} is no time; give milliseconds since 1970 or ISO 8601."
        )
    return moment


def _duration(
    body: Mapping[str, Any], started: datetime | None, ended: datetime | None
) -> float | None:
    told = _told_duration(body)
    if told is not None:
        return told
    if started is None or ended is None or ended < started:
        return None
    return (ended - started).total_seconds() * 1000


def _told_duration(body: Mapping[str, Any]) -> float | None:
    told = as_number(body.get("duration"))
    return told if told is not None and math.isfinite(told) else None


def _milliseconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp() * 1000


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _words(value: Any) -> str | None:
    return None if value is None else str(value)


def _pick(source: Mapping[str, Any], target: dict[str, Any], parts: list[str]) -> None:
    key = parts[0]
    if key not in source:
        return
    value = source[key]
    if len(parts) > 1 and isinstance(value, Mapping):
        _pick(value, target.setdefault(key, {}), parts[1:])
    else:
        target[key] = value
