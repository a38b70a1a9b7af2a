"""The log, configured once per process by whoever starts it."""

import sys
from typing import TextIO

from assay.apps.settings import Settings
from assay.kit.log import configure_log


def configure_logs(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send log events to ``stream`` (stderr by default) as the settings say."""
    configure_log(
        stream if stream is not None else sys.stderr,
        level=settings.log_level,
        as_json=settings.log_format == "json",
    )
