"""False alarms and found drops of the gate, by simulation: the bare threshold beside the evidence.

Run from the repository root: ``python benchmarks/gate_evidence.py`` (about half a minute).
Every figure is seeded; the tests hold the same functions to their levels with fewer builds.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.statistics import holm
from assay.gate.evidence import paired_tests
from assay.gate.planning import smallest_drop
from assay.gate.verdicts import below


ALPHA = 0.05
THRESHOLD = 0.8
SUITE_SIZES = (3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 10, 10, 11, 12, 12, 13, 14, 15)
"""Eighteen suites of the size that people really write."""

REPEATS = (1, 3, 5)

PerCase = list[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class AlarmRates:
    """Shares of builds with at least one false alarm over all suites."""

    threshold: float
    evidence: float
    builds: int


def false_alarms(*, rate: float, repeats: int, builds: int, seed: int) -> AlarmRates:
    """Compare a candidate with itself: every alarm is false.

    Args:
        rate: True pass rate of every case.
        repeats: Trials per case and run.
        builds: How many builds of all suites are simulated.
        seed: Whole number; the same seed gives the same rates.
    """
    chance = random.Random(seed)
    bare = proven = 0
    for _ in range(builds):
        suites = [_pair([rate] * size, [rate] * size, repeats, chance) for size in SUITE_SIZES]
        bare += any(below(_pass_rate(cases), THRESHOLD) for cases in suites)
        adjusted = holm([paired_tests(cases)[0].p_value for cases in suites])
        proven += min(adjusted) <= ALPHA
    return AlarmRates(bare / builds, proven / builds, builds)


def power_of_stated_drop(
    *, cases: int, repeats: int, builds: int, seed: int
) -> tuple[float | None, float]:
    """Break cases as often as the gate says it would find in four of five attempts.

    Returns:
        The stated drop, a ratio, and the share of builds in which it was found.
    """
    chance = random.Random(seed)
    drop = smallest_drop(cases, repeats=repeats, level=ALPHA)
    if drop is None:
        return None, 0.0
    found = 0
    for _ in range(builds):
        after = [float(chance.random() >= drop) for _ in range(cases)]
        found += _is_found(_pair([1.0] * cases, after, repeats, chance))
    return drop, found / builds


def power_with_noise(
    *, cases: int, repeats: int, builds: int, seed: int, broken: float = 0.2
) -> float:
    """Break a fifth of cases of which some pass by luck: 70 % sure, 20 % at 0.9, 10 % at 0.5."""
    chance = random.Random(seed)
    found = 0
    for _ in range(builds):
        before = [_difficulty(chance.random()) for _ in range(cases)]
        after = [0.0 if chance.random() < broken else rate for rate in before]
        found += _is_found(_pair(before, after, repeats, chance))
    return found / builds


def _difficulty(draw: float) -> float:
    return 1.0 if draw < 0.7 else 0.9 if draw < 0.9 else 0.5


def _pair(
    before: Sequence[float], after: Sequence[float], repeats: int, chance: random.Random
) -> PerCase:
    return [
        (_passed(new, repeats, chance), repeats, _passed(old, repeats, chance), repeats)
        for old, new in zip(before, after, strict=True)
    ]


def _passed(rate: float, repeats: int, chance: random.Random) -> int:
    return sum(chance.random() < rate for _ in range(repeats))


def _pass_rate(cases: PerCase) -> float:
    return sum(passed for passed, *_ in cases) / sum(judged for _, judged, *_ in cases)


def _is_found(cases: PerCase) -> bool:
    return paired_tests(cases)[0].p_value <= ALPHA


def main() -> None:
    """Print both tables."""
    print("A/A: at least one false alarm over 18 suites of 3 to 15 cases, share of builds")
    print("true rate  repeats  threshold rule  evidence (level 5 %)")
    for rate in (0.95, 0.9):
        for repeats in REPEATS:
            rates = false_alarms(rate=rate, repeats=repeats, builds=400, seed=1)
            print(f"{rate:9.2f}  {repeats:7d}  {rates.threshold:14.3f}  {rates.evidence:8.3f}")
    print("\nDrops: found at a level of 5 %, one suite, share of builds")
    print("cases  repeats  stated drop (power 0.80)  found  a fifth broken, noisy cases: found")
    for cases in (5, 10, 30, 100):
        for repeats in REPEATS:
            drop, found = power_of_stated_drop(cases=cases, repeats=repeats, builds=600, seed=2)
            noisy = power_with_noise(cases=cases, repeats=repeats, builds=600, seed=3)
            stated = "none" if drop is None else f"{drop:.3f}"
            print(f"{cases:5d}  {repeats:7d}  {stated:>24}  {found:5.2f}  {noisy:34.2f}")


if __name__ == "__main__":
    main()
