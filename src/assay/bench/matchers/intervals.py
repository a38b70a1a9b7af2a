"""Intervals of time or of any quantity, and how much two of them overlap."""

import math
import re
from dataclasses import dataclass
from typing import Any

from assay.bench.dotted_paths import PathNotFoundError, parse_path


_CLOCK = re.compile(r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d(?:[.,]\d{1,9})?)")


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` to ``end``, in seconds or another one unit; ``start <= end``."""

    start: float
    end: float


def iou(first: Interval, second: Interval) -> float:
    """Return intersection over union, from 0 to 1; two equal points overlap fully.

    Worked value: 0 to 10 and 5 to 15 share 5 of 15, one third.
    """
    if first == second:
        return 1.0
    common = min(first.end, second.end) - max(first.start, second.start)
    whole = max(first.end, second.end) - min(first.start, second.start)
    return max(0.0, common) / whole


def read_interval(value: Any, *, start: str, end: str, error: type[ValueError]) -> Interval:
    """Read an interval whose bounds are at two paths of ``value``; raise ``error`` otherwise."""
    try:
        low = read_seconds(parse_path(start).find(value))
        high = read_seconds(parse_path(end).find(value))
    except PathNotFoundError as failure:
        raise error(f"an interval has no bound: {failure}") from failure
    except ValueError as failure:
        raise error(str(failure)) from failure
    if high < low:
        raise error(f"an interval ends ({high:g}) before it starts ({low:g})")
    return Interval(low, high)


def read_seconds(value: Any) -> float:
    """Read a number, its text, ``MM:SS`` or ``HH:MM:SS`` with an optional fraction.

    Worked value: ``"01:02:03.5"`` is 3723.5.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(float(value))
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no time")  # noqa: TRY004  # one error for every bad bound
    text = value.strip().strip("[]")
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    try:
        return _finite(float(text))
    except ValueError as failure:
        raise ValueError(f"{value!r} is no time; expected seconds, MM:SS or HH:MM:SS") from failure


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{number} is no time")
    return number
