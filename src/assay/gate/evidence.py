"""What the cases prove: worse, not worse, or inconclusive, and on what ground.

Every case is accounted for first; only then is anything tested. Two steps, because the
correction for many suites needs all of them: ``measure`` looks at one pair of runs,
``conclude`` at all pairs of a check. See ``docs/design/0006-gate.md``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from assay.core.eval_runs import CaseRecord
from assay.core.statistics import (
    Interval,
    TestResult,
    bootstrap_interval,
    holm,
    mcnemar,
    paired_bootstrap,
    paired_difference_interval,
    wilson_interval,
)
from assay.core.statistics import within_case_test as exact_test
from assay.gate.cases import Table, account, account_totals, by_case, counts, is_error, rate_bounds
from assay.gate.comparability import case_differences, digest_differences
from assay.gate.config import GateConfig
from assay.gate.planning import (
    PerCase,
    cases_to_clear,
    cases_to_show_drop,
    lower_bound,
    repeats_needed,
    smallest_drop,
    trials_per_case,
)
from assay.gate.results import (
    Accounting,
    EvidenceDetails,
    Finding,
    ScoreEvidence,
    TrendPoint,
)


RESAMPLES = 2_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One pair of runs, measured but not yet judged.

    Attributes:
        details: All that does not depend on the other suites.
        obstacle: Why nothing can be said; None where the test is valid.
        per_case: The trials that were tested.
        lower: One-sided lower bound of the difference, ratio.
    """

    details: EvidenceDetails
    obstacle: str | None
    per_case: PerCase = ()
    lower: float | None = None

    @property
    def missing_share(self) -> float:
        """The share of the current run's trials without a verdict."""
        accounting = self.details.current_cases
        return accounting.without_verdict_share if accounting is not None else 0.0


def measure(
    baseline: TrendPoint,
    current: TrendPoint,
    *,
    config: GateConfig,
    baseline_cases: Sequence[CaseRecord] | None,
    current_cases: Sequence[CaseRecord] | None,
) -> Measured:
    """Measure one pair of runs.

    One trial per case and run: McNemar's mid-p test, one-sided, and Tango's interval. Several:
    the exact test within cases, and the bootstrap over whole cases.
    """
    if not baseline_cases or not current_cases:
        return _from_totals(baseline, current, config=config, missing_table=not current_cases)
    before, after = by_case(baseline_cases), by_case(current_cases)
    details = _described(baseline, current, before=before, after=after, config=config)
    obstacle = _obstacle(details, config)
    if obstacle is not None:
        return Measured(details, obstacle)
    return _tested(details, before, after, config=config)


def conclude(
    measured: Sequence[Measured], *, gating: Sequence[bool], config: GateConfig
) -> list[tuple[Finding, EvidenceDetails]]:
    """Judge all pairs of a check together.

    Worse: the p-value, after Holm's correction over the gating pairs, is at most ``alpha``.
    Not worse: the one-sided lower bound of the difference lies above the margin. Else
    inconclusive. A pair that does not gate is judged by its own p-value.
    """
    family = [
        place
        for place, (pair, gates) in enumerate(zip(measured, gating, strict=True))
        if gates and pair.details.p_value is not None
    ]
    p_values = [measured[place].details.p_value or 0.0 for place in family]
    adjusted = dict(zip(family, holm(p_values), strict=True))
    return [
        _judged(pair, adjusted[place], len(family), config=config)
        if place in adjusted
        else _judged(pair, pair.details.p_value, 1, config=config)
        for place, pair in enumerate(measured)
    ]


# --- describing ---------------------------------------------------------------------------------


def _from_totals(
    baseline: TrendPoint, current: TrendPoint, *, config: GateConfig, missing_table: bool
) -> Measured:
    """Show what totals can show; they say nothing about the same cases."""
    which = current.run_id if missing_table else baseline.run_id
    before, after = account_totals(baseline), account_totals(current)
    details = EvidenceDetails(
        reason="",
        differences=tuple(digest_differences(baseline, current)),
        baseline_interval=baseline.interval,
        current_interval=current.interval,
        baseline_cases=before,
        current_cases=after,
        difference_interval=_unpaired(baseline, current, config.confidence),
        bounds_pp=_bounds(before, after),
        margin_pp=config.non_inferiority_margin_pp,
        alpha=config.alpha,
    )
    return Measured(
        details,
        f"The run {which} has no per-case table, and totals alone do not show which cases "
        "changed; log one row per case to compare the same cases.",
    )


def _unpaired(baseline: TrendPoint, current: TrendPoint, confidence: float) -> Interval | None:
    """Newcombe's hybrid score interval of two independent rates (1998, Stat. Med. 17:873)."""
    one, two = current.interval, baseline.interval
    if one is None or two is None or current.pass_rate is None or baseline.pass_rate is None:
        return None
    rate, other = current.pass_rate, baseline.pass_rate
    difference = rate - other
    down = math.hypot(rate - one.low, two.high - other)
    up = math.hypot(one.high - rate, other - two.low)
    return Interval(
        max(-1.0, difference - down), min(1.0, difference + up), confidence, "newcombe-unpaired"
    )


