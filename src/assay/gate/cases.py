"""Case by case: what each one came to, where every trial went, and which verdicts flipped."""

from collections.abc import Iterable, Mapping, Sequence

from assay.core.eval_runs import CaseRecord
from assay.gate.results import Accounting, CaseOutcome, FlippedCase, TrendPoint


Table = Mapping[str, Sequence[CaseRecord]]
"""The trials of a run by case id, in order of repeat."""


def by_case(records: Iterable[CaseRecord]) -> dict[str, list[CaseRecord]]:
    """Group a per-case table; records that share an id are repeats of one case."""
    table: dict[str, list[CaseRecord]] = {}
    for record in records:
        table.setdefault(record.case_id, []).append(record)
    for trials in table.values():
        trials.sort(key=lambda record: record.repeat)
    return table


def is_error(record: CaseRecord) -> bool:
    """Return whether a trial ended in an error, which is never a fail."""
    return bool(record.error)


def verdict_of(record: CaseRecord) -> bool | None:
    """Return whether a trial passed; None for an error or where nothing was said."""
    return None if is_error(record) else record.passed


def counts(trials: Iterable[CaseRecord]) -> tuple[int, int]:
    """Return how many trials passed and how many had a verdict."""
    verdicts = [verdict for verdict in map(verdict_of, trials) if verdict is not None]
    return sum(verdicts), len(verdicts)


def account(table: Table, point: TrendPoint, *, expected_ids: Iterable[str]) -> Accounting:
    """Say where every expected trial went.

    Expected is every case id of either run, as often as this run repeats its cases, and
    whatever its logged totals say beyond that. A trial without record, or whose record says
    neither passed nor error, is missing.
    """
    repeats = max([point.repeats or 1, *map(len, table.values())])
    ids = set(expected_ids) | table.keys()
    rows = [record for trials in table.values() for record in trials]
    errors = sum(map(is_error, rows))
    verdicts = [verdict for verdict in map(verdict_of, rows) if verdict is not None]
    expected = max(len(ids) * repeats, point.total_trials or point.total_cases or 0)
    return Accounting(
        expected=expected,
        passed=sum(verdicts),
        failed=len(verdicts) - sum(verdicts),
        errors=errors,
        missing=expected - len(verdicts) - errors,
    )


def account_totals(point: TrendPoint) -> Accounting | None:
    """Say as much from a run's totals, where it has no table; None where there are no totals."""
    if point.total_cases is None or point.pass_rate is None:
        return None
    errors = min(point.error_cases or 0, point.total_cases)
    judged = point.total_cases - errors
    passed = round(point.pass_rate * judged)
    return Accounting(
        expected=point.total_cases, passed=passed, failed=judged - passed, errors=errors, missing=0
    )


def rate_bounds(accounting: Accounting) -> tuple[float, float] | None:
    """Return the pass rate if all trials without verdict failed, and if all passed."""
    if not accounting.expected:
        return None
    missing = accounting.errors + accounting.missing
    return (
        accounting.passed / accounting.expected,
        (accounting.passed + missing) / accounting.expected,
    )


def flipped_cases(baseline: Table, current: Table) -> list[FlippedCase]:
    """Return the cases that pass in one run and not in the other, the worse ones first.

    A case passes when more than half of its trials with a verdict passed; a case without any
    verdict in one of the runs has not flipped.
    """
    flipped: list[FlippedCase] = []
    for case_id in sorted(baseline.keys() & current.keys()):
        before, after = passes(baseline[case_id]), passes(current[case_id])
        if before is None or after is None or before == after:
            continue
        first = current[case_id][0]
        flipped.append(
            FlippedCase(
                case_id=case_id,
                change="better" if after else "worse",
                input=first.input if first.input is not None else baseline[case_id][0].input,
                expected=first.expected,
                baseline=_outcome(baseline[case_id]),
                current=_outcome(current[case_id]),
            )
        )
    return sorted(flipped, key=lambda case: case.change != "worse")


def passes(trials: Iterable[CaseRecord]) -> bool | None:
    """Return whether a case passes: more than half of its verdicts; None without any."""
    passed, judged = counts(trials)
    return passed * 2 > judged if judged else None


def _outcome(trials: Sequence[CaseRecord]) -> CaseOutcome:
    passed, judged = counts(trials)
    telling = next((record for record in trials if verdict_of(record) is False), trials[0])
    return CaseOutcome(
        passed=passed,
        failed=judged - passed,
        errors=sum(map(is_error, trials)),
        output=telling.output,
        reason=telling.reason if telling.reason is not None else telling.error,
        trace_id=telling.trace_id,
        score=telling.score,
    )
