"""Settings for a command: flags over environment over files, with the warnings said."""

import os
from typing import Any

from assay.apps.cli.options import VARIABLES
from assay.apps.cli.output import say
from assay.apps.settings import LoadedSettings, Settings, load_settings


def loaded_settings(**flags: Any) -> LoadedSettings:
    """Read the settings; a flag that is None was not given.

    Raises:
        InvalidSettingsError: If a value cannot be used.
    """
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    loaded = load_settings(flags, environ=environ)
    for warning in loaded.warnings:
        say(f"Warning: {warning}")
    return loaded


def settings_for(**flags: Any) -> Settings:
    """Return the settings' values; see ``loaded_settings``."""
    return loaded_settings(**flags).values
