"""Prompts of the registry: versions, differences, promotion and rollback with their audit."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.gate_answers import OpenGate, PromptName, Version, actor_of, gate_json
from assay.apps.server.gate_wire import (
    ChatMessage,
    ListedPrompt,
    ListedPrompts,
    Previous,
    PromoteBody,
    PromotionAnswer,
    RegisteredVersion,
    RollbackBody,
    ShownDiff,
    ShownPrompt,
    ShownVersion,
    VersionBody,
)
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.core_suite import read_mark
from assay.apps.services.gate_prompts import diff, parse_template, text_lines
from assay.core.prompts import ChatTemplate, PromptVersion
from assay.gate.audit import read_history
from assay.gate.audit_entries import AuditRecord
from assay.gate.promotion import PromotionResult, check_promotion_gate, execute_promotion
from assay.gate.rollback import PROMPT_CACHE_SECONDS, execute_rollback, find_previous_version


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
    return gate_json(
        ShownPrompt(
            prompt_name=prompt.name,
            description=prompt.description,
            aliases=prompt.aliases,
            versions=tuple(_shown(version) for version in gate.ledger.list_versions(name)),
            audit=tuple(read_history(gate.ledger, name)),
        )
    )


@router.get("/{name}/diff", summary="Compare two versions", response_model=ShownDiff)
def show_diff(
    _access: Reader,
    gate: OpenGate,
    name: PromptName,
    before: Annotated[str, Query(min_length=1, max_length=200, alias="from")],
    after: Annotated[str | None, Query(min_length=1, max_length=200, alias="to")] = None,
) -> Response:
    """Return what changed between two versions, each a number or an alias."""
    found = diff(gate.ledger, name, before=before, after=after)
    older = gate.ledger.get_version(name, found.from_version)
    newer = gate.ledger.get_version(name, found.to_version)
    return gate_json(
        ShownDiff(
            prompt_name=found.prompt_name,
            from_version=found.from_version,
            to_version=found.to_version,
            lines=found.lines,
            from_text="\n".join(text_lines(older)),
            to_text="\n".join(text_lines(newer)),
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
    return gate_json(done.to_json())


@router.post("/{name}/rollback", summary="Roll an alias back", response_model=AuditRecord)
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
    return gate_json(record)


@router.get("/{name}/previous", summary="Where a rollback would go", response_model=Previous)
def show_previous(
    _access: Reader, gate: OpenGate, name: PromptName, alias: Alias = "production"
) -> Response:
    """Return the version that an alias had before the current one; nothing is changed."""
    found = find_previous_version(gate.ledger, gate.config, name, alias=alias)
    return gate_json(
        Previous(
            prompt_name=name,
            alias=alias,
            current_version=gate.ledger.read_alias(name, alias),
            version=None if found is None else found.version,
            found_in=None if found is None else found.found_in,
            cache_seconds=PROMPT_CACHE_SECONDS,
        )
    )


@router.post(
    "/{name}/versions",
    status_code=201,
    summary="Register a version",
    response_model=RegisteredVersion,
)
def register_version(
    context: Context, access: Writer, gate: OpenGate, name: PromptName, body: VersionBody
) -> Response:
    """Store a new version; the core suite then runs with it by itself."""
    template = _template(body)
    alias = body.alias if body.alias is not None else gate.config.prompt_alias
    made = context.registrations.register(
        gate,
        name,
        template,
        message=body.message,
        alias=alias or None,
        by=actor_of(access, body.actor),
        run_evals=body.run_evals,
    )
    answer = RegisteredVersion(
        prompt_name=made.version.name,
        version=made.version.version,
        alias=alias or None,
        skipped=made.plan.skipped,
        suite_run_id=made.suite_run_id,
    )
    return gate_json(answer, status=201)


def _template(body: VersionBody) -> str | ChatTemplate:
    if isinstance(body.template, str):
        return parse_template(body.template, source="template")
    return tuple({"role": each.role, "content": each.content} for each in body.template)


def _shown(version: PromptVersion) -> ShownVersion:
    messages = None
    if not isinstance(version.template, str):
        messages = tuple(
            ChatMessage(str(each.get("role", "")), str(each.get("content", "")))
            for each in version.template
        )
    return ShownVersion(
        version=version.version,
        text="\n".join(text_lines(version)),
        messages=messages,
        created_at=version.created_at,
        message=version.message,
        aliases=version.aliases,
        core_suite=read_mark(version),
    )
