"""Structured log: events with fields. Libraries never configure logging; apps do, once."""

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

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


LogLevel = Literal["debug", "info", "warning", "error"]

_LEVELS: Mapping[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_log(stream: TextIO, *, level: LogLevel = "info", as_json: bool = False) -> None:
    """Send log events of ``level`` and above to ``stream``, secrets masked.

    Called once, by whoever starts the process. Traces come without local variables,
    which may hold secrets.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=stream, force=True)
