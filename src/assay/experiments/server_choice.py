"""Which server is meant: by the arguments, else by the settings that the command line follows.

The settings are found by name at run time, as the embedded application is, and are read
only where the arguments leave something open.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

from assay.experiments.connection import (
    DEFAULT_TIMEOUT_SECONDS,
    EMBEDDED_APPLICATION,
    ServerAddress,
)


SETTINGS: Final = "assay.apps.settings"


class _Loaded(Protocol):
    """Settings, and for each where it was said."""

    values: Any
    origins: Mapping[str, Any]


def choose_server(
    server_url: str | None,
    *,
    api_key: str | None = None,
    data_dir: str | Path | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    application: str = EMBEDDED_APPLICATION,
) -> ServerAddress:
    """Return where the server is.

    A URL that is given wins; a data folder, or an application, means the one in this
    process; otherwise the setting ``server_url`` (``ASSAY_SERVER_URL``) names a server, or
    without it the application in this process answers. A server gets ``api_key``, or without
    it the setting of that name (``ASSAY_API_KEY``).

    Raises:
        InvalidInputError: If what was given or set is no address or no key.
        InvalidSettingsError: If the settings are looked at and cannot be used.
    """
    url, url_from, key_from = server_url, None, None
    if url is None and data_dir is None and application == EMBEDDED_APPLICATION:
        url, url_from = _setting("server_url")
    if url is not None and api_key is None:
        api_key, key_from = _setting("api_key")
    return ServerAddress(
        url=None if url is None else url.rstrip("/"),
        url_from=url_from,
        api_key=api_key,
        api_key_from=key_from,
        data_dir=None if data_dir is None else Path(data_dir),
        timeout_seconds=timeout_seconds,
        application=application,
    )


def _setting(name: str) -> tuple[str | None, str | None]:
    """Return a setting, and where it was said, such as ``ASSAY_API_KEY (environment)``."""
    loaded: _Loaded = import_module(SETTINGS).load_settings()
    value = getattr(loaded.values, name)
    if value is None:
        return None, None
    origin = loaded.origins[name]
    text = value if isinstance(value, str) else value.get_secret_value()
    return text, f"{origin.key or name} ({origin})"
