"""Tokens and money. Money is ``Decimal`` US dollars and never rounded here."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class CostSource(StrEnum):
    """Where a cost comes from; a made-up default does not exist."""

    BILLED = "billed"
    PRICED = "priced"
    CACHE = "cache"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the provider did not say.

    ``input_tokens`` includes cached ones and ``output_tokens`` includes reasoning,
    as providers report them; the parts are kept beside the totals.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call cost in US dollars; ``amount_usd`` is None when unknown.

    ``price_date`` is the ISO date of the price data for a priced cost.
    """

    amount_usd: Decimal | None
    source: CostSource
    price_date: str | None = None


NO_USAGE = Usage()
NO_COST = Cost(None, CostSource.UNKNOWN)
CACHE_HIT_COST = Cost(Decimal(0), CostSource.CACHE)
