"""What every function here refuses at its door, with one wording."""

import math
import operator
from collections.abc import Iterable, Sequence


def require_count(name: str, value: int) -> int:
    """Return ``value`` as an int if it is a whole number >= 0.

    Raises:
        ValueError: It is negative or not a whole number.
    """
    try:
        count = operator.index(value)
    except TypeError:
        msg = f"{name} must be a whole number >= 0, got {value!r}"
        raise ValueError(msg) from None
    if count < 0:
        raise ValueError(f"{name} must be a whole number >= 0, got {count}")
    return count


def require_positive(name: str, value: int) -> int:
    """Return ``value`` as an int if it is a whole number >= 1.

    Raises:
        ValueError: It is less than 1 or not a whole number.
    """
    count = require_count(name, value)
    if count == 0:
        raise ValueError(f"{name} must be a whole number >= 1, got 0")
    return count


def require_probability(name: str, value: float) -> float:
    """Return ``value`` if it is in [0, 1].

    Raises:
        ValueError: It is outside, or NaN.
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be a ratio between 0 and 1, got {value!r}")
    return float(value)


def require_open_ratio(name: str, value: float) -> float:
    """Return ``value`` if it is in (0, 1), ends excluded.

    Raises:
        ValueError: It is outside, or NaN.
    """
    if not 0.0 < value < 1.0:
        raise ValueError(
            f"{name} must be a ratio strictly between 0 and 1 (0.95, not 95), got {value!r}"
        )
    return float(value)


def require_choice(name: str, value: str, *, choices: tuple[str, ...]) -> None:
    """Accept ``value`` if it is one of ``choices``.

    Raises:
        ValueError: It is not.
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def require_finite(name: str, values: Iterable[float]) -> list[float]:
    """Return ``values`` as a list of floats if each is a finite number.

    Raises:
        ValueError: One is NaN, infinite or no number; the message names its position.
    """
    values = values if isinstance(values, Sequence) else list(values)
    try:
        quick = list(map(float, values))
    except (TypeError, ValueError):
        quick = [math.nan]
    finite = math.isfinite(sum(quick)) or all(map(math.isfinite, quick))
    return quick if finite else _slowly(name, values)


def _slowly(name: str, values: Iterable[float]) -> list[float]:
    """Check number by number, to say which it is."""
    numbers: list[float] = []
    for position, value in enumerate(values):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(
                f"{name}[{position}] must be a finite number, got {value!r}; "
                "leave missing values out and report how many are missing"
            )
        numbers.append(number)
    return numbers
