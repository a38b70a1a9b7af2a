"""The gate's table of one version, and what was done with it, as the terminal shows them."""

from typing import TYPE_CHECKING, Any, Final

from assay.apps.cli.figures import percent
from assay.apps.cli.gate_trends import version_text
from assay.apps.cli.grid import Column, Grid
from assay.gate.audit_entries import AuditRecord
from assay.gate.promotion import Promotion, PromotionEvalCheck, PromotionResult


if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


_SKIPPED_SHOWN: Final = 5


def gate_view(result: PromotionResult) -> "Group":
    """Return what the gate says of a version."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = []
    if result.eval_results:
        parts.append(_table(result))
    skipped = result.skipped[:_SKIPPED_SHOWN]
    parts.extend(Text(f"! {skip.eval_type} skipped: {skip.reason}", "yellow") for skip in skipped)
    if len(result.skipped) > len(skipped):
        parts.append(Text(f"! and {len(result.skipped) - len(skipped)} more skipped", "yellow"))
    parts.extend(Text(f"! {warning}", "yellow") for warning in result.warnings)
    word, look = ("ALLOWED", "bold green") if result.allowed else ("BLOCKED", "bold red")
    parts.append(Text("\n").append(word, look).append(f": {result.reason}"))
    return Group(*parts)


def _table(result: PromotionResult) -> Grid:
    checks = result.eval_results
    return Grid(
        title=(
            f"{result.prompt_name} v{result.version}: {result.from_alias} → {result.to_alias}"
            f" (now {version_text(result.from_version)})"
        ),
        columns=[
            Column("eval type", [check.eval_type for check in checks], right=False, folds=True),
            Column("pass rate", [percent(check.pass_rate) for check in checks]),
            Column("threshold", [percent(check.threshold) for check in checks]),
            Column(
                "gate",
                [_said(check) for check in checks],
                right=False,
                styles=["green" if check.passed else "bold red" for check in checks],
            ),
            Column("run", [check.run_id for check in checks], right=False, yields=1),
        ],
    )


def _said(check: PromotionEvalCheck) -> str:
    word = "passed" if check.passed else "below"
    return word if check.gating else f"{word} (not gating)"


def done_view(promotion: Promotion, *, dry_run: bool, forced: bool) -> "Text":
    """Return what was done after the gate spoke."""
    from rich.text import Text

    result = promotion.result
    where = f"{result.prompt_name}@{result.to_alias}"
    if dry_run:
        return Text("Dry run: nothing was changed.", "bold")
    if promotion.already:
        return Text(f"{where} is at v{result.version} already; nothing was changed.", "bold")
    if not promotion.executed or promotion.audit is None:
        return Text(f"Not promoted: {where} stays at {version_text(result.from_version)}.", "bold")
    line = Text("Promoted ", "bold green")
    if forced and not result.allowed:
        line = Text("FORCED past the gate: promoted ", "bold red")
    return line.append(audit_text(promotion.audit))


def audit_text(record: AuditRecord) -> str:
    """Return one action in words: what moved, who did it, and on the strength of which runs."""
    versions = f"{version_text(record.from_version)} → {version_text(record.to_version)}"
    runs = ", ".join(record.justifying_run_ids) or "none"
    return (
        f"{record.prompt_name}@{record.alias} {versions} by {record.actor} at "
        f"{record.timestamp:%Y-%m-%d %H:%M:%S}.\nReason: {record.reason}\nAudited runs: {runs}"
    )
