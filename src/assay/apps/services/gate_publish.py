"""Results from elsewhere as eval runs of the gate: stored experiments, benches, test reports.

They are logged as any other eval run, with their cases and the threshold of their eval type.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.services.eval_cases import NO_VERDICT, Verdicts
from assay.apps.services.gate import Gate
from assay.core.datasets import Datapoint, dataset_digest
from assay.core.errors import AssayError, InvalidInputError, NotFoundError
from assay.core.eval_runs import CaseRecord
from assay.core.external_ids import EXTERNAL_PREFIX
from assay.core.prompts import PromptVersion
from assay.core.wire.runs import ItemBody, item_result
from assay.gate.config import EvalTypeConfig
from assay.gate.suite_results import EvalFacts, EvalOutcome, EvalResult
from assay.gate.suites import run_eval_suite
from assay.kit.canonical_json import digest
from assay.tracking.cases import read_table


if TYPE_CHECKING:
    from assay.experiments.client import Client
    from assay.experiments.connection import Connection

_ITEMS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be logged.

    Attributes:
        repeats: How often each case was tried.
    """

    cases: Sequence[CaseRecord]
    facts: EvalFacts
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """How it is to be logged.

    Attributes:
        threshold: Instead of the eval type's own, ratio.
        prompts: Prompt versions that were active.
    """

    eval_type: str
    threshold: float | None = None
    prompts: Mapping[str, PromptVersion] = field(default_factory=dict)


def publish(gate: Gate, publication: Publication, options: PublishOptions) -> EvalResult:
    """Log results as an eval run; the eval type need not be declared.

    Raises:
        LedgerError: The ledger cannot be written.
    """
    kind = _kind(gate, publication, options)
    declared = {**gate.config.eval_types, kind.name: kind}

    def replay(
        eval_type: EvalTypeConfig,
        *,
        prompts: Mapping[str, PromptVersion],
        on_start: Callable[[EvalFacts], str],
        on_case: Callable[[CaseRecord], None],
        cancelled: Callable[[], bool],
    ) -> EvalOutcome:
        del eval_type, prompts, cancelled
        on_start(publication.facts)
        for case in publication.cases:
            on_case(case)
        return EvalOutcome(tuple(publication.cases))

    done = run_eval_suite(
        gate.ledger,
        replace(gate.config, eval_types=declared),
        [kind.name],
        run_eval=replay,
        prompts=options.prompts,
        suite="published",
    )
    return done.results[0]


def _kind(gate: Gate, publication: Publication, options: PublishOptions) -> EvalTypeConfig:
    kind = gate.config.eval_type(options.eval_type)
    threshold = kind.threshold if options.threshold is None else options.threshold
    return replace(
        kind,
        threshold=threshold,
        prompts=tuple(options.prompts),
        repeats=publication.repeats,
    )


# --- stored runs --------------------------------------------------------------------------------


def stored_run(client: "Client", run_id: str, *, pass_score: float) -> Publication:
    """Read a run of experiments or bench from the server that keeps it, with its cases.

    Raises:
        NotFoundError: There is no such run.
        InvalidInputError: It has no results.
        ServerError: The server cannot be reached.
    """

    async def read(connection: "Connection") -> tuple[dict[str, Any], list[dict[str, Any]]]:
        run = await _run(connection, run_id)
        return run, [row async for row in _rows(connection, str(run["run_id"]))]

    run, rows = client.call(read)
    if not rows:
        raise InvalidInputError(f"The run {run_id} has no results to publish.")
    verdicts = Verdicts((), pass_score=pass_score)
    datapoints = {row["datapoint"]["id"]: _datapoint(row["datapoint"]) for row in rows}
    cases = [
        _case(verdicts, datapoints[row["datapoint"]["id"]], item)
        for row in rows
        for item in row["answers"]
    ]
    repeats = max(int(run.get("repeats") or 1), 1 + max(case.repeat for case in cases))
    planned = run.get("planned")
    total = max(len(datapoints), math.ceil(planned / repeats) if planned else 0)
    facts = EvalFacts(
        dataset_version=_text(run.get("dataset_version_id") or run.get("dataset_id")),
        dataset_digest=dataset_digest(datapoints.values()) if total == len(datapoints) else None,
        dataset_name=_text(run.get("dataset_id")),
        scorers_digest=_scorers_digest(rows, pass_score),
        candidate_digest=None,
        candidate=_text(run.get("candidate") or run.get("name")),
        total_cases=total,
    )
    return Publication(cases, facts, repeats)


