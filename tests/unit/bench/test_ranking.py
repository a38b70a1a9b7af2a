"""Ranks with ties, and the Pareto front."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assay.bench.pareto import Offer, pareto_front
from assay.bench.ranking import Contestant, rank


CONTESTANTS = st.lists(
    st.one_of(st.none(), st.integers(0, 5).map(lambda number: number / 5)), min_size=1, max_size=6
).map(
    lambda qualities: [Contestant(f"m{n}", f"r{n}", quality) for n, quality in enumerate(qualities)]
)


@given(
    CONTESTANTS,
    st.sets(st.frozensets(st.sampled_from([f"r{n}" for n in range(6)]), min_size=2, max_size=2)),
    st.randoms(),
)
def test_the_order_of_the_models_does_not_matter(
    contestants: list[Contestant], apart: set[frozenset[str]], random: object
) -> None:
    shuffled = list(contestants)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    def told(one: str, other: str) -> bool:
        return frozenset((one, other)) in apart

    assert rank(contestants, tells_apart=told) == rank(shuffled, tells_apart=told)


@given(CONTESTANTS)
def test_without_evidence_all_who_answered_tie_and_the_silent_come_last(
    contestants: list[Contestant],
) -> None:
    places = rank(contestants, tells_apart=lambda *_: False)

    for item in contestants:
        assert places[item.run_id].tied_with_leader == (item.quality is not None)
        if item.quality is not None:
            assert places[item.run_id].rank == 1
    assert sorted(place.position for place in places.values()) == list(
        range(1, len(contestants) + 1)
    )


@given(CONTESTANTS)
def test_with_every_difference_told_apart_the_rank_is_the_position(
    contestants: list[Contestant],
) -> None:
    places = rank(contestants, tells_apart=lambda *_: True)
    answered = [item for item in contestants if item.quality is not None]

    assert sorted(places[item.run_id].rank for item in answered) == list(
        range(1, len(answered) + 1)
    )
    assert sum(place.tied_with_leader for place in places.values()) == (1 if answered else 0)


def test_a_group_is_what_cannot_be_told_from_its_leader() -> None:
    contestants = [
        Contestant(name, name, quality)
        for name, quality in (("a", 0.9), ("b", 0.8), ("c", 0.7), ("d", 0.6), ("e", None))
    ]
    apart = {frozenset("ac"), frozenset("ad"), frozenset("cd")}

    places = rank(contestants, tells_apart=lambda x, y: frozenset((x, y)) in apart)

    assert {name: (place.rank, place.tied_with_leader) for name, place in places.items()} == {
        "a": (1, True), "b": (1, True), "c": (3, False), "d": (4, False), "e": (5, False),
    }  # fmt: skip


def _offer(quality: float | None, cost: str | None, seconds: float | None = 1.0) -> Offer:
    return Offer(quality, None if cost is None else Decimal(cost), seconds)


def test_the_front_holds_what_nothing_beats() -> None:
    offers = [
        _offer(0.9, "3"),
        _offer(0.8, "1"),
        _offer(0.7, "2"),
        _offer(0.8, "1"),
        _offer(None, "0"),
    ]

    assert pareto_front(offers) == [True, True, False, True, False]


def test_an_unknown_cost_is_not_free() -> None:
    assert pareto_front([_offer(0.8, None), _offer(0.8, "5")]) == [False, True]
    assert pareto_front([_offer(0.9, None), _offer(0.8, "5")]) == [True, True]
    assert pareto_front([_offer(0.9, None), _offer(0.8, None)]) == [True, False]
    assert pareto_front([_offer(0.9, "0"), _offer(0.8, "5")]) == [True, False]


@given(
    st.lists(
        st.builds(
            _offer,
            st.sampled_from([0.1, 0.5, 0.9]),
            st.sampled_from([None, "0", "1"]),
            st.sampled_from([None, 1.0, 2.0]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_somebody_is_on_the_front_and_the_best_quality_has_a_place_there(
    offers: list[Offer],
) -> None:
    front = pareto_front(offers)
    best = max(offer.quality or 0 for offer in offers)

    assert any(on and offer.quality == best for on, offer in zip(front, offers, strict=True))
