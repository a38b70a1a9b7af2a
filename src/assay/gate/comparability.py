"""Whether two runs asked the same: the same cases, of the same dataset, judged by the same scorers."""

from collections.abc import Iterable, Sequence

from assay.core.eval_runs import CaseRecord
from assay.gate.cases import Table
from assay.gate.results import TrendPoint


def digest_differences(baseline: TrendPoint, current: TrendPoint) -> Iterable[str]:
    """Yield which of the logged digests differ; one that was not logged differs from nothing.

    Where a dataset's digest is missing, the version of it that was logged tells.
    """
    dataset = (baseline.dataset_digest, current.dataset_digest)
    if None in dataset:
        dataset = (baseline.dataset_version, current.dataset_version)
    scorers = (baseline.scorers_digest, current.scorers_digest)
    for what, (before, after) in (("dataset", dataset), ("scorers", scorers)):
        if before is not None and after is not None and before != after:
            yield f"the {what} changed ({before[:12]} to {after[:12]})"


def case_differences(before: Table, after: Table) -> Iterable[str]:
    """Yield which cases are new, and which ask something else than before.

    Cases that are gone are not told here: they count as missing.
    """
    added = sorted(after.keys() - before.keys())
    if added:
        yield f"{_cases(len(added))} not in the baseline ({_some(added)})"
    other = [
        case_id
        for case_id in sorted(before.keys() & after.keys())
        if _asks_other(before[case_id][0], after[case_id][0])
    ]
    if other:
        yield f"{_cases(len(other))} asking something else under the same id ({_some(other)})"


def _asks_other(one: CaseRecord, two: CaseRecord) -> bool:
    """Whether input or expected output differ, where both runs logged them."""
    return any(
        before is not None and after is not None and before != after
        for before, after in ((one.input, two.input), (one.expected, two.expected))
    )


def _cases(count: int) -> str:
    return f"{count} case" if count == 1 else f"{count} cases"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown}, …"
