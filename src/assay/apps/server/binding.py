"""Where the server listens, and what that demands."""

import ipaddress

from assay.apps.settings import Settings
from assay.core.errors import InvalidSettingsError


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_binding(settings: Settings) -> None:
    """Refuse to be open to a network.

    Raises:
        InvalidSettingsError: If the host is not loopback and no API key is set.
    """
    key = settings.api_key
    if key is not None and len(key.get_secret_value()) < 16:
        raise InvalidSettingsError("api_key: it must have at least 16 characters.")
    if key is None and not is_loopback(settings.host):
        raise InvalidSettingsError(
            f"host: {settings.host} is reachable from the network, which needs a key: set "
            "ASSAY_API_KEY (16 characters or more), or bind 127.0.0.1."
        )
