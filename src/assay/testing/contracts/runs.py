"""The contract of ``RunStore``."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.ports import Listing, RunFilter, Store
from assay.core.runs import Run, RunKind, RunStatus
from assay.testing.samples import a_moment, a_result, a_run


class RunStoreContract:
    """Runs."""

    def test_a_run_reads_back_as_it_was(self, store: Store) -> None:
        """Every field survives, filled or not."""
        filled = a_run(
            "full",
            description="all of it",
            dataset_id="dataset-1",
            evaluation_id="evaluation-1",
            repeats=3,
            planned=0,
            stop_reason="budget",
            finished_at=a_moment(9.000001),
            configuration={"temperature": 0.0, "nested": {"b": 1, "a": [None]}},
            metadata={"team": "x"},
            results={"pass_rate": 0.5},
            event_ids=("e2", "e1"),
        )
        for run in (filled, a_run("bare")):
            assert store.create_run(run) == run
            assert store.get_run(run.id) == run

    def test_a_taken_id_is_a_conflict_and_the_first_run_stays(self, store: Store) -> None:
        """Creating never replaces."""
        store.create_run(a_run())
        with pytest.raises(ConflictError, match="run-1"):
            store.create_run(a_run(name="another"))
        assert store.get_run("run-1") == a_run()

    def test_saving_replaces_the_run_and_keeps_its_results(self, store: Store) -> None:
        """A run moves on while its items stay."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result()])
        ended = replace(a_run(), status=RunStatus.COMPLETED, finished_at=a_moment(60))
        assert store.save_run(ended) == ended
        assert store.get_run("run-1") == ended
        assert list(store.iter_results("run-1")) == [a_result()]

    def test_stamps_are_those_of_every_wanted_run_in_order(self, store: Store) -> None:
        """The window does not count; filter, search, project and order do."""
        for number in range(3):
            run = a_run(f"run-{number}", name="agent", created_at=a_moment(number))
            store.create_run(replace(run, updated_at=a_moment(9)))
        store.create_run(a_run("else", name="other"))
        store.create_run(a_run("foreign", name="agent", project="p2"))
        store.create_run(a_run("done", name="agent", status=RunStatus.COMPLETED))
        listing = Listing(search="AGENT", offset=1, limit=1, sort="-created_at")
        stamps = store.run_stamps(RunFilter(status=a_run().status), listing)
        assert [stamp.id for stamp in stamps] == ["run-2", "run-1", "run-0"]
        assert {(stamp.status, stamp.updated_at) for stamp in stamps} == {
            (a_run().status, a_moment(9))
        }

    def test_of_changes_at_once_every_one_is_kept(self, store: Store) -> None:
        """A change is made of what is stored then, and a refused one changes nothing."""
        store.create_run(a_run())

        def note(number: int) -> Run:
            return store.change_run(
                "run-1", lambda run: replace(run, metadata={**run.metadata, f"k{number}": number})
            )

        def refuse(run: Run) -> Run:
            raise ValueError(run.id)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(note, range(24)))
        stored = store.get_run("run-1")
        assert stored == a_run(metadata={f"k{n}": n for n in range(24)})
        with pytest.raises(ValueError, match="run-1"):
            store.change_run("run-1", refuse)
        assert store.get_run("run-1") == stored
        with pytest.raises(NotFoundError, match="gone"):
            store.change_run("gone", lambda run: run)

    def test_an_unknown_run_is_said_to_be_unknown(self, store: Store) -> None:
        """Reading, saving and deleting name what was looked for, and nobody else's runs."""
        store.create_run(a_run("known"))
        with pytest.raises(NotFoundError, match="There is no run 'gone'") as refused:
            store.get_run("gone")
        assert "known" not in str(refused.value)
        with pytest.raises(NotFoundError, match="gone"):
            store.save_run(a_run("gone"))
        with pytest.raises(NotFoundError, match="gone"):
            store.delete_run("gone")

    def test_a_deleted_run_takes_its_results_along(self, store: Store) -> None:
        """A run of the same id made later starts empty."""
        for run_id in ("run-1", "run-2"):
            store.create_run(a_run(run_id))
            store.write_results(run_id, [a_result()])
        store.delete_run("run-1")
        with pytest.raises(NotFoundError):
            store.get_run("run-1")
        store.create_run(a_run("run-1"))
        assert store.count_results("run-1") == {}
        assert list(store.iter_results("run-2")) == [a_result()]

    def test_runs_are_listed_newest_first_page_by_page(self, store: Store) -> None:
        """Pages meet without gap or overlap; the total counts all."""
        runs = [a_run(f"run-{i}", created_at=a_moment(i)) for i in range(5)]
        for run in runs:
            store.create_run(run)
        first = store.list_runs(listing=Listing(limit=2))
        second = store.list_runs(listing=Listing(limit=2, offset=2))
        assert (*first.items, *second.items) == tuple(runs[:0:-1])
        assert first.total == second.total == 5
        assert store.list_runs(listing=Listing(offset=9)).items == ()

    def test_equal_times_are_listed_in_a_fixed_order(self, store: Store) -> None:
        """The id decides, so that pages never overlap."""
        for run_id in ("b", "c", "a"):
            store.create_run(a_run(run_id))
        listed = store.list_runs(listing=Listing(sort="created_at")).items
        assert [run.id for run in listed] == ["a", "b", "c"]

    def test_runs_are_found_by_what_they_are(self, store: Store) -> None:
        """Every part of the filter selects; together they narrow."""
        one = a_run("one", kind=RunKind.EXPERIMENT, dataset_id="d", evaluation_id="e")
        two = a_run("two", status=RunStatus.FAILED, candidate="Mistral")
        for run in (one, two):
            store.create_run(run)
        assert store.list_runs(RunFilter(kind=RunKind.EXPERIMENT)).items == (one,)
        assert store.list_runs(RunFilter(status=RunStatus.FAILED)).items == (two,)
        assert store.list_runs(RunFilter(dataset_id="d")).items == (one,)
        assert store.list_runs(RunFilter(evaluation_id="e")).items == (one,)
        assert store.list_runs(RunFilter(ids=("two", "three"))).items == (two,)
        assert store.list_runs(RunFilter(ids=())).total == 0
        assert store.list_runs(RunFilter(kind=RunKind.BENCH, dataset_id="d")).total == 0
        assert store.list_runs(listing=Listing(search="mistral")).items == (two,)

    def test_runs_are_found_by_one_of_several_datasets(self, store: Store) -> None:
        """None of them means no run."""
        for dataset in ("a", "b", "c", None):
            store.create_run(a_run(f"over-{dataset}", dataset_id=dataset))

        def found(*datasets: str) -> set[str]:
            return {run.id for run in store.list_runs(RunFilter(dataset_ids=datasets)).items}

        assert found("a", "c", "gone") == {"over-a", "over-c"}
        assert found() == set()

    def test_runs_are_found_by_their_external_dataset(self, store: Store) -> None:
        """By its whole id, case included; what merely looks like a pattern is none."""
        for external in ("EXT-Set", "EXT-set", "EXT-set-2", "EXT-s_t", 'EXT-"set"'):
            store.create_run(a_run(external, metadata={"offline_dataset_id": external, "n": 1}))
        store.create_run(a_run("none", metadata={"note": "EXT-set"}))

        def found(external: str) -> list[str]:
            return [run.id for run in store.list_runs(RunFilter(dataset_id=external)).items]

        for wanted in ("EXT-set", "EXT-Set", "EXT-s_t", 'EXT-"set"'):
            assert found(wanted) == [wanted]
        assert found("EXT-") == []

    def test_runs_are_found_by_when_they_were_created(self, store: Store) -> None:
        """Both ends belong to the range."""
        for second in range(4):
            store.create_run(a_run(f"run-{second}", created_at=a_moment(second)))
        between = RunFilter(since=a_moment(1), until=a_moment(2))
        assert [run.id for run in store.list_runs(between).items] == ["run-2", "run-1"]
        assert store.list_runs(RunFilter(until=a_moment(0))).total == 1
        assert store.list_runs(RunFilter(since=a_moment(3.5))).total == 0

    def test_projects_do_not_see_each_other(self, store: Store) -> None:
        """A listing is of one project, or of all."""
        mine, yours = a_run("m", project="mine"), a_run("y", project="yours")
        for run in (mine, yours):
            store.create_run(run)
        assert store.list_runs(listing=Listing(project="mine")).items == (mine,)
        assert store.list_runs(listing=Listing(project=None)).total == 2
        assert store.list_runs().total == 0

    def test_runs_not_finished_come_first_upwards_and_last_downwards(self, store: Store) -> None:
        """An unknown time sorts alike on every database."""
        for run in (a_run("open"), a_run("ended", finished_at=a_moment())):
            store.create_run(run)
        upwards = store.list_runs(listing=Listing(sort="finished_at")).items
        downwards = store.list_runs(listing=Listing(sort="-finished_at")).items
        assert [run.id for run in upwards] == ["open", "ended"]
        assert [run.id for run in downwards] == ["ended", "open"]

    @pytest.mark.parametrize("listing", [Listing(limit=0), Listing(offset=-1), Listing(sort="x")])
    def test_a_senseless_listing_is_refused(self, store: Store, listing: Listing) -> None:
        """An empty window or an unknown field is the caller's mistake."""
        with pytest.raises(InvalidInputError):
            store.list_runs(listing=listing)
