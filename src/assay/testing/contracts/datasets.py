"""The contract of ``DatasetStore``."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from assay.core.datasets import Datapoint, DatasetVersion, dataset_digest
from assay.core.errors import (
    InvalidDatasetError,
    InvalidInputError,
    NotFoundError,
    NotJsonError,
)
from assay.core.ports import DatasetStore, Listing
from assay.testing.samples import some_datapoints


class DatasetStoreContract:
    """Immutable, versioned datasets."""

    def test_a_stored_dataset_reads_back_in_order(self, store: DatasetStore) -> None:
        """What was put in comes out, with its size and digest."""
        points = some_datapoints(1_203)
        version = store.add_dataset("sums", iter(points), metadata={"source": "school"})
        assert store.get_dataset(version.id) == version
        assert list(store.iter_datapoints(version.id)) == points
        assert (version.version, version.size) == (1, 1_203)
        assert version.digest == dataset_digest(points)
        assert version.metadata == {"source": "school"}

    def test_the_same_content_is_one_version(self, store: DatasetStore) -> None:
        """Storing a dataset again changes nothing and returns the first."""
        first = store.add_dataset("sums", some_datapoints())
        assert store.add_dataset("sums", some_datapoints(), metadata={"later": True}) == first
        assert store.list_datasets().total == 1

    def test_other_content_is_the_next_version_and_the_old_one_stays(
        self, store: DatasetStore
    ) -> None:
        """Versions count from 1; the newest is found by name, the old one by number."""
        first = store.add_dataset("sums", some_datapoints(2))
        second = store.add_dataset("sums", some_datapoints(3))
        assert second.version == 2
        assert store.find_dataset("sums") == second
        assert store.find_dataset("sums", version=1) == first
        assert store.add_dataset("sums", some_datapoints(2)) == first

    def test_order_is_content(self, store: DatasetStore) -> None:
        """The same datapoints in another order are another version."""
        store.add_dataset("sums", some_datapoints())
        assert store.add_dataset("sums", some_datapoints()[::-1]).version == 2

    def test_projects_do_not_see_each_other(self, store: DatasetStore) -> None:
        """A name means something else in another project."""
        mine = store.add_dataset("sums", some_datapoints(), project="mine")
        yours = store.add_dataset("sums", some_datapoints(), project="yours")
        assert mine.id != yours.id
        assert store.find_dataset("sums", project="mine") == mine
        assert store.list_datasets(Listing(project="mine")).items == (mine,)
        assert store.list_datasets(Listing(project=None)).total == 2

    def test_a_part_of_the_datapoints_can_be_read(self, store: DatasetStore) -> None:
        """Offset and limit cut a window, also beyond the end."""
        points = some_datapoints(10)
        dataset_id = store.add_dataset("sums", points).id
        assert list(store.iter_datapoints(dataset_id, offset=3, limit=4)) == points[3:7]
        assert list(store.iter_datapoints(dataset_id, offset=8, limit=9)) == points[8:]
        assert list(store.iter_datapoints(dataset_id, limit=0)) == []
        assert list(store.iter_datapoints(dataset_id, offset=99)) == []

    def test_datapoints_are_found_by_id(self, store: DatasetStore) -> None:
        """Known ids are found, unknown ones left out."""
        points = some_datapoints(4)
        dataset_id = store.add_dataset("sums", points).id
        found = store.get_datapoints(dataset_id, ["d2", "nobody", "d0"])
        assert found == {"d0": points[0], "d2": points[2]}
        assert store.get_datapoints("nothing", ["d0"]) == {}

    def test_a_version_is_extended_again_and_again(self, store: DatasetStore) -> None:
        """Each version has what it had, whatever was appended later."""
        points = some_datapoints(6)
        versions = [store.add_dataset("sums", points[:2], metadata={"source": "school"})]
        for size in (3, 4, 6):
            last = versions[-1]
            versions.append(store.extend_dataset(last.id, points[last.size : size]))
        for number, version in enumerate(versions, start=1):
            held = points[: version.size]
            assert (version.version, version.digest) == (number, dataset_digest(held))
            assert store.get_dataset(version.id) == version
            assert list(store.iter_datapoints(version.id)) == held
            assert list(store.iter_datapoints(version.id, offset=1, limit=9)) == held[1:]
            known = store.get_datapoints(version.id, [point.id for point in points])
            assert known == {point.id: point for point in held}
        assert store.find_dataset("sums") == versions[-1]
        assert versions[-1].metadata == {}

    def test_what_leads_to_stored_content_is_the_stored_version(self, store: DatasetStore) -> None:
        """Also where two go different ways from one version, or nothing is appended."""
        points = some_datapoints(5)
        first = store.add_dataset("sums", points[:2])
        second = store.extend_dataset(first.id, points[2:3])
        other = store.extend_dataset(first.id, points[3:])
        assert store.extend_dataset(first.id, points[2:3]) == second
        assert store.extend_dataset(first.id, points[3:]) == other
        assert store.extend_dataset(first.id, []) == first
        assert store.extend_dataset(second.id, []) == second
        assert list(store.iter_datapoints(other.id)) == [*points[:2], *points[3:]]
        assert list(store.iter_datapoints(second.id)) == points[:3]
        assert store.extend_dataset(store.add_dataset("none", []).id, points).size == 5

    def test_versions_that_are_made_at_once_are_one_per_content(self, store: DatasetStore) -> None:
        """Numbered without gaps, whether stored whole or as an extension."""
        points = some_datapoints(5)
        first = store.add_dataset("sums", points[:1])

        def make(number: int) -> DatasetVersion:
            size = 2 + number % 4
            if number % 2:
                return store.extend_dataset(first.id, points[1:size])
            return store.add_dataset("sums", points[:size])

        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(make, range(16)))
        assert {version.version for version in made} == {2, 3, 4, 5}
        assert len({version.id for version in made}) == 4
        for version in made:
            assert list(store.iter_datapoints(version.id)) == points[: version.size]

    def test_an_id_is_not_appended_twice(self, store: DatasetStore) -> None:
        """Neither one that is there nor one that comes twice; nothing is stored then."""
        points = some_datapoints(4)
        first = store.add_dataset("sums", points[:2])
        store.extend_dataset(first.id, points[2:3])
        for wrong in ([points[0]], [points[3], points[3]]):
            with pytest.raises(InvalidDatasetError, match="twice"):
                store.extend_dataset(first.id, wrong)
        assert store.find_dataset("sums").version == 2
        with pytest.raises(NotJsonError, match="'d3'"):
            store.extend_dataset(first.id, [Datapoint("d3", {"x": object()})])
        with pytest.raises(NotFoundError):
            store.extend_dataset("nothing", points)

    def test_an_empty_dataset_is_a_dataset(self, store: DatasetStore) -> None:
        """Nothing in it is not the same as nothing there."""
        version = store.add_dataset("empty", [])
        assert version.size == 0
        assert list(store.iter_datapoints(version.id)) == []

    def test_absent_ground_truth_stays_absent(self, store: DatasetStore) -> None:
        """An empty ground truth and none are told apart."""
        points = [Datapoint("none", {}), Datapoint("empty", {}, {})]
        version = store.add_dataset("truths", points)
        assert list(store.iter_datapoints(version.id)) == points

    def test_a_repeated_id_is_refused_and_nothing_stored(self, store: DatasetStore) -> None:
        """Ids are unique within a dataset."""
        with pytest.raises(InvalidDatasetError, match="d1"):
            store.add_dataset("sums", [*some_datapoints(), *some_datapoints()[1:2]])
        assert store.list_datasets().total == 0

    def test_what_is_not_json_is_refused_by_name(self, store: DatasetStore) -> None:
        """The message names the datapoint."""
        with pytest.raises(NotJsonError, match="broken"):
            store.add_dataset("sums", [Datapoint("broken", {"when": object()})])
        assert store.list_datasets().total == 0

    def test_an_unknown_dataset_is_said_to_be_unknown(self, store: DatasetStore) -> None:
        """The message says what was looked for and what there is."""
        store.add_dataset("sums", some_datapoints())
        with pytest.raises(NotFoundError, match=r"'products'.*'sums'"):
            store.find_dataset("products")
        with pytest.raises(NotFoundError, match=r"'7'"):
            store.find_dataset("sums", version=7)
        with pytest.raises(NotFoundError, match="nothing"):
            store.get_dataset("nothing")
        with pytest.raises(NotFoundError, match="nothing"):
            list(store.iter_datapoints("nothing"))

    def test_the_listing_shows_the_newest_of_each(self, store: DatasetStore) -> None:
        """Pages, search and order work on the newest versions."""
        store.add_dataset("alpha", some_datapoints(1))
        alpha = store.add_dataset("alpha", some_datapoints(5))
        beta = store.add_dataset("beta", some_datapoints(2))
        assert store.list_datasets(Listing(sort="name")).items == (alpha, beta)
        assert store.list_datasets(Listing(sort="-size", limit=1)).items == (alpha,)
        assert store.list_datasets(Listing(search="ET")).items == (beta,)
        assert store.list_datasets(Listing(search="%")).items == ()
        with pytest.raises(InvalidInputError, match="colour"):
            store.list_datasets(Listing(sort="colour"))
