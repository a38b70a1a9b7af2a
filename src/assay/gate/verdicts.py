"""The four verdicts, in the order they are looked for."""

from assay.gate.config import GateConfig
from assay.gate.results import EvalStatus, TrendPoint, Verdict


_RATE_DECIMALS = 9  # far finer than any dataset, far coarser than the noise of floats


def difference_pp(baseline: float, current: float) -> float:
    """Return current less baseline in percentage points, to 6 decimals.

    Example:
        >>> difference_pp(0.9, 0.8)
        -10.0
    """
    return round((current - baseline) * 100, 6)


def below(rate: float, threshold: float) -> bool:
    """Return whether a rate is below a threshold, blind to the last digits of floats."""
    return round(rate, _RATE_DECIMALS) < round(threshold, _RATE_DECIMALS)


def judge(
    delta_pp: float, current: float, *, threshold: float, warn_drop_pp: float = 10.0
) -> Verdict:
    """Return the verdict of a complete run, by the first rule that holds.

    1. REGRESSION: the current rate is below the threshold.
    2. WARNING: it fell by ``warn_drop_pp`` or more.
    3. IMPROVED: it rose.
    4. PASS.

    Example:
        >>> judge(-12.0, 0.78, threshold=0.8), judge(-10.0, 0.8, threshold=0.8)
        (<Verdict.REGRESSION: 'REGRESSION'>, <Verdict.WARNING: 'WARNING'>)
    """
    if below(current, threshold):
        return Verdict.REGRESSION
    if delta_pp < 0 and delta_pp <= -warn_drop_pp:
        return Verdict.WARNING
    return Verdict.IMPROVED if delta_pp > 0 else Verdict.PASS


def judge_point(
    delta_pp: float, current: TrendPoint, *, threshold: float, config: GateConfig, missing: float
) -> Verdict:
    """Return the verdict of a run, which for a partial one is never IMPROVED.

    A partial run is judged by the same rules, but a rate over the cases that happened to
    answer proves no rise: IMPROVED becomes PASS. With more than the tolerated share of
    ``missing`` verdicts it is not known to pass either: what would be PASS is WARNING.
    """
    verdict = judge(
        delta_pp, current.pass_rate or 0.0, threshold=threshold, warn_drop_pp=config.warn_drop_pp
    )
    if current.eval_status is EvalStatus.COMPLETE or verdict is Verdict.REGRESSION:
        return verdict
    return Verdict.WARNING if missing > config.missing_tolerance else _not_improved(verdict)


def _not_improved(verdict: Verdict) -> Verdict:
    return Verdict.PASS if verdict is Verdict.IMPROVED else verdict
