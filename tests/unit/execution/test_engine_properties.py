"""Rules of the engine that hold whatever the candidate does."""

import asyncio
from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.costs import Cost, CostSource
from assay.core.datasets import Datapoint
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution import Budget, ExecutionSettings, ExecutionSummary, WorkItem, execute
from assay.testing.sinks import ListSink


FATES = [*(status for status in ItemStatus if status is not ItemStatus.SKIPPED), "raise", "hang"]

fates = st.lists(st.sampled_from(FATES), max_size=25)
costs = st.none() | st.decimals(0, 5, places=6)


class Fated:
    """A candidate whose items end as foretold, some after giving way to others."""

    def __init__(self, told: list[object], costs: list[Decimal | None] | None = None) -> None:
        self._told = told
        self._costs = costs
        self.worked: Counter[ItemKey] = Counter()

    async def __call__(self, item: WorkItem) -> ItemResult:
        self.worked[item.key] += 1
        number = item.datapoint.inputs["n"]
        for _ in range(number % 4):
            await asyncio.sleep(0)
        fate = self._told[number]
        if fate == "raise":
            raise RuntimeError("foretold")
        if fate == "hang":
            await asyncio.Event().wait()
        assert isinstance(fate, ItemStatus)
        amount = self._costs[number] if self._costs is not None else None
        return ItemResult(item.key, fate, cost=Cost(amount, CostSource.BILLED))


def carry_out(
    candidate: Fated,
    count: int,
    *,
    sink: ListSink,
    how: ExecutionSettings,
    done: frozenset[ItemKey] = frozenset(),
    budget: Budget | None = None,
) -> ExecutionSummary:
    return asyncio.run(
        execute(
            candidate,
            (Datapoint(f"d{number}", {"n": number}) for number in range(count)),
            run_id="run",
            candidate_name="c",
            planned=count * how.repeats,
            sink=sink,
            settings=how,
            done=done,
            budget=budget,
        )
    )


def planned_keys(count: int, repeats: int) -> set[ItemKey]:
    return {ItemKey(f"d{n}", repeat) for n in range(count) for repeat in range(repeats)}


@settings(max_examples=40, deadline=None)
@given(fates, st.integers(1, 3), st.integers(1, 8))
def test_every_planned_item_ends_exactly_once(
    told: list[object], repeats: int, concurrency: int
) -> None:
    sink = ListSink()
    how = ExecutionSettings(
        repeats=repeats, concurrency=concurrency, timeout_seconds=0.005, abandon_after=None
    )
    summary = carry_out(Fated(told), len(told), sink=sink, how=how)
    assert Counter(planned_keys(len(told), repeats)) == Counter(sink.keys)
    assert Counter(item.status for item in sink.items) == Counter(summary.counts)
    assert summary.planned == sum(summary.counts.values())


@settings(max_examples=40, deadline=None)
@given(fates, st.integers(1, 4), st.integers(1, 8), st.data())
def test_counts_add_up_to_the_plan_also_when_a_run_is_abandoned(
    told: list[object], patience: int, concurrency: int, data: st.DataObject
) -> None:
    told = [fate for fate in told if fate != "hang"]
    how = ExecutionSettings(concurrency=concurrency, abandon_after=patience)
    sink = ListSink()
    summary = carry_out(Fated(told), len(told), sink=sink, how=how)
    skipped = summary.counts.get(ItemStatus.SKIPPED, 0)
    assert len(told) == len(sink.items) + skipped
    assert (summary.stop_reason is not None) == (skipped > 0)


@settings(max_examples=40, deadline=None)
@given(fates, st.integers(1, 3), st.integers(1, 8), st.data())
def test_what_was_done_and_what_a_resume_does_are_the_whole_plan(
    told: list[object], repeats: int, concurrency: int, data: st.DataObject
) -> None:
    told = [fate for fate in told if fate != "hang"]
    every = sorted(planned_keys(len(told), repeats))
    done = frozenset(data.draw(st.lists(st.sampled_from(every))) if every else [])
    sink = ListSink()
    candidate = Fated(told)
    how = ExecutionSettings(repeats=repeats, concurrency=concurrency, abandon_after=None)
    carry_out(candidate, len(told), sink=sink, how=how, done=done)
    assert set(every) == done | set(sink.keys)
    assert done.isdisjoint(candidate.worked)


@settings(max_examples=40, deadline=None)
@given(st.lists(costs, max_size=25), st.integers(1, 8))
def test_costs_add_up_exactly_and_unknown_ones_are_counted(
    amounts: list[Decimal | None], concurrency: int
) -> None:
    told: list[object] = [ItemStatus.SCORED] * len(amounts)
    summary = carry_out(
        Fated(told, amounts),
        len(amounts),
        sink=ListSink(),
        how=ExecutionSettings(concurrency=concurrency),
    )
    known = [amount for amount in amounts if amount is not None]
    assert (sum(known, Decimal(0)), len(amounts) - len(known)) == (
        summary.cost_usd,
        summary.unknown_costs,
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.decimals(0, 5, places=6), max_size=25),
    st.integers(1, 8),
    st.decimals(0, 20, places=6),
)
def test_a_budget_is_passed_by_no_more_than_the_calls_in_flight(
    amounts: list[Decimal], concurrency: int, limit: Decimal
) -> None:
    budget = Budget(limit)
    told: list[object] = [ItemStatus.SCORED] * len(amounts)
    carry_out(
        Fated(told, list(amounts)),
        len(amounts),
        sink=ListSink(),
        how=ExecutionSettings(concurrency=concurrency),
        budget=budget,
    )
    in_flight = sum(sorted(amounts, reverse=True)[:concurrency], Decimal(0))
    assert budget.spent_usd <= limit + in_flight


@settings(max_examples=40, deadline=None)
@given(fates.map(lambda told: [fate for fate in told if fate != "hang"]), st.data())
def test_the_account_does_not_depend_on_order_or_concurrency(
    told: list[object], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told))
    concurrency = data.draw(st.integers(1, 8))
    straight = carry_out(
        Fated(told),
        len(told),
        sink=ListSink(),
        how=ExecutionSettings(concurrency=1, abandon_after=None),
    )
    mixed = carry_out(
        Fated(list(shuffled)),
        len(told),
        sink=ListSink(),
        how=ExecutionSettings(concurrency=concurrency, abandon_after=None),
    )
    assert straight.counts == mixed.counts
