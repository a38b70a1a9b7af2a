"""The contract of ``TaskStore``."""

import pytest

from assay.core.errors import NotFoundError, NotJsonError
from assay.core.ports import Listing, TaskStore


class TaskStoreContract:
    """Versioned tasks."""

    def test_a_task_reads_back_as_it_was(self, store: TaskStore) -> None:
        """Its definition too, in the order of its keys."""
        definition = {"name": "sums", "gold": {"field": "answer"}, "checks": [1, None]}
        task = store.add_task("sums", definition)
        assert store.get_task(task.id) == task
        assert list(store.get_task(task.id).definition) == list(definition)
        assert (task.version, task.name) == (1, "sums")

    def test_the_same_definition_is_one_version(self, store: TaskStore) -> None:
        """The order of keys does not matter for being the same."""
        first = store.add_task("sums", {"a": 1, "b": 2})
        assert store.add_task("sums", {"b": 2, "a": 1}) == first
        assert store.list_tasks().total == 1

    def test_a_changed_definition_is_the_next_version(self, store: TaskStore) -> None:
        """The old one stays."""
        first = store.add_task("sums", {"a": 1})
        second = store.add_task("sums", {"a": 2})
        assert (second.version, store.get_task(first.id)) == (2, first)
        assert store.list_tasks().items == (second,)

    def test_projects_do_not_see_each_other(self, store: TaskStore) -> None:
        """A name means something else in another project."""
        mine = store.add_task("sums", {"a": 1}, project="mine")
        yours = store.add_task("sums", {"a": 1}, project="yours")
        assert mine.id != yours.id
        assert store.list_tasks(Listing(project="yours")).items == (yours,)
        assert store.list_tasks(Listing(project=None, sort="name", search="UM")).total == 2

    def test_an_unknown_task_is_said_to_be_unknown(self, store: TaskStore) -> None:
        """The message says what was looked for."""
        with pytest.raises(NotFoundError, match="gone"):
            store.get_task("gone")

    def test_what_is_not_json_is_refused(self, store: TaskStore) -> None:
        """The message names the path."""
        with pytest.raises(NotJsonError, match="tolerance"):
            store.add_task("sums", {"tolerance": float("nan")})
