"""Checking task files, and showing and exporting stored reports."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, say
from assay.apps.cli.tables import report_view
from assay.apps.cli.workbench import open_workbench, stored_evaluation
from assay.apps.services.exports import export_evaluation
from assay.bench.task import load_task
from assay.bench.validation import Finding, Severity, validate_task
from assay.core.errors import InvalidInputError
from assay.execution.dataset_files import read_dataset
from assay.kit.atomic_files import write_atomic


if TYPE_CHECKING:
    from rich.console import Group

EXPORTS = ("json", "csv", "markdown")


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


def results(run_id: str, data_dir: Path | None, output_format: OutputFormat) -> None:
    """Print a stored evaluation's report."""
    with open_workbench(settings_for(data_dir=data_dir)) as services:
        report = services.evaluations.report(stored_evaluation(services, run_id))
    emit(report.model_dump(mode="json"), output_format, render=lambda: report_view(report))


def export(run_id: str, kind: str, output: Path | None, data_dir: Path | None) -> None:
    """Write a stored evaluation's report as a file, or to standard output.

    Raises:
        InvalidInputError: If there is no such kind of file.
    """
    if kind not in EXPORTS:
        raise InvalidInputError(f"Unknown kind of export {kind!r}; choose {', '.join(EXPORTS)}.")
    with open_workbench(settings_for(data_dir=data_dir)) as services:
        report = services.evaluations.report(stored_evaluation(services, run_id))
    file = export_evaluation(report, kind=kind)
    if output is None:
        sys.stdout.write(file.content)
        return
    write_atomic(output, file.content.encode())
    say(f"Wrote {output}")
