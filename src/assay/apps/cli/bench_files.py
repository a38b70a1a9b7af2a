"""Checking task files, and showing and exporting stored reports."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli.figures import MISSING, dollars
from assay.apps.cli.grid import Column, Grid
from assay.apps.cli.loading import settings_for
from assay.apps.cli.options import ExportKind
from assay.apps.cli.output import OutputFormat, emit, emit_bytes, say
from assay.apps.cli.tables import report_view
from assay.apps.cli.workbench import open_workbench, stored_evaluation
from assay.apps.services.exports import export_evaluation
from assay.bench.task import load_task
from assay.bench.validation import Finding, Severity, validate_task
from assay.core.ports import Listing
from assay.core.wire.rest import EvaluationView
from assay.execution.dataset_files import read_dataset
from assay.kit.atomic_files import write_atomic


if TYPE_CHECKING:
    from rich.console import Group


def validate(task_path: Path, dataset: Path | None, output_format: OutputFormat) -> bool:
    """Print whether a task can be used and fits a dataset; return whether it does.

    Raises:
        InvalidTaskError: If the task file cannot be used, one line per fault.
        InvalidDatasetError: If the dataset cannot be read.
    """
    task = load_task(task_path)
    findings = [] if dataset is None else validate_task(task, read_dataset(dataset))
    valid = all(finding.severity is not Severity.ERROR for finding in findings)
    document: dict[str, Any] = {
        "task": task.name,
        "valid": valid,
        "findings": [asdict(finding) for finding in findings],
    }
    emit(document, output_format, render=lambda: _findings_view(task.name, findings, valid=valid))
    return valid


def _findings_view(name: str, findings: list[Finding], *, valid: bool) -> "Group":
    from rich.console import Group
    from rich.text import Text

    verdict = Text(f"{name}: valid" if valid else f"{name}: does not fit the dataset")
    verdict.stylize("bold green" if valid else "bold red")
    lines = [
        Text(f"{finding.severity.value}: {finding.subject}: {finding.message}")
        for finding in findings
    ]
    return Group(verdict, *lines)


def list_evaluations(limit: int, data_dir: Path | None, output_format: OutputFormat) -> None:
    """Print stored evaluations, newest first."""
    with open_workbench(settings_for(data_dir=data_dir)) as services:
        page = services.store.list_evaluations(Listing(limit=limit))
        views = services.evaluations.views(page.items)
    rows = [view.model_dump(mode="json") for view in views]
    document = {"evaluations": rows, "total": page.total}
    emit(document, output_format, render=lambda: _evaluations_view(views, page.total))


def _evaluations_view(views: Sequence[EvaluationView], total: int) -> "Grid | str":
    if not views:
        return "No evaluations yet. Make one: assay bench run, or assay demo."
    return Grid(
        title=f"{len(views)} of {total} evaluations, newest first",
        columns=[
            Column("run", [view.id for view in views], right=False),
            Column("name", [view.name for view in views], right=False, folds=True),
            Column("status", [view.status for view in views], right=False),
            Column("models", [str(len(view.models)) for view in views], yields=3),
            Column("ended", [f"{view.ended}/{view.planned}" for view in views], yields=1),
            Column("leader", [view.leader or MISSING for view in views], right=False, yields=2),
            Column("cost", [dollars(view.cost_usd) for view in views], yields=4),
            Column("created", [f"{v.created_at:%Y-%m-%d %H:%M}" for v in views], yields=4),
        ],
    )


def results(run_id: str, data_dir: Path | None, output_format: OutputFormat) -> None:
    """Print a stored evaluation's report."""
    with open_workbench(settings_for(data_dir=data_dir)) as services:
        report = services.evaluations.report(stored_evaluation(services, run_id))
    emit(report.model_dump(mode="json"), output_format, render=lambda: report_view(report))


def export(run_id: str, kind: ExportKind, output: Path | None, data_dir: Path | None) -> None:
    """Write a stored evaluation's report as a file, or to standard output."""
    with open_workbench(settings_for(data_dir=data_dir)) as services:
        report = services.evaluations.report(stored_evaluation(services, run_id))
    file = export_evaluation(report, kind=kind.value)
    if output is None:
        emit_bytes(file.content.encode())
        return
    write_atomic(output, file.content.encode())
    say(f"Wrote {output}")
