"""Scores: the verdict of one evaluator on one datapoint."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ScoreStatus(StrEnum):
    """What became of one evaluation; only ``SCORED`` counts in any metric."""

    SCORED = "scored"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict of one evaluator on one output.

    Attributes:
        name: The evaluator's name, ``snake_case``; extras are ``<name>_<key>``.
        status: Whether there is a verdict at all.
        value: A finite number, or None for a label or an error.
        label: A text verdict, or None.
        passed: True or False where the evaluator decides, else None.
        reason: Why, in plain words, or the error's message.
        details: JSON extras, such as true and false positives of a matcher.
    """

    name: str
    status: ScoreStatus = ScoreStatus.SCORED
    value: float | None = None
    label: str | None = None
    passed: bool | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse NaN and infinities at the door."""
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"Score {self.name!r} has the value {self.value}; it must be finite.")
