"""A session's events as an item: the same in any order, however often, however few."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.core.event_merging import AUTO_KEY, merged_event, session_of_events, started_session
from assay.core.events import Event, EventType
from assay.core.projection import project
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.testing.samples import a_moment


SESSION = Event(
    "s",
    "s",
    "p",
    "run A",
    EventType.SESSION,
    run_id="r",
    datapoint_id="d",
    started_at=a_moment(0),
    inputs={"n": 1},
    feedback={"ground_truth": {"answer": 2}},
)
CHAIN = Event(
    "c",
    "s",
    "p",
    "answer",
    EventType.CHAIN,
    parent_id="s",
    run_id="r",
    datapoint_id="d",
    started_at=a_moment(1),
    duration_ms=1500.0,
    outputs={"result": {"answer": 2}},
    metrics={"exact": True, "near": 0.5, "near_explanation": "half", "mood": "good"},
)
TOOL = Event(
    "t", "s", "p", "look", EventType.TOOL, parent_id="c", started_at=a_moment(2), error="caught"
)
WHOLE = [SESSION, CHAIN, TOOL]


def item(*events: Event) -> ItemResult:
    found = project(events)
    assert found is not None
    return found


def test_a_whole_session_is_a_scored_item() -> None:
    found = item(*WHOLE)
    assert (ItemKey("d", 0), ItemStatus.SCORED, "s") == (found.key, found.status, found.session_id)
    assert ({"answer": 2}, 1.5, a_moment(1)) == (
        found.output,
        found.duration_seconds,
        found.started_at,
    )
    assert {"inputs": {"n": 1}, "ground_truth": {"answer": 2}} == found.metadata["datapoint"]
    carrier = {"event_name": "answer", "event_type": "chain"}
    assert (
        Score("exact", value=1.0, passed=True, details=carrier),
        Score("mood", label="good", details=carrier),
        Score("near", value=0.5, reason="half", details=carrier),
    ) == found.scores


def test_a_session_that_only_began_is_no_item_yet() -> None:
    assert project([]) is None
    assert project([SESSION]) is None
    assert item(replace(SESSION, outputs={"answer": 2})).output == {"answer": 2}


def test_an_outer_error_fails_the_item_and_an_inner_one_does_not() -> None:
    assert item(*WHOLE).error is None
    failed = item(SESSION, replace(CHAIN, error="ValueError: no"), TOOL)
    assert (ItemStatus.FAILED, "ValueError: no") == (failed.status, failed.error)
    beside = replace(TOOL, id="e", name="answer_error", parent_id="s", error="ValueError: no")
    assert ItemStatus.FAILED is item(SESSION, CHAIN, beside).status
    assert "lost" == item(replace(SESSION, error="lost"), CHAIN).error


def test_older_clients_keep_their_metrics_on_the_session() -> None:
    older = replace(SESSION, metrics={"exact": False, "near": 9}, outputs={"answer": 3})
    alone = item(older, replace(CHAIN, metrics={}))
    assert (
        Score("exact", value=0.0, passed=False),
        Score("near", value=9.0),
    ) == alone.scores


def test_a_metric_on_a_session_and_on_another_event_is_two_scores_named_by_event() -> None:
    both = item(replace(SESSION, metrics={"exact": False, "near": 9}), CHAIN)
    named = {
        (score.name, score.details["event_name"], score.details["event_type"]): score.value
        for score in both.scores
        if score.name != "mood"
    }
    assert {
        ("exact", "answer", "chain"): 1.0,
        ("exact", "run A", "session"): 0.0,
        ("near", "answer", "chain"): 0.5,
        ("near", "run A", "session"): 9.0,
    } == named


def test_the_same_metric_on_two_events_is_two_scores() -> None:
    scores = item(SESSION, CHAIN, replace(TOOL, metrics={"exact": False})).scores
    carriers = {
        score.details["event_name"]: score.value for score in scores if score.name == "exact"
    }
    assert {"answer": 1.0, "look": 0.0} == carriers


def test_metrics_of_every_shape_are_read() -> None:
    metrics: dict[str, Any] = {
        "whole": {"score": 2, "explanation": "why", "more": 1},
        "none": None,
        "list": [1],
        "huge": 10**400,
        "lonely_explanation": "no score came",
    }
    found = {score.name: score for score in item(replace(CHAIN, metrics=metrics)).scores}
    assert (2.0, "why") == (found["whole"].value, found["whole"].reason)
    assert ScoreStatus.ERROR is found["huge"].status
    assert "no score came" == found["lonely_explanation"].label
    assert {"whole", "huge", "lonely_explanation"} == set(found)


def test_without_a_datapoint_the_session_names_the_item() -> None:
    assert "s" == item(replace(CHAIN, datapoint_id=None)).key.datapoint_id


moments = st.none() | st.integers(0, 3).map(a_moment)
metric_values = st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2) | st.none()


@st.composite
def sessions(draw: st.DrawFn) -> list[Event]:
    ids = ["s", *draw(st.lists(st.sampled_from("abcdef"), unique=True))]
    return [
        Event(
            each,
            "s",
            "p",
            draw(st.sampled_from(["answer", "look", "run"])),
            EventType.SESSION if each == "s" else draw(st.sampled_from(list(EventType)[1:])),
            parent_id=None if each == "s" else draw(st.sampled_from(ids)),
            run_id="r",
            datapoint_id=draw(st.none() | st.just("d")),
            error=draw(st.none() | st.just("e")),
            started_at=draw(moments),
            outputs=draw(st.dictionaries(st.sampled_from(["result", "x"]), st.integers(0, 2))),
            metrics=draw(st.dictionaries(st.sampled_from(["m", "m_explanation"]), metric_values)),
        )
        for each in ids
    ]


@given(sessions(), st.randoms())
def test_order_and_repetition_never_matter(events: list[Event], random: Any) -> None:
    shuffled = [*events, *events]
    random.shuffle(shuffled)
    assert project(events) == project(shuffled)


@given(sessions())
def test_any_part_of_a_session_is_an_item_or_none(events: list[Event]) -> None:
    for length in range(len(events) + 1):
        found = project(events[:length])
        assert found is None or found.metadata["projected"] is True
        assert found is None or (found.error is None) is (found.status is ItemStatus.SCORED)


@given(sessions(), st.randoms())
def test_a_session_made_by_its_spans_is_the_same_in_any_order(
    events: list[Event], random: Any
) -> None:
    members = [event for event in events if event.id != "s"]
    once = session_of_events(None, members, name="named")
    random.shuffle(members)
    step: Event | None = None
    for event in members:
        step = session_of_events(step, [event], name="named")
    assert once == step


def test_a_session_made_by_its_spans_gives_way_to_the_one_that_is_started() -> None:
    made = session_of_events(None, [replace(CHAIN, metadata={"run_id": "r"})], name="answer")
    assert made is not None
    assert ("answer", True, "r") == (made.name, made.metadata[AUTO_KEY], made.run_id)
    started = started_session(made, replace(SESSION, started_at=a_moment(9)))
    assert ("run A", a_moment(1)) == (started.name, started.started_at)
    assert AUTO_KEY not in started.metadata
    later = session_of_events(started, [CHAIN], name="answer")
    assert later is not None
    assert "run A" == later.name


@given(sessions())
def test_merging_what_is_there_changes_nothing(events: list[Event]) -> None:
    for event in events:
        assert event == merged_event(event, event)
