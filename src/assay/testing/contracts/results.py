"""The contract of ``ResultStore``."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from assay.core.answer_columns import answer_columns
from assay.core.costs import NO_COST
from assay.core.errors import InvalidInputError, NotFoundError, NotJsonError
from assay.core.ports import Listing, ResultFilter, Store
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.score_columns import collect_scores
from assay.core.scores import Score, ScoreStatus
from assay.testing.samples import a_moment, a_result, a_run, some_datapoints


def run_over_dataset(store: Store, size: int) -> str:
    """Return the id of a new run over a stored dataset of ``size`` datapoints."""
    dataset = store.add_dataset("sums", some_datapoints(size))
    return store.create_run(a_run(dataset_id=dataset.id)).id


class ResultStoreContract:
    """Finished items of runs."""

    def test_a_result_reads_back_as_it_was(self, store: Store) -> None:
        """Every field survives, filled or not."""
        store.create_run(a_run())
        full = a_result()
        bare = ItemResult(ItemKey("d1", 0), ItemStatus.FAILED, error="Timeout: 3 s")
        store.write_results("run-1", [full, bare])
        assert list(store.iter_results("run-1")) == [full, bare]
        assert store.get_result("run-1", full.key) == full
        assert store.get_result("run-1", bare.key) == bare

    @pytest.mark.parametrize("output", [None, 0, "", False, [], {}, "text", 2.5, {"a": {"b": []}}])
    def test_every_kind_of_output_survives(self, store: Store, output: object) -> None:
        """Falsy outputs are outputs."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result(output=output)])
        assert store.get_result("run-1", ItemKey("d0", 0)).output == output

    def test_zero_is_not_absence(self, store: Store) -> None:
        """A cost, latency or score of zero stays zero; an absent one stays absent."""
        store.create_run(a_run())
        zero = a_result("d0", latency_seconds=0.0, scores=(Score("s", value=0.0, passed=False),))
        none = a_result("d1", latency_seconds=None, cost=NO_COST, passed=None, scores=())
        store.write_results("run-1", [zero, none])
        assert list(store.iter_results("run-1")) == [zero, none]

    def test_writing_twice_is_writing_once(self, store: Store) -> None:
        """The same batch again changes nothing."""
        run_id = run_over_dataset(store, 20)
        batch = [a_result(f"d{i}") for i in range(20)]
        store.write_results(run_id, batch)
        store.write_results(run_id, batch)
        assert list(store.iter_results(run_id)) == batch
        assert store.count_results(run_id) == {ItemStatus.SCORED: 20}

    def test_a_later_result_replaces_the_earlier_with_its_scores(self, store: Store) -> None:
        """No score of the first answer outlives it."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result(), a_result("d1")])
        error = Score("exact", ScoreStatus.ERROR, reason="judge was away")
        second = a_result(output="other", passed=None, scores=(error,))
        store.write_results("run-1", [second])
        assert list(store.iter_results("run-1")) == [second, a_result("d1")]

    def test_of_equal_keys_in_one_batch_the_last_stays(self, store: Store) -> None:
        """A batch is read from front to back."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result(output=1), a_result(output=2)])
        assert [item.output for item in store.iter_results("run-1")] == [2]

    def test_results_come_in_dataset_order_whatever_order_they_ended_in(self, store: Store) -> None:
        """By datapoint, then by repeat."""
        run_id = run_over_dataset(store, 300)
        items = [a_result(f"d{i}", repeat) for i in range(300) for repeat in range(2)]
        shuffled = random.Random(7).sample(items, len(items))
        for start in range(0, 600, 100):
            store.write_results(run_id, shuffled[start : start + 100])
        assert list(store.iter_results(run_id)) == items

    def test_results_without_a_dataset_come_in_order_of_arrival(self, store: Store) -> None:
        """A datapoint's place is that of its first result; its repeats stand together."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result("z", 1), a_result("a")])
        store.write_results("run-1", [a_result("m"), a_result("z", 0)])
        keys = [tuple(item.key) for item in store.iter_results("run-1")]
        assert keys == [("z", 0), ("z", 1), ("a", 0), ("m", 0)]

    def test_results_stand_where_they_say_in_a_dataset_that_is_not_stored(
        self, store: Store
    ) -> None:
        """Whatever order they ended in; what tells no place comes after, and a page says so too."""
        store.create_run(a_run())
        told = [
            replace(a_result(f"d{i}", repeat), position=i) for i in range(9) for repeat in (0, 1)
        ]
        shuffled = random.Random(5).sample(told, len(told))
        store.write_results("run-1", shuffled[:7])
        store.write_results("run-1", [a_result("untold")])
        assert store.read_scores("run-1").datapoint_ids[-1] == "untold"
        store.write_results("run-1", shuffled[7:])
        keys = [
            item.key for item in store.iter_results("run-1") if item.key.datapoint_id != "untold"
        ]
        assert keys == [item.key for item in told]

    def test_results_stand_in_the_order_that_the_run_names(self, store: Store) -> None:
        """Without a stored dataset the client's list counts; what it does not name comes last."""
        store.create_run(replace(a_run(), metadata={"datapoint_ids": ["a", "m", "z", "a", 3]}))
        store.write_results("run-1", [a_result("z", 1), a_result("new")])
        store.write_results("run-1", [a_result("m"), a_result("z", 0), a_result("a")])
        keys = [tuple(item.key) for item in store.iter_results("run-1")]
        assert keys == [("a", 0), ("m", 0), ("z", 0), ("z", 1), ("new", 0)]

    def test_results_read_out_of_events_stand_by_the_time_they_began(self, store: Store) -> None:
        """A start that is told later counts, and the other repeats follow their datapoint."""
        store.create_run(a_run())

        def read(name: str, repeat: int, minute: int) -> ItemResult:
            metadata = {PROJECTED_KEY: True}
            return replace(a_result(name, repeat), started_at=a_moment(minute), metadata=metadata)

        store.write_results("run-1", [read("late", 0, 9), read("mid", 0, 5)])
        store.write_results("run-1", [read("late", 1, 8), read("first", 0, 1)])
        ids = [tuple(item.key) for item in store.iter_results("run-1")]
        assert ids == [("first", 0), ("mid", 0), ("late", 0), ("late", 1)]
        store.write_results("run-1", [read("late", 0, 3)])
        ids = [tuple(item.key) for item in store.iter_results("run-1")]
        assert ids == [("first", 0), ("late", 0), ("late", 1), ("mid", 0)]
        assert list(store.read_scores("run-1").datapoint_ids) == ["first", "late", "late", "mid"]

    def test_what_tells_no_place_follows_what_came_before_it(self, store: Store) -> None:
        """Also what was forgotten and comes again, and what stands by the time it began."""
        store.create_run(a_run())
        read = replace(a_result("read"), metadata={PROJECTED_KEY: True})
        store.write_results("run-1", [read, a_result("a"), a_result("b")])
        store.write_results("run-1", [a_result("c"), a_result("a", 1)])
        store.delete_results("run-1", [ItemKey("b", 0)])
        store.write_results("run-1", [a_result("b"), a_result("a", 0)])
        keys = [tuple(item.key) for item in store.iter_results("run-1")]
        assert keys[-3:] == [("read", 0), ("c", 0), ("b", 0)]
        assert keys[:-3] == [("a", 0), ("a", 1)]

    def test_datapoints_outside_the_dataset_follow_those_in_it(self, store: Store) -> None:
        """They are kept, at the end, in order of arrival."""
        run_id = run_over_dataset(store, 3)
        store.write_results(run_id, [a_result("x"), a_result("d2"), a_result("w")])
        store.write_results(run_id, [a_result("d0"), a_result("d1")])
        ids = [item.key.datapoint_id for item in store.iter_results(run_id)]
        assert ids == ["d0", "d1", "d2", "x", "w"]

    def test_results_are_found_by_key(self, store: Store) -> None:
        """Whole, each under its key; what is not there, or in another run, is left out."""
        store.create_run(a_run())
        store.create_run(a_run("run-2"))
        items = [a_result(f"d{i}", repeat) for i in range(300) for repeat in range(2)]
        store.write_results("run-1", items)
        store.write_results("run-2", [a_result("other")])
        wanted = [item.key for item in items[::2]]
        found = store.get_results("run-1", [*wanted, ItemKey("other", 0), ItemKey("d0", 9)])
        assert found == {item.key: item for item in items[::2]}

    def test_the_metadata_of_a_datapoint_is_that_of_its_first_repeat(self, store: Store) -> None:
        """One for each datapoint of the run, empty where none was given."""
        store.create_run(a_run())
        items = [a_result("a", 1), a_result("a"), a_result("b")]
        told: list[dict[str, Any]] = [{"lang": "en"}, {"lang": "de", "n": 1}, {}]
        store.write_results(
            "run-1", [replace(i, metadata=m) for i, m in zip(items, told, strict=True)]
        )
        assert store.item_metadata("run-1") == {"a": {"lang": "de", "n": 1}, "b": {}}

    def test_outputs_can_be_left_out(self, store: Store) -> None:
        """Scores stay, the heavy parts go."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result()])
        light = replace(a_result(), output=None, attempts=(), metadata={})
        assert list(store.iter_results("run-1", outputs=False)) == [light]

    def test_scores_read_as_columns_are_those_of_the_results(self, store: Store) -> None:
        """Verdicts, numbers, labels, errors, gaps, strange orders: all as item by item."""
        run_id = run_over_dataset(store, 60)
        usual = (
            Score("a", value=1.0, passed=True),
            Score("b", passed=False),
            Score("c", value=0.5),
        )
        strange: list[tuple[Score, ...]] = [
            (),
            usual[::-1],
            usual[:2],
            (*usual, Score("d", label="late")),
            (usual[0], Score("b", ScoreStatus.ERROR, reason="away"), usual[2]),
            (usual[0], Score("b", ScoreStatus.NOT_APPLICABLE), usual[2]),
            (usual[0], usual[0], Score("a", value=3.0)),
            (Score("e"), Score("a", value=0.0, passed=False, label="no\x00")),
            (
                usual[0],
                Score("a", value=0.25, details={"event_name": "step", "event_type": "tool"}),
            ),
            (Score("a", value=0.75, details={"event_name": "answer"}), usual[1]),
            (Score("c", value=1.0, details={"metric_type": "HUMAN", "note": "event_name"}),),
        ]
        items = [a_result(f"d{i}", i % 2, scores=usual, error=None) for i in range(52)]
        items += [a_result(f"d{52 + i}", scores=each) for i, each in enumerate(strange)]
        items[3] = replace(items[3], error="Timeout: 3 s", passed=None, session_id=None)
        store.write_results(run_id, random.Random(3).sample(items, len(items)))
        expected = collect_scores(store.iter_results(run_id, outputs=False), candidate="answer")
        assert store.read_scores(run_id, candidate="answer") == expected
        assert [column.name for column in expected.metrics] == ["a", "b", "c", "d", "e", "a"]
        assert expected.metrics[-1].identity == ("a", "step")
        assert expected.metrics[2].metric_type == "HUMAN"

    def test_answers_read_as_columns_are_those_of_the_results(self, store: Store) -> None:
        """Chunks put together are the whole, in order; only a scored first score tells."""
        run_id = run_over_dataset(store, 8)
        counts = Score("f1", value=0.5, details={"tp": 1, "fp": 0, "fn": 1})
        away = Score("f1", ScoreStatus.ERROR, reason="away", details={"tp": 1})
        items = [
            a_result("d0"),
            a_result("d1", scores=(counts, Score("other", value=2.0))),
            a_result("d2", scores=(away,), passed=None, latency_seconds=None, cached=True),
            a_result("d3", scores=(), cost=NO_COST, status=ItemStatus.FAILED),
            a_result("late\x00"),
        ]
        store.write_results(run_id, items[::-1])
        [found] = store.iter_answers(run_id)
        assert found == answer_columns(items)
        assert list(store.iter_answers("nobody"))[:1] in ([], [answer_columns([])])

    def test_keys_are_found_by_what_their_results_are(self, store: Store) -> None:
        """The filter of pages, without the pages."""
        store.create_run(a_run())
        items = [a_result(f"d{i}", passed=i % 2 == 0, output=f"said {i}") for i in range(6)]
        store.write_results("run-1", items)
        assert store.find_keys("run-1", ResultFilter()) == [item.key for item in items]
        failed = store.find_keys("run-1", ResultFilter(passed=False, search="SAID 3"))
        assert failed == [ItemKey("d3", 0)]
        assert store.find_keys("run-1", ResultFilter(status=ItemStatus.REFUSED)) == []

    def test_keys_are_found_by_what_went_wrong(self, store: Store) -> None:
        """An error's text is searched as an output's is."""
        store.create_run(a_run())
        broken = a_result(
            "d1", status=ItemStatus.FAILED, error="TimeoutError: 100% of 30 s", output=None
        )
        store.write_results("run-1", [a_result("d0"), broken])
        assert store.find_keys("run-1", ResultFilter(search="timeouterror: 100%")) == [broken.key]

    def test_keys_are_found_by_latency(self, store: Store) -> None:
        """What took no known time comes last, whichever way."""
        store.create_run(a_run())
        times = {"d0": 0.5, "d1": None, "d2": 0.0, "d3": 2.0, "d4": 0.5}
        store.write_results(
            "run-1", [a_result(name, latency_seconds=took) for name, took in times.items()]
        )
        found = store.find_keys("run-1", ResultFilter(), sort="latency_seconds")
        assert [key.datapoint_id for key in found] == ["d2", "d0", "d4", "d3", "d1"]
        slowest = store.find_keys("run-1", ResultFilter(), sort="-latency_seconds")
        assert [key.datapoint_id for key in slowest] == ["d3", "d0", "d4", "d2", "d1"]
        page = store.page_results(
            "run-1", listing=Listing(offset=1, limit=3), sort="-latency_seconds"
        )
        assert (slowest[1:4], 5) == ([item.key for item in page.items], page.total)

    @pytest.mark.parametrize("width", [0, 1, 45])
    def test_scores_read_as_columns_whatever_their_number(self, store: Store, width: int) -> None:
        """None, one or more than a statement can join."""
        store.create_run(a_run())
        scores = tuple(Score(f"m{number}", value=float(number)) for number in range(width))
        store.write_results("run-1", [a_result(f"d{i}", scores=scores) for i in range(3)])
        found = store.read_scores("run-1")
        assert found == collect_scores(store.iter_results("run-1", outputs=False))
        assert len(found.metrics) == width
        assert len(store.read_scores("nobody")) == 0

    def test_finished_keys_are_those_stored(self, store: Store) -> None:
        """All, or those of some statuses."""
        store.create_run(a_run())
        failed = a_result("d1", 3, status=ItemStatus.FAILED)
        store.write_results("run-1", [a_result(), failed])
        assert store.finished_keys("run-1") == {ItemKey("d0", 0), ItemKey("d1", 3)}
        assert store.finished_keys("run-1", statuses=[ItemStatus.FAILED]) == {failed.key}
        assert store.finished_keys("run-1", statuses=[]) == set()
        assert store.finished_keys("another") == set()

    def test_results_are_counted_by_status(self, store: Store) -> None:
        """Absent statuses are left out."""
        store.create_run(a_run())
        statuses = [ItemStatus.SCORED, ItemStatus.SCORED, ItemStatus.TRUNCATED]
        batch = [a_result(f"d{i}", status=status) for i, status in enumerate(statuses)]
        store.write_results("run-1", batch)
        assert store.count_results("run-1") == {ItemStatus.SCORED: 2, ItemStatus.TRUNCATED: 1}

    def test_pages_follow_the_dataset(self, store: Store) -> None:
        """Pages meet without gap or overlap; the total counts all that match."""
        run_id = run_over_dataset(store, 10)
        items = [a_result(f"d{i}", passed=i % 2 == 0) for i in range(10)]
        store.write_results(run_id, items[::-1])
        page = store.page_results(run_id, listing=Listing(offset=3, limit=4))
        assert (page.items, page.total) == (tuple(items[3:7]), 10)
        passed = store.page_results(
            run_id, where=ResultFilter(passed=True), listing=Listing(limit=2)
        )
        assert (passed.items, passed.total) == ((items[0], items[2]), 5)
        with pytest.raises(InvalidInputError):
            store.page_results(run_id, listing=Listing(limit=0))

    def test_results_are_found_by_what_they_are(self, store: Store) -> None:
        """Status, verdict and text select; text is looked for in ids and outputs."""
        store.create_run(a_run())
        said = a_result("first", output={"say": 'a "Grand" day\n'}, passed=False)
        percent = a_result("second", output="100%", status=ItemStatus.TRUNCATED)
        silent = a_result("third", output=None, passed=None)
        store.write_results("run-1", [said, percent, silent])

        def found(**where: object) -> tuple[str, ...]:
            page = store.page_results("run-1", where=ResultFilter(**where))  # type: ignore[arg-type]
            return tuple(item.key.datapoint_id for item in page.items)

        assert found(status=ItemStatus.TRUNCATED) == ("second",)
        assert found(passed=False) == ("first",)
        assert found(datapoint_ids=("third", "gone", "first")) == ("first", "third")
        assert found(datapoint_ids=()) == ()
        assert found(search='"GRAND" day\n') == ("first",)
        assert found(search="0%") == ("second",)
        assert found(search="_") == ()
        assert found(search="ird") == ("third",)
        assert found(search="first", passed=True) == ()
        assert found(search="null") == ()

    def test_only_the_case_of_a_to_z_is_ignored(self, store: Store) -> None:
        """Whatever the language of the database."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result("ÄRGER"), a_result("d1", output="Ärger")])

        def found(search: str) -> tuple[str, ...]:
            page = store.page_results("run-1", where=ResultFilter(search=search))
            return tuple(item.key.datapoint_id for item in page.items)

        assert found("Ärger") == ("ÄRGER", "d1")
        assert found("ärger") == ()

    def test_forgotten_items_are_gone_and_counted(self, store: Store) -> None:
        """What was forgotten can be written again, at its old place."""
        run_id = run_over_dataset(store, 4)
        items = [a_result(f"d{i}") for i in range(4)]
        store.write_results(run_id, items)
        forgotten = [items[1].key, items[3].key, items[1].key, ItemKey("d0", 9)]
        assert store.delete_results(run_id, forgotten) == 2
        assert list(store.iter_results(run_id)) == [items[0], items[2]]
        store.write_results(run_id, items[1:2])
        assert list(store.iter_results(run_id)) == items[:3]

    def test_runs_keep_their_results_apart(self, store: Store) -> None:
        """The same datapoint in two runs is two items."""
        for run_id in ("run-1", "run-2"):
            store.create_run(a_run(run_id))
            store.write_results(run_id, [a_result(output=run_id)])
        store.delete_results("run-1", [ItemKey("d0", 0)])
        assert [item.output for item in store.iter_results("run-2")] == ["run-2"]

    def test_nothing_to_write_is_no_mistake(self, store: Store) -> None:
        """An empty batch changes nothing."""
        store.create_run(a_run())
        store.write_results("run-1", [])
        assert list(store.iter_results("run-1")) == []

    def test_results_of_an_unknown_run_are_refused(self, store: Store) -> None:
        """Nothing is stored for a run that was never made."""
        with pytest.raises(NotFoundError, match="gone"):
            store.write_results("gone", [a_result()])
        with pytest.raises(NotFoundError, match="gone"):
            store.get_result("gone", ItemKey("d0", 0))

    def test_an_unknown_item_is_said_to_be_unknown(self, store: Store) -> None:
        """The message names the datapoint."""
        store.create_run(a_run())
        with pytest.raises(NotFoundError, match="d7"):
            store.get_result("run-1", ItemKey("d7", 0))

    @pytest.mark.parametrize("output", [float("nan"), [float("inf")], {1: 2}, object()])
    def test_what_is_not_json_is_refused_and_nothing_of_the_batch_stored(
        self, store: Store, output: object
    ) -> None:
        """All of a batch or nothing."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result(output="before")])
        with pytest.raises(NotJsonError):
            store.write_results(
                "run-1", [a_result(), a_result("d1"), a_result("d2", output=output)]
            )
        assert [item.output for item in store.iter_results("run-1")] == ["before"]

    def test_eight_writers_at_once_lose_nothing(self, store: Store) -> None:
        """Every item of every thread is there, once."""
        run_id = run_over_dataset(store, 160)
        items = [a_result(f"d{i}") for i in range(160)]

        def write(start: int) -> None:
            for item in items[start::8]:
                store.write_results(run_id, [item])

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(8)))
        assert list(store.iter_results(run_id)) == items

    def test_reading_goes_on_while_others_write(self, store: Store) -> None:
        """A reader in the middle of its stream holds up nobody and is not disturbed."""
        run_id = run_over_dataset(store, 600)
        items = [a_result(f"d{i}") for i in range(600)]
        store.write_results(run_id, items)
        stream = store.iter_results(run_id)
        seen = [next(stream)]
        store.write_results(run_id, [a_result("late")])
        assert [*seen, *stream][:600] == items

    def test_large_and_small_outputs_stream_alike(self, store: Store) -> None:
        """No item is lost where a chunk ends early."""
        run_id = run_over_dataset(store, 12)
        sizes = [10, 3_000_000, 5_000_000, 0, 2_000_000, 2_000_000, 1, 1, 4_000_000, 7, 8, 9]
        items = [a_result(f"d{n}", output="x" * size) for n, size in enumerate(sizes)]
        store.write_results(run_id, items)
        assert [item.key for item in store.iter_results(run_id)] == [item.key for item in items]
        assert [len(item.output) for item in store.iter_results(run_id)] == sizes
