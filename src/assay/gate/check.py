"""Checks every eval type's newest run against its baseline: verdict by rule, evidence beside it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.core.errors import NotFoundError
from assay.core.eval_runs import CaseRecord
from assay.core.ledger import RunLedger
from assay.gate.baselines import get_baseline_run, pinned_run_id
from assay.gate.cases import by_case, flipped_cases
from assay.gate.config import GateConfig
from assay.gate.evidence import Measured, conclude, measure
from assay.gate.history import EvalLine, get_eval_experiments, newest_points
from assay.gate.points import read_point
from assay.gate.prompt_changes import (
    changed_prompts,
    last_before_change,
    needs_longer_look,
    since_prompt_change,
    worth_telling,
)
from assay.gate.results import (
    CheckResult,
    EvalStatus,
    EvidenceDetails,
    Finding,
    PromptChange,
    RegressionReport,
    Skipped,
    TrendPoint,
    Verdict,
)
from assay.gate.verdicts import difference_pp, judge_point


FIRST_RUNS = 4
"""How many runs per eval type are read at first: most often the two that count are among them."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two runs to compare; ``notes`` say what else a reader must know.

    ``before_change`` is the last run with other prompts, where that has to be told.
    """

    baseline: TrendPoint
    current: TrendPoint
    pinned: bool = False
    notes: tuple[str, ...] = field(default=())
    before_change: TrendPoint | None = None


def compare_runs(
    baseline: TrendPoint,
    current: TrendPoint,
    *,
    config: GateConfig,
    baseline_cases: Sequence[CaseRecord] | None = None,
    current_cases: Sequence[CaseRecord] | None = None,
    pinned: bool = False,
) -> RegressionReport:
    """Compare one run with its baseline; both have a pass rate.

    Without the per-case tables of both there is no evidence, only the verdict.
    """
    pair = _Pair(baseline, current, pinned=pinned)
    tables = {baseline.run_id: baseline_cases, current.run_id: current_cases}
    return _reports([pair], tables, config=config)[0]


def check_all_regressions(
    ledger: RunLedger,
    config: GateConfig,
    *,
    eval_type: str | None = None,
    eval_types: Iterable[str] | None = None,
    run_id: str | None = None,
    require_evidence: bool = False,
) -> CheckResult:
    """Check the newest run of every eval type, or of one, or one given run.

    The current run is the newest that has a pass rate and did not fail: a partial one counts,
    is never IMPROVED and has no evidence. Its baseline is the pinned run, else the newest
    complete run before it. Eval types without both are skipped, with the reason. Where the
    newest run of a gating type, or the given one, cannot be judged, the result is inconclusive.

    Args:
        ledger: Where the runs are.
        config: The thresholds and margins.
        eval_type: Only this one.
        eval_types: Only these, for instance those that were just run.
        run_id: Check this run instead of the newest of its eval type.
        require_evidence: Soften a REGRESSION that the cases do not prove to a WARNING.

    Raises:
        NotFoundError: The run or the eval type does not exist.
        LedgerError: The ledger cannot be read.
    """
    lines = get_eval_experiments(ledger, config)
    given = None if run_id is None else _given(ledger, config, run_id, lines=lines)
    wanted = _wanted(lines, eval_type=eval_type, eval_types=eval_types, given=given)
    pairs: list[_Pair] = []
    skipped: list[Skipped] = []
    points = _points(ledger, config, wanted, given=given)
    pins = _pins(ledger, config, wanted, points=points)
    for line in wanted:
        found = _pair(
            line, points[line.eval_type][::-1], given=given, pinned=pins.get(line.eval_type)
        )
        if isinstance(found, _Pair):
            pairs.append(_with_change(found, points[line.eval_type], config=config))
        else:
            skipped.append(found)
    tables = ledger.read_cases(_run_ids(pairs)) if pairs else {}
    reports = _reports(pairs, tables, config=config)
    if require_evidence:
        reports = [_with_evidence(report) for report in reports]
    newest = _newest(points) if given is None else {given[0].eval_type: given[1]}
    return _result(reports, skipped, newest=newest, config=config)


# --- which runs ---------------------------------------------------------------------------------


def _given(
    ledger: RunLedger, config: GateConfig, run_id: str, *, lines: Sequence[EvalLine]
) -> tuple[EvalLine, TrendPoint | None]:
    run = ledger.get_run(run_id)
    for line in lines:
        if line.experiment.id == run.experiment_id:
            kind = config.eval_type(line.eval_type)
            return line, read_point(run, kind, confidence=config.confidence)
    raise NotFoundError(
        f"The run {run_id} is in the experiment {run.experiment_name!r}, which holds no eval type "
        f"of {config.base_experiment!r}."
    )


def _wanted(
    lines: Sequence[EvalLine],
    *,
    eval_type: str | None,
    eval_types: Iterable[str] | None,
    given: tuple[EvalLine, TrendPoint | None] | None,
) -> list[EvalLine]:
    names = None if eval_types is None else set(eval_types)
    if eval_type is not None:
        names = {eval_type}
        if not any(line.eval_type == eval_type for line in lines):
            raise NotFoundError(
                f"The eval type {eval_type!r} has no runs; there are: "
                f"{', '.join(line.eval_type for line in lines) or 'none'}."
            )
    if given is not None:
        if eval_type is not None and given[0].eval_type != eval_type:
            raise NotFoundError(f"That run is one of {given[0].eval_type}, not of {eval_type}.")
        return [given[0]]
    return [line for line in lines if names is None or line.eval_type in names]


def _points(
    ledger: RunLedger,
    config: GateConfig,
    lines: Sequence[EvalLine],
    *,
    given: tuple[EvalLine, TrendPoint | None] | None,
) -> dict[str, list[TrendPoint]]:
    """Read per eval type until a current run and a complete one before it are there.

    For a run below its threshold also the last one with other prompts, within bounds.
    """
    current = None if given is None else given[1]

    def enough(points: Sequence[TrendPoint]) -> bool:
        chosen = current if current is not None else _newest_judged(points)
        baseline = None if chosen is None else get_baseline_run(points[::-1], chosen)
        if chosen is None or baseline is None:
            return False
        return not needs_longer_look(points, chosen, baseline, config=config)

    return newest_points(ledger, lines, config=config, first=FIRST_RUNS, enough=enough)


def _pins(
    ledger: RunLedger,
    config: GateConfig,
    lines: Sequence[EvalLine],
    *,
    points: Mapping[str, Sequence[TrendPoint]],
) -> dict[str, TrendPoint]:
    """Return the pinned run of each eval type; one that was read already is not read again."""
    pins: dict[str, TrendPoint] = {}
    for line in lines:
        run_id = pinned_run_id(line.experiment)
        if run_id is None:
            continue
        read = {point.run_id: point for point in points[line.eval_type]}
        point = read.get(run_id) or _pinned(ledger, config, line, run_id=run_id)
        if point is not None:
            pins[line.eval_type] = point
    return pins


def _pinned(
    ledger: RunLedger, config: GateConfig, line: EvalLine, *, run_id: str
) -> TrendPoint | None:
    try:
        run = ledger.get_run(run_id)
    except NotFoundError as error:
        raise NotFoundError(
            f"The pinned baseline of {line.eval_type}, the run {run_id}, does not exist any more; "
            f"pin another one or unpin it: assay baseline unpin {line.eval_type}"
        ) from error
    return read_point(run, config.eval_type(line.eval_type), confidence=config.confidence)


def _pair(
    line: EvalLine,
    points: Sequence[TrendPoint],
    *,
    given: tuple[EvalLine, TrendPoint | None] | None,
    pinned: TrendPoint | None,
) -> _Pair | Skipped:
    """Return the pair to compare, or why there is none; ``points`` oldest first."""
    current = given[1] if given is not None else _newest_judged(points[::-1])
    if current is None or not current.can_be_judged:
        return Skipped(line.eval_type, _why_no_current(points, current, given is not None))
    baseline = get_baseline_run(points, current, pinned=pinned)
    if baseline is None:
        complete = sum(point.can_be_baseline for point in points)
        besides = (
            "" if given is not None else "".join(f"; {note}" for note in _newer(points, current))
        )
        return Skipped(
            line.eval_type,
            f"no complete run before {current.run_id} to compare with "
            f"({complete} complete of {len(points)} runs; 2 are needed){besides}",
        )
    return _Pair(
        baseline,
        current,
        pinned=pinned is not None and baseline.run_id == pinned.run_id,
        notes=()
        if given is not None
        else tuple(f"{note[:1].upper()}{note[1:]}." for note in _newer(points, current)),
    )


def _with_change(pair: _Pair, newest_first: Sequence[TrendPoint], *, config: GateConfig) -> _Pair:
    before = last_before_change(newest_first, pair.current, pair.baseline)
    if before is None or not worth_telling(before, pair.current, config=config):
        return pair
    return replace(pair, before_change=before)


def _newest_judged(newest_first: Sequence[TrendPoint]) -> TrendPoint | None:
    return next((point for point in newest_first if point.can_be_judged), None)


def _newest(points: Mapping[str, Sequence[TrendPoint]]) -> dict[str, TrendPoint]:
    """Return the newest ended run of each eval type that has one; ``points`` newest first."""
    return {eval_type: found[0] for eval_type, found in points.items() if found}


def _newer(points: Sequence[TrendPoint], current: TrendPoint) -> list[str]:
    """Return what became of the runs after the current one; ``points`` oldest first."""
    place = next(i for i, point in enumerate(points) if point.run_id == current.run_id)
    return [f"a newer run, {_unjudged(point)}" for point in points[place + 1 :]]


def _unjudged(point: TrendPoint) -> str:
    if point.eval_status is EvalStatus.ERROR:
        return f"{point.run_id}, failed and was not judged"
    return f"{point.run_id}, has no pass rate from 0 to 1 and was not judged"


def _why_no_current(
    points: Sequence[TrendPoint], current: TrendPoint | None, was_given: bool
) -> str:
    if was_given:
        return "the run is still going" if current is None else f"the run {_unjudged(current)}"
    if not points:
        return "no finished runs"
    return f"none of its {len(points)} runs can be judged; the newest, {_unjudged(points[-1])}"


def _run_ids(pairs: Iterable[_Pair]) -> list[str]:
    return [
        point.run_id
        for pair in pairs
        for point in (pair.baseline, pair.current, pair.before_change)
        if point is not None
    ]


# --- reports ------------------------------------------------------------------------------------


def _reports(
    pairs: Sequence[_Pair],
    tables: Mapping[str, Sequence[CaseRecord] | None],
    *,
    config: GateConfig,
) -> list[RegressionReport]:
    measured = [
        measure(
            pair.baseline,
            pair.current,
            config=config,
            baseline_cases=tables.get(pair.baseline.run_id),
            current_cases=tables.get(pair.current.run_id),
        )
        for pair in pairs
    ]
    gating = [config.eval_type(pair.current.eval_type).gating for pair in pairs]
    findings = conclude(measured, gating=gating, config=config)
    return [
        _report(pair, sizes, finding, tables=tables, config=config)
        for pair, sizes, finding in zip(pairs, measured, findings, strict=True)
    ]


def _report(
    pair: _Pair,
    measured: Measured,
    found: tuple[Finding, EvidenceDetails],
    *,
    tables: Mapping[str, Sequence[CaseRecord] | None],
    config: GateConfig,
) -> RegressionReport:
    baseline, current = pair.baseline, pair.current
    kind = config.eval_type(current.eval_type)
    before, after = baseline.pass_rate or 0.0, current.pass_rate or 0.0
    delta = difference_pp(before, after)
    threshold = current.threshold if current.threshold is not None else kind.threshold
    verdict = judge_point(
        delta, current, threshold=threshold, config=config, missing=_missing(current, measured)
    )
    changed = tuple(changed_prompts(baseline, current))
    return RegressionReport(
        eval_type=current.eval_type,
        baseline_run_id=baseline.run_id,
        current_run_id=current.run_id,
        baseline_pass_rate=before,
        current_pass_rate=after,
        baseline_timestamp=baseline.timestamp,
        current_timestamp=current.timestamp,
        delta_pp=delta,
        threshold=threshold,
        verdict=verdict,
        changed_prompts=changed,
        flipped_cases=tuple(
            flipped_cases(
                by_case(tables.get(baseline.run_id) or ()),
                by_case(tables.get(current.run_id) or ()),
            )
        ),
        evidence=found[0],
        evidence_details=found[1],
        current_status=current.eval_status,
        threshold_source="run" if current.threshold is not None else "config",
        baseline_pinned=pair.pinned,
        baseline_age_seconds=(current.timestamp - baseline.timestamp).total_seconds(),
        gating=kind.gating,
        notes=(*_notes(pair, verdict, delta=delta, changed=changed), *pair.notes),
        since_prompt_change=None
        if pair.before_change is None
        else since_prompt_change(
            pair.before_change,
            current,
            before_cases=tables.get(pair.before_change.run_id),
            current_cases=tables.get(current.run_id),
        ),
    )


def _missing(current: TrendPoint, measured: Measured) -> float:
    """Return the share without verdict: of the table, or of the totals if they say more."""
    total, errors = current.total_cases or 0, current.error_cases or 0
    share = max(measured.missing_share, errors / total if total else 0.0)
    if current.eval_status is EvalStatus.PARTIAL and not share:
        return 1.0  # partial, and nothing says by how much
    return share


def _notes(
    pair: _Pair, verdict: Verdict, *, delta: float, changed: Sequence[PromptChange]
) -> Iterable[str]:
    current = pair.current
    if verdict is Verdict.REGRESSION and delta > 0:
        yield "Improving, still below the threshold."
    if len(changed) > 1:
        names = ", ".join(change.prompt_name for change in changed)
        yield f"{len(changed)} prompts changed ({names}): the cause cannot be attributed to one."
    if current.eval_status is EvalStatus.PARTIAL:
        lost = current.error_cases if current.error_cases is not None else "some"
        total = current.total_cases if current.total_cases is not None else "its"
        yield (
            f"The current run is partial: {lost} of {total} cases ended without a verdict. It is "
            "no baseline, justifies no promotion, and no rise is read from it."
        )
    if pair.pinned:
        yield f"Measured by the pinned baseline {pair.baseline.run_id}."


def _with_evidence(report: RegressionReport) -> RegressionReport:
    if report.verdict is not Verdict.REGRESSION or report.evidence is Finding.WORSE:
        return report
    note = "Below the threshold, but the cases do not prove a regression: a warning."
    return replace(
        report,
        verdict=Verdict.WARNING,
        verdict_without_evidence=Verdict.REGRESSION,
        notes=(*report.notes, note),
    )


def _result(
    reports: Sequence[RegressionReport],
    skipped: Sequence[Skipped],
    *,
    newest: Mapping[str, TrendPoint | None],
    config: GateConfig,
) -> CheckResult:
    counted = Counter(report.verdict for report in reports)
    blocking = [report for report in reports if report.gating]
    unjudged = any(
        config.eval_type(eval_type).gating and (point is None or not point.can_be_judged)
        for eval_type, point in newest.items()
    )
    return CheckResult(
        reports=tuple(reports),
        has_regressions=any(report.verdict is Verdict.REGRESSION for report in blocking),
        skipped=tuple(skipped),
        inconclusive=unjudged
        or any(report.evidence is Finding.INCONCLUSIVE for report in blocking),
        counts={verdict.value: counted[verdict] for verdict in Verdict},
        warnings=config.warnings,
    )
