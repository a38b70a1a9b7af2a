"""Prices: dated offline data × tokens, exactly; an unknown price is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial

from assay.core.costs import NO_COST, Cost, CostSource, Usage


ROUTER = "openrouter"


@dataclass(frozen=True, slots=True)
class Price:
    """What a user says a model costs, in US dollars per million tokens.

    Cached input costs as much as other input unless ``cache_read_usd_per_million`` says
    otherwise.
    """

    input_usd_per_million: Decimal
    output_usd_per_million: Decimal
    cache_read_usd_per_million: Decimal | None = None


PriceOverrides = Mapping[str, Price]
"""Prices by model name; they win over the data."""


def price(
    model: str,
    usage: Usage,
    *,
    at: datetime | None = None,
    overrides: PriceOverrides | None = None,
    endpoint: str | None = None,
) -> Cost:
    """Return what ``usage`` of ``model`` costs; never rounded, never guessed.

    4,827 tokens into and 238 out of ``openai/gpt-4o`` (2.50 and 10 USD per million) cost
    0.0120675 + 0.00238 = 0.0144475 USD.

    Args:
        model: As the provider names it; ``vendor/name`` for a router's models.
        usage: Input or output tokens that are None make the cost unknown.
        at: Aware time of the call, for prices that changed; None for today's.
        overrides: The user's own prices by model name.
        endpoint: The provider's base URL, where the name alone says too little.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return NO_COST
    own = overrides.get(model) if overrides is not None else None
    if own is not None:
        return Cost(_own_amount(own, usage), CostSource.PRICED)
    return _listed(model, usage, at=at, endpoint=endpoint)


def load_prices() -> None:
    """Read the price data now, which takes half a second, instead of at the first reply."""
    price("", Usage(0, 0))


def _own_amount(own: Price, usage: Usage) -> Decimal:
    cached = usage.cache_read_tokens or 0
    cached_price = own.cache_read_usd_per_million
    if cached_price is None:
        cached_price = own.input_usd_per_million
    total = (
        ((usage.input_tokens or 0) - cached) * own.input_usd_per_million
        + cached * cached_price
        + (usage.output_tokens or 0) * own.output_usd_per_million
    )
    return total / 1_000_000


def _listed(model: str, usage: Usage, *, at: datetime | None, endpoint: str | None) -> Cost:
    import genai_prices  # takes 0.2 s; only who asks for prices pays for it

    tokens = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    calc = partial(genai_prices.calc_price, tokens, model, genai_request_timestamp=at)
    try:
        if endpoint is not None:
            found = calc(provider_api_url=endpoint)
        else:
            found = calc(provider_id=ROUTER if "/" in model else None)
    except (LookupError, ValueError):
        return NO_COST
    return Cost(found.total_price, CostSource.PRICED, price_date=_price_date())


@cache
def _price_date() -> str:
    """Return which price data this is; the data itself carries no date, its release does."""
    from importlib.metadata import version  # only who asks for prices pays for it

    return f"genai-prices {version('genai-prices')}"
