"""What a comparison of one answer with its gold gave."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Counts:
    """Items found and right (``tp``), found and wrong (``fp``), missed (``fn``)."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float | None:
        """TP/(TP+FP): the share of what was found that is right; None if nothing was found."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """TP/(TP+FN), completeness: the share of gold that was found; None without gold."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        """2 TP/(2 TP + FP + FN); None if there was nothing to find and nothing was found."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def hallucination_rate(self) -> float | None:
        """FP/(TP+FP), the complement of precision; None if nothing was found."""
        return ratio(self.fp, self.tp + self.fp)

    @property
    def perfect(self) -> bool:
        """Whether everything was found and nothing besides."""
        return self.fp == 0 and self.fn == 0


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole, or None where the whole is nothing."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far one single value agrees with another.

    Attributes:
        similarity: From 0 to 1; symmetric in the two values.
        agrees: The verdict.
    """

    similarity: float
    agrees: bool

    @classmethod
    def of(cls, verdict: bool) -> "Agreement":
        """Return full or no agreement."""
        return cls(1.0 if verdict else 0.0, verdict)


@dataclass(frozen=True, slots=True)
class MatchOutcome:
    """The verdict of a matcher on one answer.

    Attributes:
        value: From 0 to 1; None where it is undefined (nothing to find, nothing found).
        details: JSON; ``tp``, ``fp`` and ``fn`` for lists, ``fields`` for records.
    """

    value: float | None
    passed: bool
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


class UnusableGoldError(ValueError):
    """The gold itself cannot be compared with anything; the datapoint is at fault."""


class UnusableAnswerError(ValueError):
    """The answer is not of the kind that the matcher compares."""