def _described(
    baseline: TrendPoint, current: TrendPoint, *, before: Table, after: Table, config: GateConfig
) -> EvidenceDetails:
    accounts = [
        account(before, baseline, expected_ids=before),
        account(after, current, expected_ids=before),
    ]
    differences = [*digest_differences(baseline, current), *case_differences(before, after)]
    return EvidenceDetails(
        reason="",
        comparable=not differences,
        differences=tuple(differences),
        notes=tuple(_notes(baseline, current, accounts=accounts)),
        repeats=max(len(trials) for trials in after.values()),
        baseline_interval=_rate_interval(before, config.confidence),
        current_interval=_rate_interval(after, config.confidence),
        baseline_cases=accounts[0],
        current_cases=accounts[1],
        bounds_pp=_bounds(*accounts),
        margin_pp=config.non_inferiority_margin_pp,
        alpha=config.alpha,
    )


def _rate_interval(table: Table, confidence: float) -> Interval | None:
    """Wilson over cases: repeats of a case, however many, say no more than the case."""
    rates = [passed / judged for passed, judged in map(counts, table.values()) if judged]
    return wilson_interval(round(math.fsum(rates)), len(rates), level=confidence)


def _notes(
    baseline: TrendPoint, current: TrendPoint, *, accounts: Sequence[Accounting]
) -> Iterable[str]:
    if baseline.dataset_digest is None or current.dataset_digest is None:
        yield "No dataset digest was logged; cases are matched by id."
    for point, accounting in zip((baseline, current), accounts, strict=True):
        judged = accounting.passed + accounting.failed
        rate = accounting.passed / judged if judged else None
        if rate is not None and point.pass_rate is not None and abs(rate - point.pass_rate) > 0.005:
            yield (
                f"The per-case table of {point.run_id} gives a pass rate of {rate:.1%}, "
                f"its metric says {point.pass_rate:.1%}."
            )


def _bounds(before: Accounting | None, after: Accounting | None) -> tuple[float, float] | None:
    """Return the difference the trials without verdict leave open; None if there are none."""
    if before is None or after is None:
        return None
    if not before.errors + before.missing + after.errors + after.missing:
        return None
    one, two = rate_bounds(after), rate_bounds(before)
    if one is None or two is None:
        return None
    return round((one[0] - two[1]) * 100, 6), round((one[1] - two[0]) * 100, 6)


def _obstacle(details: EvidenceDetails, config: GateConfig) -> str | None:
    if details.differences:
        return f"The runs cannot be compared: {'; '.join(details.differences)}."
    for name, accounting in (
        ("baseline", details.baseline_cases),
        ("current run", details.current_cases),
    ):
        if accounting is not None and accounting.without_verdict_share > config.missing_tolerance:
            lost = accounting.errors + accounting.missing
            return (
                f"{lost} of {accounting.expected} trials of the {name} have no verdict "
                f"({accounting.errors} errors, {accounting.missing} missing), more than the "
                f"tolerated {config.missing_tolerance:.0%}{_open(details)}."
            )
    return None


def _open(details: EvidenceDetails) -> str:
    if details.bounds_pp is None:
        return ""
    low, high = details.bounds_pp
    return f"; the difference may be anything from {low:+.1f} to {high:+.1f} pp"


# --- testing ------------------------------------------------------------------------------------


def _tested(
    details: EvidenceDetails, before: Table, after: Table, *, config: GateConfig
) -> Measured:
    per_case = [
        (*counts(after[case_id]), *counts(before[case_id]))
        for case_id in sorted(before.keys() & after.keys())
    ]
    per_case = [case for case in per_case if case[1] and case[3]]
    if not per_case:
        return Measured(details, "No case has a verdict in both runs.")
    worse, better = paired_tests(per_case)
    fall, rise = _moved(per_case)
    details = replace(
        details,
        cases_compared=len(per_case),
        cases_worse=sum(a * m < b * n for a, n, b, m in per_case),
        cases_better=sum(a * m > b * n for a, n, b, m in per_case),
        test=worse.test,
        p_value=worse.p_value,
        p_value_better=better.p_value,
        difference_interval=_difference(per_case, level=config.confidence),
        score=_score(before, after, config=config),
    )
    lower = lower_bound(
        math.ceil(fall - 1e-9), math.floor(rise + 1e-9), len(per_case), level=config.alpha
    )
    return Measured(details, None, per_case=per_case, lower=lower)


def paired_tests(per_case: PerCase) -> tuple[TestResult, TestResult]:
    """Return the one-sided tests of "worse" and of "better".

    Args:
        per_case: Per case the passed and judged trials of the current run, then of the
            baseline; both judged at least once.
    """
    if not _is_single(per_case):
        return (
            exact_test(per_case, alternative="a-worse"),
            exact_test(per_case, alternative="a-better"),
        )
    lost, gained = map(round, _moved(per_case))
    return (
        mcnemar(gained, lost, alternative="a-worse"),
        mcnemar(gained, lost, alternative="a-better"),
    )


def _is_single(per_case: PerCase) -> bool:
    return all(n == m == 1 for _, n, _, m in per_case)


