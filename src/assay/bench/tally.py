"""One run's results read once, kept as compact arrays: a few bytes per item.

Every item of an evaluation has one slot, the same in all of its runs, so that models
are compared item by item without holding their results.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress
from typing import Any

from assay.core.answer_columns import AnswerColumns
from assay.core.costs import CostSource
from assay.core.results import ItemStatus


ABSENT, NOT_PASSED, PASSED = 0, 1, 2
"""What a slot's verdict can be; an item that was not answered is absent."""

_NAN = math.nan


class SlotIndex:
    """Gives every item of an evaluation one slot: datapoint · repeats + repeat."""

    def __init__(self, repeats: int) -> None:
        """Take how many repeats each datapoint has, at least 1."""
        self.repeats = repeats
        self._ordinals: dict[str, int] = {}

    def slots(self, keys: Iterable[tuple[str, int]]) -> list[int]:
        """Return the items' slots; a datapoint not seen before gets the next ones."""
        known, repeats = self._ordinals, self.repeats
        return [
            known.setdefault(datapoint_id, len(known)) * repeats + repeat
            for datapoint_id, repeat in keys
        ]

    def __len__(self) -> int:
        """Return how many slots there are so far."""
        return len(self._ordinals) * self.repeats


@dataclass(slots=True)
class FieldCount:
    """How often one field of records agreed; ``weight`` is what it counts."""

    agreed: int = 0
    total: int = 0
    weight: float = 1.0


@dataclass(slots=True)
class RunTally:
    """What a run came to. Slots beyond the arrays' ends are absent.

    Attributes:
        verdicts: Per slot ``ABSENT``, ``NOT_PASSED`` or ``PASSED``.
        values: Per slot the score's value, NaN where there is none.
        tp: Per slot true positives; ``fp`` and ``fn`` alike; empty without list scores.
        latencies: Seconds of uncached answers, in the order they came.
        billable_usd: Cost of calls that were made, cache hits left out.
    """

    index: SlotIndex
    counts: Counter[ItemStatus] = field(default_factory=Counter)
    passed: int = 0
    verdicts: bytearray = field(default_factory=bytearray)
    values: "array[float]" = field(default_factory=lambda: array("d"))
    tp: "array[int]" = field(default_factory=lambda: array("L"))
    fp: "array[int]" = field(default_factory=lambda: array("L"))
    fn: "array[int]" = field(default_factory=lambda: array("L"))
    fields: dict[str, FieldCount] = field(default_factory=dict)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    cost_usd: Decimal = Decimal(0)
    cost_known: int = 0
    billable_usd: Decimal = Decimal(0)
    billable: int = 0
    unknown_costs: int = 0
    sources: Counter[CostSource] = field(default_factory=Counter)
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def answered(self) -> int:
        """Items that count in the pass rate."""
        return sum(count for status, count in self.counts.items() if status.answered)

    @property
    def ended(self) -> int:
        """Items that have a row."""
        return self.counts.total()

    @property
    def has_items(self) -> bool:
        """Whether there are true and false positives."""
        return len(self.tp) > 0

    def verdict(self, slot: int) -> int:
        """Return the verdict of a slot."""
        return self.verdicts[slot] if slot < len(self.verdicts) else ABSENT

    def value(self, slot: int) -> float | None:
        """Return the score's value of a slot, or None."""
        if slot >= len(self.values) or math.isnan(self.values[slot]):
            return None
        return self.values[slot]


def tally_run(answers: Iterable[AnswerColumns], index: SlotIndex) -> RunTally:
    """Read a run's answers once, in any order."""
    tally = RunTally(index)
    for columns in answers:
        tally.counts.update(columns.statuses)
        answered = {status: status.answered for status in set(columns.statuses)}
        chosen = [answered[status] for status in columns.statuses]
        _add_costs(tally, columns, answered=chosen)
        tally.input_tokens = _added(tally.input_tokens, columns.input_tokens)
        tally.output_tokens = _added(tally.output_tokens, columns.output_tokens)
        tally.latencies.extend(
            seconds
            for seconds, cached in zip(columns.latencies, columns.cached, strict=True)
            if seconds is not None and not cached
        )
        _add_verdicts(tally, columns, answered=chosen)
    return tally


def _add_costs(tally: RunTally, columns: AnswerColumns, *, answered: Sequence[bool]) -> None:
    amounts, sources = columns.amounts_usd, columns.sources
    for amount, source, counts in zip(amounts, sources, answered, strict=True):
        if amount is None:
            tally.unknown_costs += counts
            continue
        tally.cost_usd += amount
        tally.cost_known += 1
        tally.sources[source] += 1
        if source is not CostSource.CACHE:
            tally.billable_usd += amount
            tally.billable += 1


def _added(total: int | None, counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return (total or 0) + sum(known) if known else total


def _add_verdicts(tally: RunTally, columns: AnswerColumns, *, answered: Sequence[bool]) -> None:
    keys = compress(zip(columns.datapoint_ids, columns.repeats, strict=True), answered)
    slots = tally.index.slots(keys)
    _grow(tally, max(slots, default=-1) + 1)
    told = compress(zip(columns.passed, columns.values, columns.details, strict=True), answered)
    for slot, (passed, value, details) in zip(slots, told, strict=True):
        tally.passed += passed is True
        tally.verdicts[slot] = PASSED if passed is True else NOT_PASSED
        if value is not None:
            tally.values[slot] = value
        if details and "tp" in details:
            _add_items(tally, slot, details)


def _grow(tally: RunTally, size: int) -> None:
    missing = size - len(tally.verdicts)
    if missing > 0:
        tally.verdicts.extend(bytes(missing))
        tally.values.extend([_NAN] * missing)


def _add_items(tally: RunTally, slot: int, details: Mapping[str, Any]) -> None:
    for name, counts in (("tp", tally.tp), ("fp", tally.fp), ("fn", tally.fn)):
        counts.extend([0] * (slot + 1 - len(counts)))
        counts[slot] = int(details[name])
    weights = details.get("weights", {})
    for name, (agreed, total) in details.get("fields", {}).items():
        count = tally.fields.setdefault(name, FieldCount(weight=float(weights.get(name, 1.0))))
        count.agreed += agreed
        count.total += total
