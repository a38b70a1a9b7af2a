"""Composite metrics: a weighted mean of others, for one event and for whole runs alike."""

import math
from collections.abc import Mapping


def weighted_mean(values: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Return ``sum(weight * value) / sum(weight)``, or None where a value is absent.

    An absent part is no zero, and leaving it out would compare unlike things; so there is
    no mean without it. Parts of weight 0 are not asked for.

    Example:
        >>> weighted_mean({"exact": 1.0, "tone": 0.5}, {"exact": 3.0, "tone": 1.0})
        0.875
    """
    parts = {name: weight for name, weight in weights.items() if weight > 0}
    total = math.fsum(parts.values())
    if not parts or not math.isfinite(total):
        return None
    terms: list[float] = []
    for name, weight in parts.items():
        value = values.get(name)
        if value is None:
            return None
        terms.append(weight / total * value)
    mean = math.fsum(terms)
    return mean if math.isfinite(mean) else None
