"""Results as files to download."""

from dataclasses import dataclass
from typing import Literal

from assay.apps.services.uploads import ascii_name
from assay.core.wire.bench import EvaluationReport


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file's content, kind and name; the name is plain ASCII."""

    content: str
    media_type: str
    filename: str


def export_evaluation(
    report: EvaluationReport, *, kind: Literal["csv", "json", "markdown"]
) -> ExportedFile:
    """Return a report as a file."""
    from assay.bench.exports import report_csv, report_markdown

    stem = ascii_name(report.name, default="evaluation")
    if kind == "csv":
        return ExportedFile(report_csv(report), "text/csv", f"{stem}.csv")
    if kind == "json":
        return ExportedFile(report.model_dump_json(indent=2), "application/json", f"{stem}.json")
    return ExportedFile(report_markdown(report), "text/markdown", f"{stem}.md")
