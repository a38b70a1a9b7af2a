"""The catalogue: hosted models with known prices, from the offline price data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


_ENDPOINTS = {
    "openai": None,
    "cerebras": "https://api.cerebras.ai/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "fireworks": "https://api.fireworks.ai/inference/v1",
    "groq": "https://api.groq.com/openai/v1",
    "mistral": "https://api.mistral.ai/v1",
    "moonshotai": "https://api.moonshot.ai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "together": "https://api.together.xyz/v1",
    "x-ai": "https://api.x.ai/v1",
}


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model behind an OpenAI-compatible endpoint; what is not known is None.

    Attributes:
        provider: The vendor, such as ``openrouter``.
        name: As the vendor names it.
        spec: What to write to ask it, ``openai:NAME[@URL]``.
        context_length: Tokens.
        input_usd_per_million: US dollars per million input tokens, before any tier.
        output_usd_per_million: US dollars per million output tokens, before any tier.
    """

    provider: str
    name: str
    spec: str
    context_length: int | None
    input_usd_per_million: Decimal | None
    output_usd_per_million: Decimal | None


def hosted_models(*, at: datetime) -> Iterator[HostedModel]:
    """Yield the models of the vendors whose endpoint is known, with their prices at ``at``."""
    from genai_prices.data_snapshot import get_snapshot

    for provider in get_snapshot().providers:
        if provider.id not in _ENDPOINTS:
            continue
        url = _ENDPOINTS[provider.id]
        for model in provider.models:
            prices = model.get_prices(at)
            yield HostedModel(
                provider=provider.id,
                name=model.id,
                spec=f"openai:{model.id}" if url is None else f"openai:{model.id}@{url}",
                context_length=model.context_window,
                input_usd_per_million=_amount(prices.input_mtok),
                output_usd_per_million=_amount(prices.output_mtok),
            )


def _amount(price: Any) -> Decimal | None:
    """Return a price per million; of a tiered one its base."""
    amount = getattr(price, "base", price)
    return amount if isinstance(amount, Decimal) else None
