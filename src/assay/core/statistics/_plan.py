"""The settings that every bootstrap shares, checked once. Free of NumPy."""

from dataclasses import dataclass, replace

from assay.core.statistics._checks import (
    require_choice,
    require_count,
    require_open_ratio,
    require_positive,
)
from assay.core.statistics.results import Interval


FEWEST_RESAMPLES = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """How to resample.

    Attributes:
        seed: Whole number >= 0.
        level: Confidence level, ratio in (0, 1).
        resamples: How many resamples.
        method: ``bca`` or ``percentile``.
        scale: Power of two by which the values were divided, so that squares and cubes neither
            overflow nor vanish.
    """

    seed: int
    level: float
    resamples: int
    method: str
    scale: float = 1.0

    def __post_init__(self) -> None:
        require_count("seed", self.seed)
        require_open_ratio("level", self.level)
        require_choice("method", self.method, choices=("bca", "percentile"))
        if require_positive("resamples", self.resamples) < FEWEST_RESAMPLES:
            raise ValueError(f"resamples must be at least {FEWEST_RESAMPLES}, got {self.resamples}")

    def scaled(self, scale: float) -> "Plan":
        """Return the same plan for values divided by ``scale``."""
        return replace(self, scale=scale)

    def interval(self, low: float, high: float, *, suffix: str = "") -> Interval:
        """Return the interval in the original unit of the values."""
        return Interval(
            low=low * self.scale,
            high=high * self.scale,
            level=self.level,
            method=f"bootstrap-{self.method}{suffix}",
        )
