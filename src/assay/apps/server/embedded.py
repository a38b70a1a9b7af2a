"""The application inside the SDK's own process: no socket, no key, no background work.

The SDK finds it through ``assay.apps.server.embedded:application`` and drives its
lifespan, which opens the store of the data folder and closes it again.
"""

from pathlib import Path

from fastapi import FastAPI

from assay.apps.server.app import create_app
from assay.apps.settings import load_settings


def application(*, data_dir: Path | None = None) -> FastAPI:
    """Return the application over a data folder, by default the one of the settings.

    Raises:
        InvalidSettingsError: If a setting has a value that cannot be used.
    """
    overrides = {"data_dir": None if data_dir is None else Path(data_dir)}
    return create_app(load_settings(overrides).values, embedded=True)
