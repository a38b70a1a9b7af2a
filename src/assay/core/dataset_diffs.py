"""What changed between two versions of a dataset, datapoint by datapoint and field by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assay.core.datasets import Datapoint


class _Absent:
    """Stands for a field that one side does not have; null is a value."""


_ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field at its dotted path; ``had`` and ``has`` say on which sides it exists."""

    path: str
    old: Any
    new: Any
    had: bool
    has: bool


@dataclass(frozen=True, slots=True)
class DatapointChange:
    """A datapoint that is in both versions, with the fields that differ."""

    id: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """Two versions compared by datapoint id; the order of datapoints is told by ``reordered``."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[DatapointChange, ...]
    unchanged: int
    reordered: bool


def diff_datapoints(old: Iterable[Datapoint], new: Iterable[Datapoint]) -> DatasetDiff:
    """Compare two versions; ids come in the order of the version that has them."""
    before = {point.id: point for point in old}
    after = {point.id: point for point in new}
    common = [each for each in after if each in before]
    changes = [
        DatapointChange(each, tuple(field_changes(before[each].content(), after[each].content())))
        for each in common
        if before[each] != after[each]
    ]
    changed = tuple(change for change in changes if change.fields)
    return DatasetDiff(
        added=tuple(each for each in after if each not in before),
        removed=tuple(each for each in before if each not in after),
        changed=changed,
        unchanged=len(common) - len(changed),
        reordered=common != [each for each in before if each in after],
    )


def field_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], *, path: str = ""
) -> list[FieldChange]:
    """Return the fields that differ, by dotted path; lists are compared whole."""
    found: list[FieldChange] = []
    for key in dict.fromkeys([*old, *new]):
        where = f"{path}.{key}" if path else key
        before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found.extend(field_changes(before, after, path=where))
        elif not _equal(before, after):
            found.append(
                FieldChange(
                    path=where,
                    old=None if before is _ABSENT else before,
                    new=None if after is _ABSENT else after,
                    had=before is not _ABSENT,
                    has=after is not _ABSENT,
                )
            )
    return found


def _equal(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same; ``1``, ``1.0`` and ``true`` are not."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(value, b[key]) for key, value in a.items())
    return bool(a == b)
