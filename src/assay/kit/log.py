"""Structured log: events with fields. Libraries never configure logging; apps do, once."""

from collections.abc import MutableMapping
from typing import Any

import structlog

from assay.kit.redaction import redact_value


def get_logger(component: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger whose events carry ``component``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=component)
    return logger


def redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask secrets in every field of a log event; a structlog processor."""
    for key, value in list(event.items()):
        event[key] = redact_value({key: value})[key]
    return event
