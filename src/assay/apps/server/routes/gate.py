"""The gate: timelines, regressions, runs with their cases, baselines."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.gate_answers import EvalTypeQuery, OpenGate, RunId, actor_of, gate_json
from assay.apps.server.gate_wire import (
    Baselines,
    GateRun,
    GateSetup,
    PinBody,
    RunCases,
    Trends,
)
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.gate_reading import find_eval_run, finite, is_runnable, run_page
from assay.gate.baselines import PinnedBaseline, pin_baseline, show_baselines, unpin_baseline
from assay.gate.check import check_all_regressions
from assay.gate.points import read_point, stored_threshold
from assay.gate.results import CheckResult
from assay.gate.timeline import trend_summaries


router = APIRouter(prefix="/gate", tags=["gate"], route_class=StrictRoute)


@router.get("", summary="How the gate is set up", response_model=GateSetup)
def show_setup(context: Context, _access: Reader) -> Response:
    """Return suites, eval types and where the ledger is, also while it cannot be reached."""
    config = context.gate.config()
    return gate_json(
        GateSetup(
            base_experiment=config.base_experiment,
            tracking_uri=context.gate.tracking_uri(),
            source=None if config.source is None else str(config.source),
            prompt_alias=config.prompt_alias,
            suites=config.suites,
            eval_types=tuple(config.eval_types),
            runnable=tuple(kind.name for kind in config.eval_types.values() if is_runnable(kind)),
            default_threshold=config.default_threshold,
            thresholds={kind.name: kind.threshold for kind in config.eval_types.values()},
            warnings=config.warnings,
        )
    )


@router.get("/trends", summary="Timelines of the eval types", response_model=Trends)
def show_trends(
    _access: Reader,
    gate: OpenGate,
    eval_type: EvalTypeQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> Response:
    """Return the newest runs of each eval type, with prompt changes, promotions and rollbacks."""
    found = trend_summaries(gate.ledger, gate.config, eval_type=eval_type, limit=limit)
    return gate_json(Trends(tuple(found)))


@router.get("/check", summary="Check for regressions", response_model=CheckResult)
def show_check(
    _access: Reader,
    gate: OpenGate,
    eval_type: EvalTypeQuery = None,
    run_id: Annotated[str | None, Query(max_length=200)] = None,
    require_evidence: bool = False,
) -> Response:
    """Return each eval type's newest run beside its baseline: the verdict and the evidence."""
    return gate_json(
        check_all_regressions(
            gate.ledger,
            gate.config,
            eval_type=eval_type,
            run_id=run_id,
            require_evidence=require_evidence,
        )
    )


@router.get("/runs/{run_id}", summary="Show an eval run", response_model=GateRun)
def show_run(_access: Reader, gate: OpenGate, run_id: RunId) -> Response:
    """Return a run with what was logged of it, without its cases."""
    found = find_eval_run(gate, run_id)
    run, kind = found.run, found.kind
    stored = stored_threshold(run)
    return gate_json(
        GateRun(
            run_id=run.run_id,
            name=run.name,
            experiment_id=run.experiment_id,
            experiment_name=run.experiment_name,
            eval_type=kind.name,
            status=run.status.value,
            started_at=run.started_at,
            ended_at=run.ended_at,
            metrics=finite(run.metrics),
            params=run.params,
            tags=run.tags,
            threshold=stored if stored is not None else kind.threshold,
            point=read_point(run, kind, confidence=gate.config.confidence),
            page=run_page(gate, run),
        )
    )


@router.get("/runs/{run_id}/cases", summary="The cases of an eval run", response_model=RunCases)
def show_cases(_access: Reader, gate: OpenGate, run_id: RunId) -> Response:
    """Return the per-case table; null where the run logged none."""
    run = find_eval_run(gate, run_id).run
    return gate_json(RunCases(run_id, gate.ledger.read_cases([run.run_id])[run.run_id]))


@router.get("/baselines", summary="The pinned baselines", response_model=Baselines)
def list_baselines(
    context: Context, _access: Reader, gate: OpenGate, eval_type: EvalTypeQuery = None
) -> Response:
    """Return the runs that were named as baselines, by whom and why."""
    found = show_baselines(gate.ledger, gate.config, eval_type=eval_type, clock=context.clock)
    return gate_json(Baselines(tuple(found)))


@router.post("/baselines", summary="Pin a baseline", response_model=PinnedBaseline)
def pin(context: Context, access: Writer, gate: OpenGate, body: PinBody) -> Response:
    """Make a complete run the baseline of its eval type until it is unpinned."""
    return gate_json(
        pin_baseline(
            gate.ledger,
            gate.config,
            body.run_id,
            actor=actor_of(access, body.actor),
            reason=body.reason,
            clock=context.clock,
        )
    )


@router.delete("/baselines/{eval_type}", summary="Unpin a baseline", response_model=PinnedBaseline)
def unpin(  # one parameter per part of the request
    context: Context,
    access: Writer,
    gate: OpenGate,
    eval_type: str,
    *,
    reason: Annotated[str, Query(min_length=1, max_length=2000)],
    actor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Let the newest complete run be the baseline again."""
    return gate_json(
        unpin_baseline(
            gate.ledger,
            gate.config,
            eval_type,
            actor=actor_of(access, actor),
            reason=reason,
            clock=context.clock,
        )
    )
