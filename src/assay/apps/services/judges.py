"""The gateway that judges of experiments ask hosted models through.

The SDK finds it by name at run time, as it finds the embedded application.
"""

from typing import TYPE_CHECKING

from assay.apps.settings import load_settings


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway


def open_gateway() -> "Gateway":
    """Return a gateway with the keys and limits of the settings; it keeps no replies.

    Raises:
        InvalidSettingsError: If a setting has a value that cannot be used.
    """
    from assay.llm.gateway import Gateway, GatewaySettings

    settings = load_settings({}).values
    key = settings.openai_api_key
    return Gateway(
        GatewaySettings(
            openai_api_key=None if key is None else key.get_secret_value(),
            openai_base_url=settings.openai_base_url,
            retries=settings.retries,
            timeout_seconds=settings.timeout_seconds,
            requests_per_minute=settings.requests_per_minute,
        )
    )
