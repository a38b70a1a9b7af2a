"""The Pareto front over quality, cost and latency, where a cost may be unknown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """What a model offers; None where it is not known.

    Attributes:
        quality: More is better.
        cost_usd: Of one call; less is better.
        latency_seconds: The 95th percentile; less is better.
    """

    quality: float | None
    cost_usd: Decimal | None
    latency_seconds: float | None


def pareto_front(offers: Sequence[Offer]) -> list[bool]:
    """Return which offers no other offer beats.

    One beats another if it is at least as good in every respect and better in one. An
    unknown cost or latency is not free: it counts as worse than any known one, so that a
    place on the front is never owed to ignorance. An offer without a quality is never on
    the front. Two equal offers are both on it.
    """
    return [
        offer.quality is not None and not any(_beats(other, offer) for other in offers)
        for offer in offers
    ]


def _beats(one: Offer, other: Offer) -> bool:
    first, second = _losses(one), _losses(other)
    as_good = first[0] <= second[0] and first[1] <= second[1] and first[2] <= second[2]
    return as_good and first != second


def _losses(offer: Offer) -> tuple[float, Decimal, float]:
    return (
        math.inf if offer.quality is None else -offer.quality,
        Decimal("Infinity") if offer.cost_usd is None else offer.cost_usd,
        math.inf if offer.latency_seconds is None else offer.latency_seconds,
    )
