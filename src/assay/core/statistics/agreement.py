"""How far two raters, such as a judge and a human, agree on the same datapoints."""

from collections import Counter
from collections.abc import Hashable, Sequence


def percent_agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Share of datapoints that both raters labelled alike.

    Args:
        first: Labels of one rater.
        second: Labels of the other, in the same order of datapoints.

    Returns:
        A ratio in [0, 1], or None without datapoints.

    Raises:
        ValueError: The lists differ in length, or a label is NaN.

    Example:
        >>> percent_agreement(["pass", "pass", "fail", "fail"], ["pass", "fail", "fail", "fail"])
        0.75
    """
    pairs = _paired(first, second)
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else None


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Agreement beyond what the raters' label frequencies alone would give.

    ``(p_o - p_e) / (1 - p_e)`` with observed agreement ``p_o`` and chance agreement
    ``p_e = sum over labels of P1(label)·P2(label)``. Source: Cohen (1960), Educ. Psychol.
    Meas. 20:37-46.

    Args:
        first: Labels of one rater.
        second: Labels of the other, in the same order of datapoints.

    Returns:
        A number in [-1, 1], 0 being chance; None without datapoints, or when both raters
        used one and the same label throughout.

    Raises:
        ValueError: The lists differ in length, or a label is NaN.

    Example:
        >>> cohen_kappa(["pass", "pass", "fail", "fail"], ["pass", "fail", "fail", "fail"])
        0.5
    """
    pairs = _paired(first, second)
    n = len(pairs)
    ones = Counter(a for a, _ in pairs)
    twos = Counter(b for _, b in pairs)
    chance = sum(count * twos[label] for label, count in ones.items())
    if chance == n * n:
        return None
    return (n * sum(a == b for a, b in pairs) - chance) / (n * n - chance)


def _paired(
    first: Sequence[Hashable], second: Sequence[Hashable]
) -> list[tuple[Hashable, Hashable]]:
    if len(first) != len(second):
        raise ValueError(
            f"both raters must label the same datapoints: {len(first)} labels and {len(second)}"
        )
    for position, (a, b) in enumerate(zip(first, second, strict=True)):
        if _is_nan(a) or _is_nan(b):
            raise ValueError(f"the label at position {position} is NaN; leave the datapoint out")
    return list(zip(first, second, strict=True))


def _is_nan(label: Hashable) -> bool:
    return isinstance(label, float) and label != label  # noqa: PLR0124  # only NaN differs from itself
