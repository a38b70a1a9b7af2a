"""Names for the callables that settings mention: looked up, never evaluated."""

import difflib
import json
import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from assay.core.errors import InvalidSettingsError
from assay.experiments.settings import Named


Table = Mapping[str, Callable[..., Any]]


class Registry:
    """Transforms, aggregates, checkers and evaluators by name; immutable.

    The built-in names are always there and cannot be taken. What is registered is passed
    along, as ``evaluate(..., registry=registry)``, so that nothing is shared by accident.

    Args:
        transforms: Each takes one value and returns another.
        aggregates: Each takes the list of values of all repeats and returns one.
        checkers: Each takes a value and the target and returns whether it passes.
        evaluators: For ``wraps``.
    """

    def __init__(
        self,
        *,
        transforms: Table | None = None,
        aggregates: Table | None = None,
        checkers: Table | None = None,
        evaluators: Table | None = None,
    ) -> None:
        self._tables = {
            "transform": _merged("transform", TRANSFORMS, transforms),
            "aggregate": _merged("aggregate", AGGREGATES, aggregates),
            "checker": _merged("checker", CHECKERS, checkers),
            "evaluator": _merged("evaluator", {}, evaluators),
        }

    def find(self, kind: str, named: Named) -> Callable[..., Any]:
        """Return a callable as it is, or what is registered under a name.

        Raises:
            InvalidSettingsError: If there is nothing of that name; known ones are listed.
        """
        if callable(named):
            return named
        table = self._tables[kind]
        found = table.get(named) if isinstance(named, str) else None
        if found is None:
            raise InvalidSettingsError(_unknown(kind, named, table))
        return found

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind: transform, aggregate, checker or evaluator."""
        return sorted(self._tables[kind])


def majority(values: Sequence[Any]) -> Any:
    """Return the most frequent value; on a tie no verdict passes, and the first label wins."""
    counts = Counter(values)
    most = max(counts.values())
    leading = [value for value, count in counts.items() if count == most]
    if len(leading) > 1 and all(isinstance(value, bool) for value in leading):
        return False
    return leading[0]


def default_aggregate(values: Sequence[Any]) -> Any:
    """Return the mean of numbers, or the majority of verdicts and labels."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return statistics.fmean(values) if numbers else majority(values)


def default_check(value: Any, target: Any, *, higher_is_better: bool) -> bool:
    """Return whether a number reaches the target, or anything else equals it."""
    if isinstance(target, bool) or not isinstance(target, int | float):
        return bool(value == target)
    return bool(value >= target if higher_is_better else value <= target)


def _between(value: Any, target: Any) -> bool:
    low, high = target
    return bool((low is None or low <= value) and (high is None or value <= high))


def _close(value: Any, target: Any) -> bool:
    return math.isclose(value, target, rel_tol=1e-9, abs_tol=1e-12)


def _merged(kind: str, builtin: Table, own: Table | None) -> Table:
    for name, function in (own or {}).items():
        if name in builtin:
            raise InvalidSettingsError(
                f"The {kind} {name!r} is built in and cannot be replaced; take another name."
            )
        if not callable(function):
            raise InvalidSettingsError(
                f"The {kind} {name!r} is of type {type(function).__name__}; it must be callable."
            )
    return MappingProxyType({**builtin, **(own or {})})


def _unknown(kind: str, named: object, table: Table) -> str:
    if not isinstance(named, str):
        return f"A {kind} is given as {type(named).__name__}; give a callable or a registered name."
    near = difflib.get_close_matches(named, table, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = ", ".join(sorted(table)) or "none"
    return (
        f"No {kind} is registered as {named!r}.{hint} Registered: {known}. Text is a name, never "
        f"code: give a callable, or register one with Registry({kind}s={{{named!r}: ...}})."
    )


TRANSFORMS: Final[Table] = MappingProxyType(
    {
        "boolean": bool,
        "complement": lambda value: 1 - value,
        "json": json.loads,
        "length": len,
        "lower": lambda value: value.lower(),
        "negate": lambda value: -value,
        "number": float,
        "strip": lambda value: value.strip(),
        "text": str,
    }
)
AGGREGATES: Final[Table] = MappingProxyType(
    {
        "all": all,
        "any": any,
        "first": lambda values: values[0],
        "last": lambda values: values[-1],
        "majority": majority,
        "max": max,
        "mean": statistics.fmean,
        "median": statistics.median,
        "min": min,
        "sum": math.fsum,
    }
)
CHECKERS: Final[Table] = MappingProxyType(
    {
        "==": lambda value, target: value == target,
        "!=": lambda value, target: value != target,
        ">": lambda value, target: value > target,
        ">=": lambda value, target: value >= target,
        "<": lambda value, target: value < target,
        "<=": lambda value, target: value <= target,
        "between": _between,
        "close": _close,
        "contains": lambda value, target: target in value,
        "in": lambda value, target: value in target,
        "true": lambda value, _target: bool(value),
    }
)
BUILT_IN: Final = Registry()
