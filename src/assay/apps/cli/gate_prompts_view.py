"""What ``assay prompts list``, ``show``, ``diff`` and ``history`` print."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.apps.cli.figures import MISSING
from assay.apps.cli.gate_trends import version_text
from assay.apps.cli.grid import Column, Grid
from assay.apps.cli.output import OutputFormat, emit
from assay.apps.services.gate import Gate
from assay.apps.services.gate_prompts import PromptDiff, find_version, text_lines
from assay.apps.services.gate_prompts import diff as compare_versions
from assay.core.prompts import Prompt, PromptVersion
from assay.gate.audit import read_history
from assay.gate.audit_entries import AuditRecord, AuditState
from assay.gate.jsonable import to_jsonable


if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


def prompt_document(prompt: Prompt) -> dict[str, Any]:
    """Return a prompt as JSON, without its tags, which hold the audit."""
    return {
        "name": prompt.name,
        "description": prompt.description,
        "latest_version": prompt.latest_version,
        "aliases": dict(prompt.aliases),
    }


def list_prompts(gate: Gate, output_format: OutputFormat) -> int:
    """Print all prompts."""
    prompts = gate.ledger.list_prompts()
    document = {"prompts": [prompt_document(prompt) for prompt in prompts]}
    emit(document, output_format, render=lambda: _prompts(prompts))
    return 0


def _prompts(prompts: Sequence[Prompt]) -> "Grid | str":
    if not prompts:
        return "No prompts yet. Store one: assay prompts register NAME FILE"
    return Grid(
        title=f"{len(prompts)} prompts",
        columns=[
            Column("prompt", [prompt.name for prompt in prompts], right=False, folds=True),
            Column("latest", [version_text(prompt.latest_version) for prompt in prompts]),
            Column("aliases", [_aliases(prompt.aliases) for prompt in prompts], right=False),
            Column("about", [p.description for p in prompts], right=False, folds=True, yields=1),
        ],
    )


def _aliases(aliases: Mapping[str, int]) -> str:
    return ", ".join(f"{name} v{version}" for name, version in sorted(aliases.items())) or MISSING


def show(gate: Gate, name: str, which: str | None, *, output_format: OutputFormat) -> int:
    """Print one version with its text."""
    version = find_version(gate.ledger, name, which)
    emit(to_jsonable(version), output_format, render=lambda: _version(version))
    return 0


def _version(version: PromptVersion) -> "Group":
    from rich.console import Group
    from rich.text import Text

    aliases = f"  {', '.join(version.aliases)}" if version.aliases else ""
    head = Text(f"{version.name} v{version.version}", "bold").append(aliases, "cyan")
    when = "" if version.created_at is None else f"{version.created_at:%Y-%m-%d %H:%M} "
    return Group(
        head, Text(f"{when}{version.message}", "dim"), Text(), Text("\n".join(text_lines(version)))
    )


def diff(
    gate: Gate, name: str, *, before: str, after: str | None, output_format: OutputFormat
) -> int:
    """Print what changed between two versions."""
    found = compare_versions(gate.ledger, name, before=before, after=after)
    emit(to_jsonable(found), output_format, render=lambda: _diff(found))
    return 0


def _diff(found: PromptDiff) -> "Text":
    from rich.text import Text

    if not found.lines:
        return Text(f"{found.prompt_name}: v{found.from_version} and v{found.to_version} are alike")
    looks = {"+": "green", "-": "red", "@": "cyan"}
    lines = [Text(line, looks.get(line[:1], "")) for line in found.lines]
    return Text("\n").join(lines)


def history(gate: Gate, name: str, *, output_format: OutputFormat) -> int:
    """Print the versions, and what was done with them, after repairing what was left behind."""
    records = read_history(gate.ledger, name)
    versions = gate.ledger.list_versions(name)
    document = {
        "prompt_name": name,
        "versions": [_version_document(version) for version in versions],
        "audit": to_jsonable(records),
    }
    emit(document, output_format, render=lambda: _history(name, versions, records))
    return 0


def _version_document(version: PromptVersion) -> dict[str, Any]:
    found: dict[str, Any] = to_jsonable(version)
    return {key: found[key] for key in ("version", "created_at", "message", "aliases")}


def _history(
    name: str, versions: Sequence[PromptVersion], records: Sequence[AuditRecord]
) -> "Group":
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = [
        Grid(
            title=f"{name}: versions",
            columns=[
                Column("version", [version_text(each.version) for each in versions]),
                Column("registered", [_when(each) for each in versions], right=False),
                Column("aliases", [", ".join(each.aliases) for each in versions], right=False),
                Column("message", [v.message for v in versions], right=False, folds=True, yields=1),
            ],
        )
    ]
    parts.append(_audit(name, records) if records else Text("\nNothing was promoted yet."))
    return Group(*parts)


def _when(version: PromptVersion) -> str:
    return MISSING if version.created_at is None else f"{version.created_at:%Y-%m-%d %H:%M}"


def _audit(name: str, records: Sequence[AuditRecord]) -> Grid:
    return Grid(
        title=f"{name}: promotions and rollbacks",
        columns=[
            Column("#", [str(record.number) for record in records]),
            Column("when", [f"{r.timestamp:%Y-%m-%d %H:%M:%S}" for r in records], right=False),
            Column("action", [_action(record) for record in records], right=False),
            Column("alias", [record.alias for record in records], right=False),
            Column("versions", [_moved(record) for record in records], right=False),
            Column("by", [record.actor for record in records], right=False, yields=1),
            Column("runs", [str(len(r.justifying_run_ids)) for r in records], yields=3),
            Column("reason", [r.reason for r in records], right=False, folds=True, yields=2),
        ],
    )


def _action(record: AuditRecord) -> str:
    state = "" if record.state is AuditState.DONE else f" ({record.state.value})"
    return f"{record.action}{' FORCED' if record.forced else ''}{state}"


def _moved(record: AuditRecord) -> str:
    return f"{version_text(record.from_version)} → {version_text(record.to_version)}"
