"""The contract of ``EvaluationStore``."""

from dataclasses import replace

import pytest

from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import Listing, Store
from assay.core.runs import Run, RunStatus
from assay.testing.samples import a_moment, a_result, a_run, an_evaluation


def its_runs() -> list[Run]:
    """Return the runs that the sample evaluation names."""
    return [a_run(run_id, evaluation_id="evaluation-1") for run_id in ("run-a", "run-b")]


class EvaluationStoreContract:
    """Evaluations with their runs."""

    def test_an_evaluation_reads_back_with_its_runs(self, store: Store) -> None:
        """Both are stored at once; the order of models and runs is kept."""
        evaluation = an_evaluation()
        assert store.create_evaluation(evaluation, its_runs()) == evaluation
        assert store.get_evaluation("evaluation-1") == evaluation
        assert [store.get_run(run_id) for run_id in evaluation.run_ids] == its_runs()

    def test_a_conflict_stores_neither_evaluation_nor_runs(self, store: Store) -> None:
        """All of it or nothing."""
        store.create_run(a_run("run-b"))
        with pytest.raises(ConflictError, match="run-b"):
            store.create_evaluation(an_evaluation(), its_runs())
        with pytest.raises(NotFoundError):
            store.get_evaluation("evaluation-1")
        with pytest.raises(NotFoundError):
            store.get_run("run-a")

    def test_a_taken_id_is_a_conflict(self, store: Store) -> None:
        """Creating never replaces."""
        store.create_evaluation(an_evaluation(), [])
        with pytest.raises(ConflictError, match="evaluation-1"):
            store.create_evaluation(an_evaluation(name="another"), [])
        assert store.get_evaluation("evaluation-1") == an_evaluation()

    def test_saving_replaces_it(self, store: Store) -> None:
        """An evaluation moves on."""
        store.create_evaluation(an_evaluation(), its_runs())
        failed = replace(
            an_evaluation(), status=RunStatus.FAILED, error="no key", finished_at=a_moment(3)
        )
        assert store.save_evaluation(failed) == failed
        assert store.get_evaluation("evaluation-1") == failed

    def test_a_deleted_evaluation_takes_runs_and_results_along(self, store: Store) -> None:
        """Runs of others stay."""
        store.create_evaluation(an_evaluation(), its_runs())
        store.create_run(a_run("other"))
        for run_id in ("run-a", "other"):
            store.write_results(run_id, [a_result()])
        store.delete_evaluation("evaluation-1")
        with pytest.raises(NotFoundError):
            store.get_evaluation("evaluation-1")
        assert [run.id for run in store.list_runs().items] == ["other"]
        assert list(store.iter_results("run-a")) == []
        assert list(store.iter_results("other")) == [a_result()]

    def test_an_unknown_evaluation_is_said_to_be_unknown(self, store: Store) -> None:
        """Reading, saving and deleting name what was looked for."""
        with pytest.raises(NotFoundError, match="gone"):
            store.get_evaluation("gone")
        with pytest.raises(NotFoundError, match="gone"):
            store.save_evaluation(an_evaluation("gone"))
        with pytest.raises(NotFoundError, match="gone"):
            store.delete_evaluation("gone")

    def test_evaluations_are_listed_and_found(self, store: Store) -> None:
        """By status, project and text; newest first."""
        old = an_evaluation("old", run_ids=(), status=RunStatus.COMPLETED)
        new = an_evaluation("new", run_ids=(), created_at=a_moment(5))
        for each in (old, new):
            store.create_evaluation(each, [])
        assert store.list_evaluations().items == (new, old)
        assert store.list_evaluations(status=RunStatus.COMPLETED).items == (old,)
        assert store.list_evaluations(Listing(search="OF NEW")).items == (new,)
        assert store.list_evaluations(Listing(project="elsewhere")).total == 0
