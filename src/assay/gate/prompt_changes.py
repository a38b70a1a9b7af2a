"""Which prompts changed between two runs, and what the last such change did.

The baseline of a run is the run before it, and that one often has the same prompts already:
registering a version runs the core suite, the full suite then runs it again. The rule stays,
and beside it stands the comparison with the newest complete run of other prompt versions.
"""

from collections.abc import Sequence

from assay.core.eval_runs import CaseRecord
from assay.gate.cases import by_case, flipped_cases
from assay.gate.config import GateConfig
from assay.gate.results import PromptChange, SincePromptChange, TrendPoint
from assay.gate.verdicts import below, difference_pp


LOOK_BACK = 20
"""Among how many newest runs one with other prompts is looked for: a second page, no more."""


def changed_prompts(baseline: TrendPoint, current: TrendPoint) -> list[PromptChange]:
    """Return the prompts whose version is not the same in both runs, by name."""
    before, after = baseline.prompt_versions, current.prompt_versions
    return [
        PromptChange(current.timestamp, current.run_id, name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def last_before_change(
    newest_first: Sequence[TrendPoint], current: TrendPoint, baseline: TrendPoint
) -> TrendPoint | None:
    """Return the newest complete run before ``current`` that had other prompt versions.

    None where the baseline itself had other ones: then the report compares with those
    already. Runs that name no prompts say nothing.
    """
    if not current.prompt_versions or baseline.prompt_versions != current.prompt_versions:
        return None
    place = next((i for i, each in enumerate(newest_first) if each.run_id == current.run_id), None)
    before = (
        newest_first[place + 1 :]
        if place is not None
        else [each for each in newest_first if each.timestamp < current.timestamp]
    )
    return next(
        (
            point
            for point in before
            if point.can_be_baseline
            and point.prompt_versions
            and point.prompt_versions != current.prompt_versions
        ),
        None,
    )


def needs_longer_look(
    newest_first: Sequence[TrendPoint],
    current: TrendPoint,
    baseline: TrendPoint,
    *,
    config: GateConfig,
) -> bool:
    """Whether to read on for the run before the last change: only for one below its threshold.

    A fall above the threshold is reported where the change is among the runs that are read
    anyway.
    """
    return (
        bool(current.prompt_versions)
        and baseline.prompt_versions == current.prompt_versions
        and _is_below(current, config)
        and len(newest_first) < LOOK_BACK
        and last_before_change(newest_first, current, baseline) is None
    )


def worth_telling(before: TrendPoint, current: TrendPoint, *, config: GateConfig) -> bool:
    """Whether the run is below its threshold, or below the last one with other prompts."""
    return _is_below(current, config) or _delta(before, current) < 0


def since_prompt_change(
    before: TrendPoint,
    current: TrendPoint,
    *,
    before_cases: Sequence[CaseRecord] | None,
    current_cases: Sequence[CaseRecord] | None,
) -> SincePromptChange:
    """Compare a run with the last one of other prompt versions."""
    return SincePromptChange(
        run_id=before.run_id,
        timestamp=before.timestamp,
        pass_rate=before.pass_rate or 0.0,
        delta_pp=_delta(before, current),
        changed_prompts=tuple(changed_prompts(before, current)),
        flipped_cases=tuple(
            flipped_cases(by_case(before_cases or ()), by_case(current_cases or ()))
        ),
    )


def _is_below(current: TrendPoint, config: GateConfig) -> bool:
    threshold = current.threshold
    if threshold is None:
        threshold = config.eval_type(current.eval_type).threshold
    return below(current.pass_rate or 0.0, threshold)


def _delta(before: TrendPoint, current: TrendPoint) -> float:
    return difference_pp(before.pass_rate or 0.0, current.pass_rate or 0.0)
