"""Composite metrics: a weighted mean of others, for one event and for whole runs alike."""

import math
from collections.abc import Iterable, Mapping, Sequence


class WeightedMean:
    """``sum(weight * value) / sum(weight)`` over named parts.

    An absent part is no zero, and leaving it out would compare unlike things; so there is
    no mean without it. Parts of weight 0 are not asked for.

    Attributes:
        names: The parts that are asked for, in their order.
    """

    __slots__ = ("_shares", "names")

    def __init__(self, weights: Mapping[str, float]) -> None:
        """Take the weights: finite, at least 0."""
        parts = {name: float(weight) for name, weight in weights.items() if weight > 0}
        total = _sum(parts.values())
        if total is None:
            parts = {}
        self.names: tuple[str, ...] = tuple(parts)
        self._shares = [weight / (total or 1.0) for weight in parts.values()]

    def of(self, values: Sequence[float | None]) -> float | None:
        """Return the mean of ``values``, one for each of ``names``; None where there is none.

        Example:
            >>> WeightedMean({"exact": 3.0, "tone": 1.0}).of([1.0, 0.5])
            0.875
        """
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        return _sum(share * value for share, value in zip(self._shares, known, strict=True))

    def of_named(self, values: Mapping[str, float | None]) -> float | None:
        """Return the mean of values by name; others than ``names`` are passed over."""
        return self.of([values.get(name) for name in self.names])


def _sum(terms: Iterable[float]) -> float | None:
    """Return the sum of ``terms`` to the last digit, or None where no number can hold it."""
    try:
        total = math.fsum(terms)
    except OverflowError:
        return None
    return total if math.isfinite(total) else None
