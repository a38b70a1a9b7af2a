"""The contracts of ``DocumentStore`` and ``DatasetVersionStore``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from assay.core.documents import Document, DocumentFilter
from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.ports import Listing, Store
from assay.testing.samples import a_moment, a_run, some_datapoints


def a_document(document_id: str = "one", **changes: Any) -> Document:
    """Return a small document."""
    document = Document(
        kind="note",
        id=document_id,
        project="default",
        created_at=a_moment(),
        updated_at=a_moment(),
        name=f"name of {document_id}",
        body={"text": "x\x00y", "numbers": [1, 1.0, None]},
    )
    return replace(document, **changes)


class DocumentStoreContract:
    """Revisioned JSON documents by kind."""

    def test_a_stored_document_reads_back_exactly(self, store: Store) -> None:
        """Every field."""
        document = a_document(parent="p", state="open", unique_key="k")
        assert store.add_documents([document]) == 1
        assert store.get_document("note", "one") == document

    def test_kinds_do_not_see_each_other(self, store: Store) -> None:
        """The same id and unique key of another kind are another document."""
        store.add_documents([a_document(unique_key="k"), a_document(kind="memo", unique_key="k")])
        assert store.get_document("memo", "one").kind == "memo"
        assert store.list_documents(DocumentFilter("note")).total == 1
        with pytest.raises(NotFoundError, match="There is no note 'two'"):
            store.get_document("note", "two")

    @pytest.mark.parametrize(
        "other", [a_document(), a_document("two", unique_key="k")], ids=["id", "unique key"]
    )
    def test_what_is_taken_is_a_conflict_or_left_out(self, store: Store, other: Document) -> None:
        """Nothing of the call is stored, or everything else is."""
        store.add_documents([a_document(unique_key="k")])
        with pytest.raises(ConflictError, match="already"):
            store.add_documents([a_document("three"), other])
        assert store.list_documents(DocumentFilter("note")).total == 1
        assert store.add_documents([a_document("three"), other], ignore_taken=True) == 1
        assert store.get_document("note", "one").unique_key == "k"

    def test_a_change_counts_revisions_and_a_stale_one_is_refused(self, store: Store) -> None:
        """Of two who read the same revision, the second to write is told."""
        store.add_documents([a_document()])
        read = store.get_document("note", "one")
        saved = store.save_document(replace(read, state="done", body={}))
        assert saved == replace(read, state="done", body={}, revision=2)
        assert store.get_document("note", "one") == saved
        with pytest.raises(ConflictError, match="in between"):
            store.save_document(replace(read, state="lost"))
        assert store.get_document("note", "one") == saved
        with pytest.raises(NotFoundError, match="gone"):
            store.save_document(a_document("gone"))

    def test_a_unique_key_is_held_by_one(self, store: Store) -> None:
        """It can be kept and given up, but not taken."""
        store.add_documents([a_document(unique_key="a"), a_document("two", unique_key="b")])
        mine = store.get_document("note", "one")
        with pytest.raises(ConflictError, match="already"):
            store.save_document(replace(mine, unique_key="b"))
        kept = store.save_document(replace(mine, state="kept"))
        store.save_document(replace(kept, unique_key=None))
        store.save_document(replace(store.get_document("note", "two"), unique_key="a"))

    def test_of_two_who_claim_a_key_at_once_one_is_told(self, store: Store) -> None:
        """Whether by a new document or by a change of another."""
        store.add_documents([a_document(f"old-{n}", unique_key=f"old-{n}") for n in range(40)])

        def claim(act: Callable[[], object]) -> bool:
            gate.wait()
            try:
                act()
            except ConflictError:
                return False
            return True

        gate = Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            for n in range(40):
                new = a_document(f"new-{n}", unique_key=f"key-{n}")
                changed = a_document(f"old-{n}", unique_key=f"key-{n}")
                acts = (partial(store.add_documents, [new]), partial(store.save_document, changed))
                assert sorted(threads.map(claim, acts)) == [False, True]

    def test_documents_are_listed_by_what_is_asked(self, store: Store) -> None:
        """Parents, ids, names, states, project, search and order."""
        one = a_document(parent="p", state="open")
        two = a_document("two", parent="p", state="done", created_at=a_moment(1))
        three = a_document("three", parent="q", state="open", project="other")
        store.add_documents([one, two, three])
        everywhere = Listing(project=None, sort="id")
        assert store.list_documents(DocumentFilter("note")).items == (two, one)
        assert store.list_documents(DocumentFilter("note"), everywhere).items == (one, three, two)
        wanted = {
            DocumentFilter("note", parents=("p",)): (one, two),
            DocumentFilter("note", ids=("three", "none")): (three,),
            DocumentFilter("note", names=("name of two",)): (two,),
            DocumentFilter("note", states=("open",)): (one, three),
            DocumentFilter("note", ids=()): (),
        }
        for where, expected in wanted.items():
            assert store.list_documents(where, everywhere).items == expected
        assert store.list_documents(DocumentFilter("note"), Listing(search="TWO")).items == (two,)
        with pytest.raises(InvalidInputError, match="colour"):
            store.list_documents(DocumentFilter("note"), Listing(sort="colour"))

    def test_states_are_counted_and_documents_forgotten(self, store: Store) -> None:
        """Each within what is asked."""
        store.add_documents(
            [a_document(str(n), parent="p", state="open" if n else "done") for n in range(4)]
        )
        assert store.count_documents(DocumentFilter("note", parents=("p",))) == {
            "open": 3,
            "done": 1,
        }
        assert store.delete_documents(DocumentFilter("note", states=("open",))) == 3
        assert store.count_documents(DocumentFilter("note")) == {"done": 1}
        assert store.delete_documents(DocumentFilter("note", states=("open",))) == 0


class DatasetVersionStoreContract:
    """The versions of a named dataset as a line."""

    def test_versions_are_listed_oldest_first(self, store: Store) -> None:
        """Those of the name and project alone."""
        first = store.add_dataset("sums", some_datapoints(1))
        second = store.add_dataset("sums", some_datapoints(2))
        store.add_dataset("sums", some_datapoints(3), project="other")
        assert store.dataset_versions("sums") == [first, second]
        assert store.dataset_versions("nothing") == []

    def test_ids_are_read_in_order(self, store: Store) -> None:
        """Without the datapoints."""
        points = some_datapoints(3)[::-1]
        assert store.datapoint_ids(store.add_dataset("sums", points).id) == ["d2", "d1", "d0"]
        assert store.datapoint_ids("nothing") == []

    def test_a_version_that_outlived_its_line_is_extended(self, store: Store) -> None:
        """The next version has the next number, though earlier ones are gone."""
        store.add_dataset("sums", some_datapoints(1))
        used = store.add_dataset("sums", some_datapoints(2)[::-1])
        store.create_run(a_run(dataset_id=used.id))
        store.drop_dataset("sums", kept_as="kept")
        longer = store.extend_dataset(used.id, some_datapoints(3)[2:])
        assert (longer.name, longer.version) == ("kept", 3)
        assert store.dataset_versions("kept") == [replace(used, name="kept"), longer]
        assert store.add_dataset("sums", some_datapoints(1)).version == 1

    def test_datapoints_are_located_in_versions(self, store: Store) -> None:
        """With the version that has them."""
        first = store.add_dataset("sums", some_datapoints(1))
        second = store.add_dataset("sums", some_datapoints(2))
        d0, d1 = some_datapoints(2)
        found = store.locate_datapoints(["d0", "d1", "d9"], [first.id, second.id, "nothing"])
        assert sorted(found, key=lambda each: (each[1].id, each[0])) == sorted(
            [(first.id, d0), (second.id, d0), (second.id, d1)],
            key=lambda each: (each[1].id, each[0]),
        )
        assert store.locate_datapoints(["d0"], []) == []

    def test_a_renamed_line_keeps_its_versions(self, store: Store) -> None:
        """Their ids and numbers stay; a taken name is refused."""
        first = store.add_dataset("sums", some_datapoints(1))
        store.add_dataset("taken", some_datapoints(1))
        store.rename_dataset("sums", "additions")
        store.rename_dataset("additions", "additions")
        assert store.dataset_versions("additions") == [replace(first, name="additions")]
        with pytest.raises(ConflictError, match="taken"):
            store.rename_dataset("additions", "taken")

    def test_what_a_run_is_over_outlives_its_line(self, store: Store) -> None:
        """The rest is forgotten, and the name free."""
        used = store.add_dataset("sums", some_datapoints(1))
        free = store.add_dataset("sums", some_datapoints(2))
        store.create_run(a_run(dataset_id=used.id))
        assert store.drop_dataset("sums", kept_as="sums, deleted") == 1
        assert store.dataset_versions("sums") == []
        assert store.dataset_versions("sums, deleted") == [replace(used, name="sums, deleted")]
        assert list(store.iter_datapoints(used.id)) == some_datapoints(1)
        with pytest.raises(NotFoundError):
            store.get_dataset(free.id)
