from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from assay.core.runs import Run, RunKind, RunStatus
from assay.core.wire.runs import (
    ItemBody,
    RunCreate,
    RunUpdate,
    item_result,
    new_run,
    run_object,
    updated_run,
)


NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 2, tzinfo=UTC)


def created(**body: Any) -> Run:
    return new_run(RunCreate.model_validate(body), run_id="r", project="p", now=NOW)


def changed(run: Run, **body: Any) -> Run:
    return updated_run(run, RunUpdate.model_validate(body), now=LATER)


def test_older_fields_fold_into_the_metadata() -> None:
    run = created(evaluators=["e"], datapoint_ids=["d"], unknown=1, metadata={"git": "x"})
    assert {"evaluators": ["e"], "datapoint_ids": ["d"], "git": "x"} == run.metadata


def test_the_candidate_is_the_function_unless_it_is_named() -> None:
    assert "answer" == created(configuration={"function": "answer"}).candidate
    assert "mine" == created(candidate="mine", configuration={"function": "answer"}).candidate
    assert "" == created().candidate


def test_an_external_dataset_is_shown_as_the_runs_dataset() -> None:
    run = created(dataset_id="EXT-1")
    assert run.dataset_id is None
    assert "EXT-1" == run_object(run).dataset_id


def test_mappings_merge_and_what_is_absent_stays() -> None:
    run = created(
        name="n", metadata={"a": 1}, configuration={"c": 1}, results={"r": 1}, event_ids=["e"]
    )
    after = changed(run, metadata={"b": 2}, configuration={"d": 2}, results={"s": 2})
    assert {"a": 1, "b": 2} == after.metadata
    assert {"c": 1, "d": 2} == after.configuration
    assert {"r": 1, "s": 2} == after.results
    assert (("e",), "n") == (after.event_ids, after.name)
    assert ("f",) == changed(run, event_ids=["f"]).event_ids


def test_a_run_is_finished_once_and_taken_up_again_by_a_resume() -> None:
    run = created(status="running")
    done = changed(run, status="cancelled", stop_reason="interrupted")
    assert (LATER, "interrupted") == (done.finished_at, done.stop_reason)
    assert not run_object(done).is_active
    resumed = changed(done, status="running")
    assert (None, None, RunStatus.RUNNING) == (
        resumed.finished_at,
        resumed.stop_reason,
        resumed.status,
    )


def test_a_run_that_was_over_when_it_was_told_of_is_finished() -> None:
    assert NOW == created(status="completed").finished_at
    assert RunKind.EXPERIMENT == created().kind


def test_an_item_carries_its_scores_and_no_infinity() -> None:
    body = {"datapoint_id": "d", "status": "scored", "scores": [{"name": "m", "value": True}]}
    result = item_result(ItemBody.model_validate({**body, "outputs": {"a": 1}}))
    assert (1.0, {"a": 1}) == (result.scores[0].value, result.output)
    with pytest.raises(ValidationError):
        ItemBody.model_validate_json(
            '{"datapoint_id": "d", "status": "scored", "scores": [{"name": "m", "value": NaN}]}'
        )
