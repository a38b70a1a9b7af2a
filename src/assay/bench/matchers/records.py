"""Comparing records field by field, paired by a key or by how well they agree."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.bench.dotted_paths import DottedPath, PathNotFoundError, parse_path
from assay.bench.matchers.assignment import Edge, best_pairs
from assay.bench.matchers.lists import describe, items_of, passes
from assay.bench.matchers.outcome import (
    Counts,
    MatchOutcome,
    UnusableAnswerError,
    UnusableGoldError,
    ratio,
)
from assay.bench.matchers.specs import RecordField, RecordMatcher
from assay.bench.matchers.values import compare, normalized


_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    spec: RecordField
    path: DottedPath
    gold_path: DottedPath


def match_records(spec: RecordMatcher, answer: Any, gold: Any) -> MatchOutcome:
    """Match records; see ``RecordMatcher``. One mapping stands for a list of one.

    Raises:
        UnusableGoldError: If gold holds no records, or its keys are missing or repeated.
        UnusableAnswerError: If the answer holds no records.
    """
    found, wanted = _records(answer, UnusableAnswerError), _records(gold, UnusableGoldError)
    fields = [
        _Field(name, item, parse_path(item.path or name), parse_path(item.gold_path or name))
        for name, item in spec.fields.items()
    ]
    pairs = (
        _pairs_by_key(spec, found, wanted)
        if spec.key is not None
        else _pairs_by_agreement(spec, fields, found, wanted)
    )
    return _outcome(
        spec,
        fields,
        [(found[left], wanted[right]) for left, right in pairs],
        found=len(found),
        wanted=len(wanted),
    )


def _outcome(
    spec: RecordMatcher,
    fields: list[_Field],
    pairs: list[tuple[Any, Any]],
    *,
    found: int,
    wanted: int,
) -> MatchOutcome:
    verdicts = [_verdicts(fields, left, right) for left, right in pairs]
    hit = sum(_share(fields, verdict) >= spec.threshold for verdict in verdicts)
    counts = Counts(tp=hit, fp=found - hit, fn=wanted - hit)
    agreed = {item.name: sum(verdict[item.name] for verdict in verdicts) for item in fields}
    weight = math.fsum(item.spec.weight for item in fields) * wanted
    value = ratio(math.fsum(agreed[item.name] * item.spec.weight for item in fields), weight)
    return MatchOutcome(
        value=value,
        passed=_passed(spec, counts, value),
        reason=None if counts.perfect else describe(counts),
        details={
            "tp": counts.tp,
            "fp": counts.fp,
            "fn": counts.fn,
            "fields": {name: [count, wanted] for name, count in agreed.items()},
            "weights": {item.name: item.spec.weight for item in fields},
        },
    )


def _passed(spec: RecordMatcher, counts: Counts, value: float | None) -> bool:
    if spec.pass_threshold is None:
        return counts.perfect and (value is None or value >= 1)
    return passes(counts, value, spec.pass_threshold)


def _records(value: Any, error: type[ValueError]) -> list[Any]:
    items = [value] if isinstance(value, Mapping) else items_of(value, error)
    for item in items:
        if not isinstance(item, Mapping):
            raise error(f"expected records, found {type(item).__name__}")
    return items


def _verdicts(fields: list[_Field], left: Any, right: Any) -> dict[str, bool]:
    return {item.name: _agrees(item, left, right) for item in fields}


def _agrees(item: _Field, left: Any, right: Any) -> bool:
    first, second = _find(item.path, left), _find(item.gold_path, right)
    if first is _MISSING or second is _MISSING:
        return first is second
    return compare(item.spec.matcher, first, second).agrees


def _find(path: DottedPath, record: Any) -> Any:
    try:
        return path.find(record)
    except PathNotFoundError:
        return _MISSING


def _share(fields: list[_Field], verdict: Mapping[str, bool]) -> float:
    whole = math.fsum(item.spec.weight for item in fields)
    return math.fsum(item.spec.weight for item in fields if verdict[item.name]) / whole


def _pairs_by_key(spec: RecordMatcher, found: list[Any], wanted: list[Any]) -> list[Edge]:
    """Pair each gold record with the first answer of its key; a repeated answer is extra."""
    key = parse_path(spec.key or "")
    gold_key = parse_path(spec.gold_key or spec.key or "")
    position: dict[str, int] = {}
    for right, record in enumerate(wanted):
        value = _find(gold_key, record)
        if value is _MISSING:
            raise UnusableGoldError(f"a gold record has no {gold_key.text!r}")
        if normalized(value) in position:
            raise UnusableGoldError(f"two gold records have the {gold_key.text!r} {value!r}")
        position[normalized(value)] = right
    pairs: list[Edge] = []
    for left, record in enumerate(found):
        value = _find(key, record)
        if value is not _MISSING and normalized(value) in position:
            pairs.append((left, position.pop(normalized(value))))
    return pairs


def _pairs_by_agreement(
    spec: RecordMatcher, fields: list[_Field], found: list[Any], wanted: list[Any]
) -> list[Edge]:
    """Pair as many hits as there can be, then for the greatest agreement."""
    bonus = min(len(found), len(wanted)) + 1.0
    weights: dict[Edge, float] = {}
    for left, record in enumerate(found):
        for right, other in enumerate(wanted):
            share = _share(fields, _verdicts(fields, record, other))
            if share > 0:
                weights[left, right] = share + (bonus if share >= spec.threshold else 0.0)
    return best_pairs(weights)
