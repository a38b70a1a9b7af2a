"""Corrections for asking many questions of the same data."""

from collections.abc import Sequence

from assay.core.statistics._checks import require_probability


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of *any* false alarm stays at the level.

    Sorted ascending, the i-th of m (from 0) becomes ``max over j <= i of (m - j)·p_j``, at
    most 1. Source: Holm (1979), Scand. J. Statist. 6:65-70. For gating decisions.

    Args:
        p_values: Ratios in [0, 1], in any order.

    Returns:
        The adjusted p-values in the order given; empty for empty.

    Raises:
        ValueError: A p-value is outside [0, 1] or NaN.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    checked = _checked(p_values)
    adjusted = [0.0] * len(checked)
    running = 0.0
    for rank, position in enumerate(_ascending(checked)):
        running = max(running, min(1.0, (len(checked) - rank) * checked[position]))
        adjusted[position] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the expected *share* of false alarms stays at the level.

    Sorted ascending, the i-th of m (from 1) becomes ``min over j >= i of m·p_j / j``, at most
    1. Source: Benjamini, Hochberg (1995), JRSS-B 57:289-300. For reports over many metrics.

    Args:
        p_values: Ratios in [0, 1], in any order.

    Returns:
        The adjusted p-values in the order given; empty for empty.

    Raises:
        ValueError: A p-value is outside [0, 1] or NaN.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03])
        [0.03, 0.04, 0.04]
    """
    checked = _checked(p_values)
    total = len(checked)
    adjusted = [0.0] * total
    running = 1.0
    for rank, position in reversed(list(enumerate(_ascending(checked), start=1))):
        running = min(running, checked[position] * total / rank)
        adjusted[position] = running
    return adjusted


def _checked(p_values: Sequence[float]) -> list[float]:
    return [require_probability(f"p_values[{i}]", p) for i, p in enumerate(p_values)]


def _ascending(p_values: list[float]) -> list[int]:
    return sorted(range(len(p_values)), key=p_values.__getitem__)
