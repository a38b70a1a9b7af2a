"""What a rule says of one value."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict, a number, or both; ``passed`` None leaves it to the metric's range."""

    value: float
    passed: bool | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def verdict(passed: bool, reason: str | None = None) -> Verdict:
    """Return a plain verdict, with a reason where it did not pass."""
    return Verdict(float(passed), passed, None if passed else reason)
