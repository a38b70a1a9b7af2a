"""Structured log: events with fields, given to the standard library's ``logging``.

The tree ``assay`` is silent until an application listens: libraries never configure
logging. An application that does sees lines such as ``run_failed run_id=...``;
``configure_log`` is for Assay's own server and command line.
"""

import logging
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

from assay.kit.redaction import redact, redact_value


if TYPE_CHECKING:
    import structlog  # loaded where it is used: it brings all of rich, which few commands need

TREE = "assay"
_FIELDS = "assay_fields"
_PASSED_ON = ("exc_info", "stack_info")

logging.getLogger(TREE).addHandler(logging.NullHandler())


def get_logger(component: str) -> "structlog.stdlib.BoundLogger":
    """Return a logger whose events carry ``component``; unheard until somebody listens."""
    import structlog

    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(f"{TREE}.{component}"),
        processors=[structlog.stdlib.filter_by_level, redact_event, _as_record],
        wrapper_class=structlog.stdlib.BoundLogger,
        component=component,
    )
    return logger


def redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask secrets in every field of a log event; a structlog processor."""
    for key, value in list(event.items()):
        if key not in _PASSED_ON:
            event[key] = redact_value({key: value})[key]
    return event


def _as_record(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, Any]]:
    """Return what ``logging`` is called with: a line of text, and the fields beside it."""
    passed_on = {key: event.pop(key) for key in _PASSED_ON if key in event}
    name = str(event.pop("event", ""))
    shown = [f"{key}={value}" for key, value in event.items() if key != "component"]
    return (" ".join([name, *shown]),), {**passed_on, "extra": {_FIELDS: {"event": name, **event}}}


def configure_log(*, level: int, as_json: bool, stream: TextIO) -> None:
    """Write what this process logs to ``stream``, in one form, with secrets masked.

    Assay's events come from ``level`` on, other libraries' records from warnings on.
    Called by applications, once; a second call replaces the first.

    Args:
        level: A level of ``logging``.
        as_json: One JSON object a line instead of text for people.
        stream: Where lines go.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(as_json=as_json, colors=stream.isatty()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(TREE).setLevel(level)


def _formatter(*, as_json: bool, colors: bool) -> logging.Formatter:
    import structlog

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_fields_of_record],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_trace,
            redact_event,
            renderer,
        ],
    )


def _fields_of_record(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put back the fields that an event of ours carried through ``logging``."""
    fields: Mapping[str, Any] | None = getattr(event["_record"], _FIELDS, None)
    if fields is None:
        event["component"] = event["_record"].name
    else:
        event.update(fields)
    return event


def _redact_trace(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = redact(trace)
    return event
