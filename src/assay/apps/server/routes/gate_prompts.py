"""Prompts of the registry: versions, differences, promotion and rollback with their audit."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.gate_answers import OpenGate, PromptName, Version, actor_of, gate_json
from assay.apps.server.gate_wire import (
    AuditEntry,
    ChatMessage,
    CoreSuiteMark,
    ListedPrompt,
    ListedPrompts,
    PromoteBody,
    PromotionAnswer,
    PromptDiff,
    RollbackBody,
    ShownPrompt,
    ShownVersion,
    audit_entry,
)
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.gate_reading import core_suite_mark, template_text, unified_diff
from assay.core.prompts import PromptVersion
from assay.gate.audit import read_history
from assay.gate.promotion import PromotionResult, check_promotion_gate, execute_promotion
from assay.gate.rollback import execute_rollback


router = APIRouter(prefix="/gate/prompts", tags=["gate"], route_class=StrictRoute)
Alias = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("", summary="List prompts", response_model=ListedPrompts)
def list_prompts(_access: Reader, gate: OpenGate) -> Response:
    """Return the prompts of the registry with their aliases."""
    found = gate.ledger.list_prompts()
    listed = (
        ListedPrompt(each.name, each.description, each.aliases, each.latest_version)
        for each in found
    )
    return gate_json(ListedPrompts(tuple(listed)))


@router.get("/{name}", summary="Show a prompt", response_model=ShownPrompt)
def show_prompt(_access: Reader, gate: OpenGate, name: PromptName) -> Response:
    """Return every version, the aliases, and every action on them."""
    prompt = gate.ledger.get_prompt(name)
    versions = gate.ledger.list_versions(name)
    history = read_history(gate.ledger, name)
    return gate_json(
        ShownPrompt(
            name=prompt.name,
            description=prompt.description,
            aliases=prompt.aliases,
            versions=tuple(_shown(version) for version in reversed(versions)),
            history=tuple(audit_entry(record) for record in reversed(history)),
        )
    )


@router.get("/{name}/diff", summary="Compare two versions", response_model=PromptDiff)
def show_diff(
    _access: Reader,
    gate: OpenGate,
    name: PromptName,
    from_version: Annotated[int, Query(ge=1, le=2**31 - 1, alias="from")],
    to_version: Annotated[int, Query(ge=1, le=2**31 - 1, alias="to")],
) -> Response:
    """Return both texts and what changed between them."""
    older = gate.ledger.get_version(name, from_version)
    newer = gate.ledger.get_version(name, to_version)
    return gate_json(
        PromptDiff(
            prompt_name=name,
            from_version=from_version,
            to_version=to_version,
            from_text=template_text(older),
            to_text=template_text(newer),
            diff=unified_diff(older, newer),
        )
    )


@router.get("/{name}/gate", summary="Ask the gate", response_model=PromotionResult)
def ask_gate(  # one parameter per part of the query
    _access: Reader,
    gate: OpenGate,
    name: PromptName,
    *,
    version: Version | None = None,
    from_alias: Alias = "experiment",
    to_alias: Alias = "production",
) -> Response:
    """Return whether a version may be promoted, and why; nothing is changed."""
    return gate_json(
        check_promotion_gate(
            gate.ledger,
            gate.config,
            name,
            version=version,
            from_alias=from_alias,
            to_alias=to_alias,
        )
    )


@router.post("/{name}/promote", summary="Promote a version", response_model=PromotionAnswer)
def promote(access: Writer, gate: OpenGate, name: PromptName, body: PromoteBody) -> Response:
    """Move the alias if the gate says yes or is forced; ``executed`` says whether it moved."""
    done = execute_promotion(
        gate.ledger,
        gate.config,
        name,
        version=body.version,
        from_alias=body.from_alias,
        to_alias=body.to_alias,
        actor=actor_of(access, body.actor),
        reason=body.reason,
        force=body.force,
    )
    said: dict[str, Any] = {
        field: getattr(done.result, field) for field in PromotionResult.__dataclass_fields__
    }
    return gate_json(
        PromotionAnswer(
            **said,
            executed=done.executed,
            already=done.already,
            audit=None if done.audit is None else audit_entry(done.audit),
        )
    )


@router.post("/{name}/rollback", summary="Roll an alias back", response_model=AuditEntry)
def rollback(access: Writer, gate: OpenGate, name: PromptName, body: RollbackBody) -> Response:
    """Point an alias at the version it had before; others may serve the old one for 60 s."""
    record = execute_rollback(
        gate.ledger,
        gate.config,
        name,
        alias=body.alias,
        reason=body.reason,
        actor=actor_of(access, body.actor),
    )
    return gate_json(audit_entry(record))


def _shown(version: PromptVersion) -> ShownVersion:
    template = version.template
    messages = None
    if not isinstance(template, str):
        messages = tuple(
            ChatMessage(str(each.get("role", "")), str(each.get("content", "")))
            for each in template
        )
    return ShownVersion(
        version=version.version,
        text=template_text(version),
        messages=messages,
        created_at=version.created_at,
        message=version.message,
        aliases=version.aliases,
        core_suite=_mark(version),
    )


def _mark(version: PromptVersion) -> CoreSuiteMark | None:
    mark = core_suite_mark(version)
    if mark is None:
        return None
    runs = mark.get("run_ids")
    return CoreSuiteMark(
        state=str(mark.get("state", "")),
        started_at=_text(mark.get("started_at")),
        by=_text(mark.get("by")),
        run_ids=tuple(map(str, runs)) if isinstance(runs, list) else (),
        reason=_text(mark.get("reason")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
