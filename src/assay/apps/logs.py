"""The log, configured once per process by whoever starts it."""

import logging
import sys
from collections.abc import Mapping
from typing import TextIO

from assay.apps.settings import Settings
from assay.kit.log import configure_log


_LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send log events to ``stream`` (stderr by default) as the settings say, secrets masked."""
    configure_log(
        level=_LEVELS[settings.log_level],
        as_json=settings.log_format == "json",
        stream=stream if stream is not None else sys.stderr,
    )
