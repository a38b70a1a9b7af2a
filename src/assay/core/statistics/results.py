"""The values that the statistics give back: plain, frozen, without behaviour."""

from dataclasses import dataclass
from typing import ClassVar, Literal


Alternative = Literal["two-sided", "a-better", "a-worse"]
"""What the test looks for: any difference, more successes of a, or fewer successes of a."""

TailMethod = Literal["mid-p", "exact"]
"""Whether the observed outcome counts half (mid-p) or in full (exact)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower end, in the unit of the estimate.
        high: Upper end, in the unit of the estimate.
        level: Confidence level, ratio in (0, 1).
        method: How it was computed, e.g. ``wilson``, ``tango``, ``bootstrap-bca``.
    """

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of a test of "a and b do equally well".

    Attributes:
        p_value: Ratio in (0, 1]; values under the smallest normal float are reported as that.
        test: The test that was really used, e.g. ``mcnemar-mid-p``.
        alternative: What was looked for.
        statistic: Successes of a beyond what "no change" expects (negative: a is worse).
        informative: How many cases could tell a from b at all (discordant pairs).
    """

    __test__: ClassVar[bool] = False  # the name starts like a test class; it is none

    p_value: float
    test: str
    alternative: Alternative
    statistic: float
    informative: int


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean difference a − b of paired values.

    Attributes:
        difference: Mean of a − b, in the unit of the values.
        interval: Bootstrap interval of the difference; None with fewer than two units.
        p_value: Two-sided p-value of "a and b are exchangeable within a pair", in (0, 1].
        test: The test that was really used, e.g. ``sign-flip``.
        units: How many independent units were resampled (pairs, or clusters).
    """

    difference: float
    interval: Interval | None
    p_value: float
    test: str
    units: int


@dataclass(frozen=True, slots=True)
class CaseMean:
    """A mean over cases that says over how many.

    Attributes:
        value: Mean over the cases where the quantity is defined, or None when there are none.
        cases: How many cases the mean is over.
        undefined: How many cases were left out because the quantity is undefined for them.
    """

    value: float | None
    cases: int
    undefined: int
