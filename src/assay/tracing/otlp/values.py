"""Attribute values made JSON, and identifiers made hex; shared by both encodings."""

import math
from typing import Any


KINDS = ("", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
"""Span kinds by their number; 0 is unspecified."""

STATUS_ERROR = 2
MAX_NS = 2**63 - 1
_DEEPEST = 32


class MalformedTracesError(ValueError):
    """The body is no trace export; the message says what is wrong with it."""


class RejectedSpanError(ValueError):
    """One span cannot be kept; the message says why."""


def finite(number: float) -> float | str:
    """Return ``number``, or its name where JSON has no form for it."""
    if math.isfinite(number):
        return number
    if math.isnan(number):
        return "nan"
    return "inf" if number > 0 else "-inf"


def deeper(depth: int) -> int:
    """Return the next depth of nesting.

    Raises:
        RejectedSpanError: If it is deeper than a value may be.
    """
    if depth >= _DEEPEST:
        raise RejectedSpanError(f"an attribute is nested deeper than {_DEEPEST} levels")
    return depth + 1


def whole_id(text: str, *, digits: int, what: str) -> str:
    """Return a trace or span id of ``digits`` hex digits, lower case.

    Raises:
        RejectedSpanError: If it is not one, or all zeros.
    """
    lowered = text.lower()
    if len(lowered) != digits or not set(lowered) <= set("0123456789abcdef"):
        raise RejectedSpanError(f"{what} {text[:40]!r} is not {digits} hex digits")
    if not lowered.strip("0"):
        raise RejectedSpanError(f"{what} is all zeros")
    return lowered


def mapping_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return attributes as a mapping; of equal keys the last one stays."""
    return {key: value for key, value in pairs if key}
