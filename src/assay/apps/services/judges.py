"""The gateway that judges of experiments ask hosted models through.

The SDK finds it by name at run time, as it finds the embedded application.
"""

from typing import TYPE_CHECKING

from assay.apps.settings import Settings, load_settings


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway, GatewaySettings


def open_gateway(*, cache: bool = True) -> "Gateway":
    """Return a gateway with the keys and limits of the settings.

    Args:
        cache: Whether replies are kept in the data folder, and used again.

    Raises:
        InvalidSettingsError: If a setting has a value that cannot be used.
    """
    from assay.llm.file_cache import FileResponseCache
    from assay.llm.gateway import Gateway

    settings = load_settings({}).values
    return Gateway(
        gateway_settings(settings),
        cache=FileResponseCache(settings.data_dir / "cache" / "judges") if cache else None,
    )


def gateway_settings(settings: Settings) -> "GatewaySettings":
    """Return the keys and limits of the settings, as gateways take them."""
    from assay.llm.gateway import GatewaySettings

    key = settings.openai_api_key
    return GatewaySettings(
        openai_api_key=None if key is None else key.get_secret_value(),
        openai_base_url=settings.openai_base_url,
        retries=settings.retries,
        timeout_seconds=settings.timeout_seconds,
        requests_per_minute=settings.requests_per_minute,
    )
