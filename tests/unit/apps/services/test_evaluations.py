"""Evaluations by the service itself: how they end, and what is left when they do not."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from assay.apps.services.composition import Services, open_services
from assay.apps.services.evaluations import EvaluationService
from assay.apps.services.locks import EvaluationLocks
from assay.apps.services.tasks import TaskText
from assay.apps.services.worker import EvaluationWorker
from assay.apps.settings import Settings
from assay.core.errors import ConflictError, InvalidModelError, NotFoundError, StorageError
from assay.core.progress import Progress
from assay.core.runs import Evaluation, RunStatus
from assay.execution import Cancellation
from assay.llm.gateway import Gateway


TASK = {
    "name": "sums",
    "gold": {"field": "answer"},
    "prompt": "{{question}}",
    "matcher": {"kind": "numeric"},
}
SIZE = 6


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = open_services(Settings(data_dir=tmp_path))
    yield services
    services.store.close()


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def _create(services: Services, folder: Path, *, models: tuple[str, ...] = ("m",), **more: Any):
    data = [
        {"id": f"d{n}", "inputs": {"question": str(n)}, "ground_truth": {"answer": n}}
        for n in range(SIZE)
    ]
    answers = [
        {"model": model, "datapoint_id": f"d{n}", "output": str(n), "cost_usd": 0.01}
        for model in models
        for n in range(SIZE)
    ]
    dataset = services.datasets.add_file(_write(folder / "data.jsonl", data))
    path = _write(folder / "answers.jsonl", answers)
    return services.evaluations.create(
        task_id=services.tasks.add(TaskText.of_definition(TASK)).id,
        dataset_id=dataset.id,
        models=[f"recorded:{path}#{model}" for model in models],
        **more,
    )


class ClosingGateway(Gateway):
    """A gateway that notes whether it was closed."""

    closed = False

    @override
    async def aclose(self) -> None:
        await super().aclose()
        self.closed = True


async def test_its_connections_end_with_it(services, tmp_path):
    created = _create(services, tmp_path)
    gateway = ClosingGateway()
    service = EvaluationService(
        services.store, gateways=lambda: gateway, locks=EvaluationLocks(tmp_path / "locks")
    )
    ended = await service.run(created.id)

    assert (RunStatus.COMPLETED, True) == (ended.status, gateway.closed)


async def test_it_runs_to_its_end_and_tells_its_progress(services, tmp_path):
    told: list[Progress] = []
    created = _create(services, tmp_path, models=("a", "b"))
    ended = await services.evaluations.run(created.id, on_progress=told.append)

    assert RunStatus.COMPLETED is ended.status
    assert {"a", "b"} == {progress.candidate for progress in told}
    assert [SIZE, SIZE] == [model.passed for model in services.evaluations.report(ended).models]
    assert "0.12" == services.evaluations.view(ended).cost_usd


async def test_running_what_has_ended_changes_nothing(services, tmp_path):
    created = _create(services, tmp_path)
    first = await services.evaluations.run(created.id)

    assert first == await services.evaluations.run(created.id)


async def test_two_cannot_work_on_one_evaluation(services, tmp_path):
    created = _create(services, tmp_path)
    with EvaluationLocks(tmp_path / "locks").hold(created.id):
        with pytest.raises(ConflictError, match="being worked on"):
            await services.evaluations.run(created.id)
        for steer in (services.evaluations.resume, services.evaluations.delete):
            with pytest.raises(ConflictError):
                steer(created)
        assert [] == services.evaluations.interrupted()

    assert [created.id] == [item.id for item in services.evaluations.interrupted()]


async def test_a_cancellation_beforehand_leaves_everything_skipped(services, tmp_path):
    created = _create(services, tmp_path)
    stop = Cancellation()
    stop.cancel("enough")
    ended = await services.evaluations.run(created.id, cancellation=stop)

    assert RunStatus.CANCELLED is ended.status
    (run,) = services.evaluations.runs_of(ended)
    assert (RunStatus.CANCELLED, "enough") == (run.status, run.stop_reason)


async def test_one_cancelled_while_it_waits_never_begins(services, tmp_path):
    created = _create(services, tmp_path)
    services.evaluations.cancel(created)
    ended = await services.evaluations.run(created.id)

    assert RunStatus.CANCELLED is ended.status
    assert {} == services.store.count_results(ended.run_ids[0])
    assert [RunStatus.CANCELLED] == [run.status for run in services.evaluations.runs_of(ended)]


async def test_a_vanished_recording_fails_the_evaluation_with_its_reason(services, tmp_path):
    created = _create(services, tmp_path)
    (tmp_path / "answers.jsonl").unlink()
    with pytest.raises(Exception, match=r"answers\.jsonl"):
        await services.evaluations.run(created.id)

    ended = services.store.get_evaluation(created.id)
    assert RunStatus.FAILED is ended.status
    assert "answers.jsonl" in (ended.error or "")
    events = services.store.read_events(created.id)
    assert ["finished"] == [event.kind for event in events]


async def test_failed_items_are_asked_again_on_a_resume_and_no_others(services, tmp_path):
    created = _create(services, tmp_path)
    answers = tmp_path / "answers.jsonl"
    whole = answers.read_text().splitlines()
    answers.write_text("\n".join(whole[:-2]))
    first = await services.evaluations.run(created.id)
    assert {"scored": SIZE - 2, "failed": 2} == {
        status.value: count
        for status, count in services.store.count_results(first.run_ids[0]).items()
    }

    answers.write_text("\n".join(whole))
    resumed = services.evaluations.resume(first)
    assert RunStatus.PENDING is resumed.status
    ended = await services.evaluations.run(resumed.id)
    assert SIZE == services.evaluations.report(ended).models[0].passed


async def test_a_budget_counts_what_was_spent_before(services, tmp_path):
    created = _create(services, tmp_path, budget_usd=Decimal("0.03"), concurrency=1)
    first = await services.evaluations.run(created.id)
    spent = services.store.count_results(first.run_ids[0])
    again = await services.evaluations.run(services.evaluations.resume(first).id)

    assert spent == services.store.count_results(again.run_ids[0])
    assert sum(spent.values()) < SIZE
    assert RunStatus.FAILED is again.status


def test_models_of_one_name_are_told_apart(services, tmp_path):
    created = _create(services, tmp_path)
    other = tmp_path / "other.jsonl"
    other.write_text((tmp_path / "answers.jsonl").read_text())
    both = services.evaluations.create(
        task_id=created.task_id,
        dataset_id=created.dataset_id,
        models=[created.models[0], f"recorded:{other}#m"],
    )

    assert 2 == len(set(services.evaluations.view(both).models))


def test_nothing_is_stored_for_what_cannot_run(services, tmp_path):
    created = _create(services, tmp_path)
    for change, error in (
        ({"task_id": "x"}, NotFoundError),
        ({"project": "other"}, NotFoundError),
        ({"models": ["recorded:nowhere.jsonl#m"]}, Exception),
        ({"models": ["openai:"]}, InvalidModelError),
    ):
        asked = {
            "task_id": created.task_id,
            "dataset_id": created.dataset_id,
            "models": list(created.models),
            **change,
        }
        with pytest.raises(error):
            services.evaluations.create(**asked)

    assert 1 == services.store.list_evaluations().total


class TestWorker:
    async def test_it_begins_with_what_was_left_behind(self, services, tmp_path):
        created = _create(services, tmp_path)
        worker = EvaluationWorker(services.evaluations)
        await worker.start()
        ended = await _ended(services, created)
        await worker.stop()

        assert RunStatus.COMPLETED is ended.status
        assert 0 == worker.running

    async def test_stopping_it_leaves_work_to_be_taken_up(self, services, tmp_path):
        created = _create(services, tmp_path)
        worker = EvaluationWorker(services.evaluations, parallel=1)
        await worker.start()
        await worker.stop()
        assert services.store.get_evaluation(created.id).status is not RunStatus.FAILED

        again = EvaluationWorker(services.evaluations)
        await again.start()
        ended = await _ended(services, created)
        await again.stop()
        assert SIZE == services.evaluations.report(ended).models[0].passed

    async def test_one_that_fails_does_not_end_the_others(self, services, tmp_path):
        broken = _create(services, tmp_path)
        services.store.save_evaluation(replace(broken, models=("recorded:nowhere#m",)))
        sound = _create(services, tmp_path)
        worker = EvaluationWorker(services.evaluations, parallel=1)
        await worker.start()
        ended = await _ended(services, sound)
        await worker.stop()

        assert RunStatus.COMPLETED is ended.status
        assert RunStatus.FAILED is services.store.get_evaluation(broken.id).status

    def test_without_a_start_it_says_that_nothing_runs_here(self, services):
        with pytest.raises(ConflictError, match="assay up"):
            EvaluationWorker(services.evaluations).submit("x")


async def _ended(services: Services, evaluation: Evaluation) -> Evaluation:
    async with asyncio.timeout(60):
        while not (found := services.store.get_evaluation(evaluation.id)).status.ended:  # noqa: ASYNC110  # the store tells nobody
            await asyncio.sleep(0.01)
    return found


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made"):
        open_services(Settings(data_dir=tmp_path / "file" / "data"))


class TestLocks:
    def test_one_who_lets_go_in_time_is_waited_for(self, tmp_path):
        holder = EvaluationLocks(tmp_path)
        held = ExitStack()
        held.enter_context(holder.hold("e"))
        waiter = EvaluationLocks(tmp_path, sleep=lambda _: held.close())
        with waiter.hold("e", wait_seconds=60):
            assert holder.is_held("e")

        assert not holder.is_held("e")

    def test_without_patience_it_is_a_conflict_at_once(self, tmp_path):
        locks = EvaluationLocks(tmp_path)
        with locks.hold("e"), pytest.raises(ConflictError), locks.hold("e"):
            pass
