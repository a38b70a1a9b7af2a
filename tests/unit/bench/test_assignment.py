"""The assignment is one to one and no other is better."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bench.matchers.assignment import Edge, best_pairs


SIDES = st.integers(0, 4)
WEIGHTS = st.dictionaries(
    st.tuples(SIDES, SIDES), st.integers(1, 50).map(lambda number: number / 10), max_size=16
)


def _best_by_trying_all(weights: dict[Edge, float]) -> float:
    return max(
        sum(weights.get((left, right), 0.0) for left, right in enumerate(order))
        for order in permutations(range(5))
    )


@given(WEIGHTS)
def test_no_other_assignment_has_a_greater_sum(weights: dict[Edge, float]) -> None:
    pairs = best_pairs(weights)

    assert _best_by_trying_all(weights) == pytest.approx(sum(weights[pair] for pair in pairs))


@given(WEIGHTS)
def test_nobody_is_matched_twice_and_only_along_edges(weights: dict[Edge, float]) -> None:
    pairs = best_pairs(weights)

    assert len({left for left, _ in pairs}) == len(pairs)
    assert len({right for _, right in pairs}) == len(pairs)
    assert set(pairs) <= set(weights)


@given(WEIGHTS)
def test_swapping_the_sides_keeps_the_sum(weights: dict[Edge, float]) -> None:
    flipped = {(right, left): weight for (left, right), weight in weights.items()}

    assert sum(weights[pair] for pair in best_pairs(weights)) == pytest.approx(
        sum(flipped[pair] for pair in best_pairs(flipped))
    )


def test_the_greedy_choice_loses() -> None:
    assert [(0, 1), (1, 0)] == best_pairs({(0, 0): 0.6, (0, 1): 0.5, (1, 0): 0.5})


def test_nothing_to_match_gives_no_pairs() -> None:
    assert best_pairs({}) == []
