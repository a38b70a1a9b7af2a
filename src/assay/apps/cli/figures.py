"""Figures as people read them; what is unknown is a dash, never a zero."""

from collections.abc import Sequence
from decimal import Decimal


MISSING = "–"
_BARS = "▁▂▃▄▅▆▇█"
_LEAST_RANGE = 0.2


def percent(value: float | None) -> str:
    """Return a ratio as a percentage, or a dash."""
    return MISSING if value is None else f"{100 * value:.1f} %"


def points(value: float | None) -> str:
    """Return a difference of two ratios in percentage points, with its sign, or a dash."""
    return MISSING if value is None else f"{100 * value:+.1f} pp"


def percent_interval(bounds: tuple[float, float] | None) -> str:
    """Return two ratios as a bracketed pair of percentages, or nothing."""
    return "" if bounds is None else f"[{100 * bounds[0]:.1f}, {100 * bounds[1]:.1f}]"


def pp(value: float | None) -> str:
    """Return percentage points with their sign, or a dash."""
    return MISSING if value is None else f"{value:+.1f} pp"


def age(seconds: float) -> str:
    """Return a duration in its largest whole unit, such as ``3 days``."""
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    for size, name in units:
        count = int(seconds // size)
        if count:
            return f"{count} {name}{'s' if count != 1 else ''}"
    return "less than a minute"


def sparkline(values: Sequence[float | None]) -> str:
    """Return ratios from 0 to 1 as little bars; a gap where there is none.

    Lines that vary little are stretched, to a range of at least 20 percentage points.

    Example:
        >>> sparkline([0.5, None, 1.0])
        '▁ █'
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    high = max(known)
    low = max(0.0, min(*known, high - _LEAST_RANGE))
    span = (high - low) or 1.0
    top = len(_BARS) - 1
    return "".join(
        " " if value is None else _BARS[round((value - low) / span * top)] for value in values
    )


def score(value: float | None, *, signed: bool = False) -> str:
    """Return a score between -1 and 1, or a dash."""
    if value is None:
        return MISSING
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def score_interval(bounds: tuple[float, float] | None) -> str:
    """Return two scores as a bracketed pair, or nothing."""
    return "" if bounds is None else f"[{bounds[0]:.3f}, {bounds[1]:.3f}]"


def p_value(value: float | None) -> str:
    """Return a p-value as people read it, or a dash."""
    if value is None:
        return MISSING
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def seconds(value: float | None) -> str:
    """Return a duration with three digits, or a dash."""
    return MISSING if value is None else f"{value:#.3g} s"


def dollars(value: str | None) -> str:
    """Return a decimal text of US dollars, every digit of it and two at least, or a dash."""
    if value is None:
        return MISSING
    whole, _, cents = f"{Decimal(value):f}".partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"
