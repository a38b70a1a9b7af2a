"""Settings for a command: flags over environment over files, with the warnings said."""

from typing import Any

from assay.apps.cli.output import say
from assay.apps.settings import LoadedSettings, Settings, load_settings


def loaded_settings(**flags: Any) -> LoadedSettings:
    """Read the settings; a flag that is None was not given.

    Raises:
        InvalidSettingsError: If a value cannot be used.
    """
    loaded = load_settings(flags)
    for warning in loaded.warnings:
        say(f"Warning: {warning}")
    return loaded


def settings_for(**flags: Any) -> Settings:
    """Return the settings' values; see ``loaded_settings``."""
    return loaded_settings(**flags).values
