"""Adding to the current span and to the current session, from anywhere in the code under it.

Outside every session these do nothing, so that instrumented code runs anywhere.
"""

from collections.abc import Mapping
from typing import Any

from assay.tracing.capture import plain
from assay.tracing.session import current_session


def enrich_span(
    *,
    metadata: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    feedback: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
    outputs: Any = None,
    config: Mapping[str, Any] | None = None,
    user_properties: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Add to the span that is current here, or to the session if no span is.

    Mappings are merged with what is there, later values winning; ``error`` marks the span
    as failed.

    Args:
        metadata: Anything about the call.
        metrics: Numbers, booleans or labels by name.
        feedback: What people or later systems said, such as ``{"rating": 4}``.
        inputs: Added to the captured arguments.
        outputs: Put in the place of the captured output, or merged with it if both are mappings.
        config: Settings the call ran under.
        user_properties: About the user on whose behalf it ran.
        error: What went wrong.
    """
    session = current_session()
    if session is None:
        return
    changes = _given(
        metadata=metadata,
        metrics=metrics,
        feedback=feedback,
        inputs=inputs,
        outputs=outputs,
        config=config,
        user_properties=user_properties,
    )
    from assay.tracing.spans import enrich_current

    if not enrich_current(changes, error=error):
        if error is not None:
            changes["metadata"] = {**changes.get("metadata", {}), "error": error}
        session.change(_as_mappings(changes))


def enrich_session(
    *,
    metadata: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    feedback: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
    outputs: Any = None,
    config: Mapping[str, Any] | None = None,
    user_properties: Mapping[str, Any] | None = None,
) -> None:
    """Add to the session that this code runs in; the parts are those of ``enrich_span``."""
    session = current_session()
    if session is not None:
        session.change(
            _as_mappings(
                _given(
                    metadata=metadata,
                    metrics=metrics,
                    feedback=feedback,
                    inputs=inputs,
                    outputs=outputs,
                    config=config,
                    user_properties=user_properties,
                )
            )
        )


def _given(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}


def _as_mappings(changes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {name: plain(part) for name, part in changes.items()}
    return {
        name: part if isinstance(part, dict) else {"value": part} for name, part in found.items()
    }
