"""By simulation: the evidence keeps its level where the bare threshold cries wolf, and finds drops."""

import math
import random

import pytest
from benchmarks.gate_evidence import (
    SUITE_SIZES,
    false_alarms,
    power_of_stated_drop,
    power_with_noise,
)

from assay.gate.check import check_all_regressions
from assay.gate.config import GateConfig
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import put, table


def _noise(rate: float, builds: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(rate * (1 - rate) / builds)


@pytest.mark.parametrize(
    ("rate", "repeats", "bare"), [(0.95, 1, 0.5), (0.90, 1, 0.9), (0.90, 3, 0.5), (0.90, 5, 0.1)]
)
def test_unchanged_candidates_alarm_the_threshold_and_not_the_evidence(rate, repeats, bare):
    rates = false_alarms(rate=rate, repeats=repeats, builds=120, seed=7)

    assert rates.threshold > bare
    assert rates.evidence <= 0.05 + _noise(0.05, rates.builds)


@pytest.mark.parametrize("repeats", [1, 3, 5])
@pytest.mark.parametrize("cases", [5, 10, 30])
def test_the_drop_that_is_stated_is_found_in_four_of_five_attempts(cases, repeats):
    drop, found = power_of_stated_drop(cases=cases, repeats=repeats, builds=400, seed=11)

    assert drop is not None
    assert 0.8 - _noise(0.8, 400) <= found <= 0.8 + _noise(0.8, 400)


@pytest.mark.parametrize(
    ("cases", "repeats", "power"),
    [(10, 1, 0.10), (10, 3, 0.57), (10, 5, 0.73), (30, 1, 0.58), (30, 3, 0.92), (30, 5, 0.97)],
)
def test_noisy_suites_find_a_broken_fifth_as_often_as_published_simulations(cases, repeats, power):
    found = power_with_noise(cases=cases, repeats=repeats, builds=300, seed=3)

    assert power == pytest.approx(found, abs=0.12)


def test_whole_checks_over_eighteen_unchanged_suites_prove_no_fall():
    """Through the ledger: the bare rule calls most of these builds a regression."""
    chance = random.Random(5)
    regressions = proven = 0
    for _ in range(12):
        ledger = MemoryLedger()
        for number, size in enumerate(SUITE_SIZES):
            for _run in range(2):
                letters = "".join("p" if chance.random() < 0.9 else "f" for _ in range(size))
                rate = letters.count("p") / size
                put(ledger, f"assay-s{number:02d}", rate, total=size, cases=table(letters))
        result = check_all_regressions(ledger, GateConfig())
        softened = check_all_regressions(ledger, GateConfig(), require_evidence=True)
        regressions += result.has_regressions
        proven += any(report.evidence == "worse" for report in result.reports)
        assert not softened.has_regressions

    assert regressions > 6
    assert 0 == proven