async def _run(connection: "Connection", run_id: str) -> dict[str, Any]:
    """Return a run, by its own id or that of an evaluation of one model."""
    from assay.experiments import calls

    try:
        return await calls.get_run(connection, run_id)
    except NotFoundError:
        with suppress(NotFoundError):
            found = await connection.request("GET", f"/api/v1/evaluations/{run_id}")
            return await calls.get_run(connection, _only_run(found))
        raise


def _only_run(evaluation: Mapping[str, Any]) -> str:
    runs = [str(each) for each in evaluation["run_ids"]]
    if len(runs) > 1:
        pairs = zip(runs, evaluation["models"], strict=True)
        listed = "; ".join(f"{each} ({model})" for each, model in pairs)
        raise InvalidInputError(
            f"{evaluation['id']} is an evaluation of {len(runs)} models; publish one: {listed}."
        )
    return runs[0]


async def _rows(connection: "Connection", run_id: str) -> AsyncIterator[dict[str, Any]]:
    page = 1
    while True:
        params = {"page": page, "limit": _ITEMS_PER_PAGE}
        answer = await connection.request("GET", f"/v1/runs/{run_id}/items", params=params)
        for row in answer["items"]:
            yield row
        if page * answer["limit"] >= answer["total"] or not answer["items"]:
            return
        page += 1


def _datapoint(view: Mapping[str, Any]) -> Datapoint:
    """Return a datapoint under the user's own id, as golden datasets have it."""
    return Datapoint(
        _own_id(view["id"]),
        view.get("inputs") or {},
        view.get("ground_truth"),
        view.get("metadata") or {},
    )


def _case(verdicts: Verdicts, datapoint: Datapoint, item: Mapping[str, Any]) -> CaseRecord:
    body = ItemBody.model_validate({**item, "outputs": item.get("output")})
    case = verdicts.case(datapoint, item_result(body))
    return replace(case, case_id=datapoint.id, trace_id=_text(item.get("session_id")))


def _own_id(identifier: str) -> str:
    return identifier.removeprefix(EXTERNAL_PREFIX)


def _scorers_digest(rows: Sequence[Mapping[str, Any]], pass_score: float) -> str:
    names = {score["name"] for row in rows for item in row["answers"] for score in item["scores"]}
    return digest({"scores": sorted(names), "pass_score": pass_score})


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


# --- files --------------------------------------------------------------------------------------


def case_file(path: Path, *, candidate: str | None, pass_score: float) -> Publication:
    """Read a report of cases, such as a trained model's test: JSON, JSON Lines or CSV.

    Each row has ``case_id``, and ``passed`` or ``score``; see ``tracking.cases`` for the names
    that are understood. A row that says neither is a case without a verdict.

    Raises:
        InvalidInputError: The file cannot be read, holds no case, or one case twice.
    """
    try:
        data = path.read_bytes()
        rows = read_table(data, name=path.name)
    except OSError as error:
        raise InvalidInputError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except AssayError as error:
        raise InvalidInputError(f"{path}: is no report of cases: {error}.") from error
    if not rows:
        raise InvalidInputError(f"{path}: holds no cases.")
    _refuse_doubles(rows, path)
    cases = [_judged(case, pass_score) for case in rows]
    asked = {case.case_id: {"input": case.input, "expected": case.expected} for case in cases}
    facts = EvalFacts(
        dataset_name=path.stem,
        dataset_digest=digest({key: asked[key] for key in sorted(asked)}),
        candidate=candidate,
        total_cases=len(asked),
    )
    return Publication(cases, facts, 1 + max(case.repeat for case in cases))


def _refuse_doubles(rows: Sequence[CaseRecord], path: Path) -> None:
    seen: set[tuple[str, int]] = set()
    for case in rows:
        key = (case.case_id, case.repeat)
        if key in seen:
            raise InvalidInputError(
                f"{path}: the case {case.case_id!r}, repeat {case.repeat}, is there twice; give "
                "repeats of a case the numbers 0, 1, 2 as 'repeat'."
            )
        seen.add(key)


def _judged(case: CaseRecord, pass_score: float) -> CaseRecord:
    if case.error is not None or case.passed is not None:
        return case
    if case.score is None:
        return replace(case, error=NO_VERDICT)
    return replace(case, passed=case.score >= pass_score)