def _moved(per_case: PerCase) -> tuple[float, float]:
    """Return by how many cases' worth the rate fell where it fell, and rose where it rose.

    With repeats a case moves by a part. Rounded away from "not worse", these take the place
    of discordant pairs in the lower bound, which is then wider than it need be and never of
    zero width: repeats of few cases say little about the next ones.
    """
    differences = [a / n - b / m for a, n, b, m in per_case]
    return math.fsum(-d for d in differences if d < 0), math.fsum(d for d in differences if d > 0)


def _difference(per_case: PerCase, *, level: float) -> Interval | None:
    """Tango's; with repeats the bootstrap over whole cases, unless they all moved alike.

    Resamples of equal differences are all equal too: that interval would have no width.
    """
    differences = [a / n - b / m for a, n, b, m in per_case]
    if _is_single(per_case) or len({round(each, 9) for each in differences}) == 1:
        lost, gained = map(round, _moved(per_case))
        same = len(per_case) - lost - gained
        return paired_difference_interval(gained, lost, 0, same, level=level)
    return bootstrap_interval(differences, seed=_SEED, level=level, resamples=RESAMPLES)


def _score(before: Table, after: Table, *, config: GateConfig) -> ScoreEvidence | None:
    """Compare the mean scores of the same cases, unless they only repeat the verdicts."""
    pairs = [
        (current, baseline)
        for case_id in sorted(before.keys() & after.keys())
        if (current := _mean_score(after[case_id])) is not None
        and (baseline := _mean_score(before[case_id])) is not None
    ]
    trials = (record for table in (before, after) for case in table.values() for record in case)
    if not pairs or all(record.score in {None, 0.0, 1.0} for record in trials):
        return None
    result = paired_bootstrap(
        [current for current, _ in pairs],
        [baseline for _, baseline in pairs],
        seed=_SEED,
        level=config.confidence,
        resamples=RESAMPLES,
    )
    if result is None:
        return None
    return ScoreEvidence(
        difference=result.difference,
        interval=result.interval,
        p_value=result.p_value,
        test=result.test,
        cases=len(pairs),
    )


def _mean_score(trials: Sequence[CaseRecord]) -> float | None:
    """Return a case's mean score over its repeats: the case, not the repeat, is the unit."""
    scores = [
        record.score
        for record in trials
        if not is_error(record) and record.score is not None and math.isfinite(record.score)
    ]
    return fmean(scores) if scores else None


# --- judging ------------------------------------------------------------------------------------


def _judged(
    pair: Measured, adjusted: float | None, family: int, *, config: GateConfig
) -> tuple[Finding, EvidenceDetails]:
    if pair.obstacle is not None or adjusted is None or pair.lower is None:
        return Finding.INCONCLUSIVE, replace(pair.details, reason=pair.obstacle or "")
    margin = config.non_inferiority_margin_pp
    details = replace(
        pair.details,
        adjusted_p_value=adjusted,
        suites_in_family=family,
        lower_bound_pp=round(pair.lower * 100, 6),
        smallest_detectable_drop_pp=_detectable_pp(pair, family, config=config),
    )
    told = f"{details.cases_worse} of {details.cases_compared} cases worse, {details.cases_better} better"
    if adjusted <= config.alpha:
        corrected = f" after correction for {family} suites" if family > 1 else ""
        reason = f"{told}: p = {adjusted:.3g}{corrected}."
        return Finding.WORSE, replace(details, reason=reason)
    if pair.lower * 100 > -margin:
        reason = f"{told}: a fall of {margin:g} pp or more is ruled out."
        return Finding.NOT_WORSE, replace(details, reason=reason)
    return Finding.INCONCLUSIVE, _undecided(details, pair, told=told, config=config)


def _level(family: int, config: GateConfig) -> float:
    """Return the level that the smallest p-value of the family has to reach."""
    return config.alpha / max(1, family)


def _detectable_pp(pair: Measured, family: int, *, config: GateConfig) -> float | None:
    drop = smallest_drop(
        len(pair.per_case), repeats=trials_per_case(pair.per_case), level=_level(family, config)
    )
    return None if drop is None else round(drop * 100, 6)


def _undecided(
    details: EvidenceDetails, pair: Measured, *, told: str, config: GateConfig
) -> EvidenceDetails:
    """Say how many repeats or cases would decide."""
    level = _level(details.suites_in_family or 1, config)
    n = len(pair.per_case)
    fall, rise = _moved(pair.per_case)
    repeats = repeats_needed(pair.per_case, level=level) if fall > rise else None
    cases = cases_to_show_drop(fall / n, rise / n, level=level)
    if cases is None:
        margin = config.non_inferiority_margin_pp / 100
        cases = cases_to_clear(fall / n, rise / n, margin=margin, level=config.alpha)
    remedy = [f"{repeats} repeats of each case"] if repeats is not None else []
    remedy += [f"about {cases} cases"] if cases is not None else []
    wanted = f"; {' or '.join(remedy)} would decide" if remedy else ""
    return replace(
        details,
        repeats_needed=repeats,
        cases_needed=cases,
        reason=f"{told}: neither a fall nor its absence is shown{wanted}.",
    )
