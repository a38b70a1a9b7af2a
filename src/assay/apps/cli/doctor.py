"""``assay doctor``: what is installed, reachable and writable, and how to mend what is not."""

from typing import TYPE_CHECKING

import typer

from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat, emit


if TYPE_CHECKING:
    from rich.table import Table

    from assay.apps.diagnosis import Finding

_STYLES = {"ok": "green", "warning": "yellow", "failure": "bold red"}


def doctor(data_dir: DataDir = None, output_format: Format = OutputFormat.TABLE) -> None:
    """Check this installation; exit 1 if something must be mended."""
    from dataclasses import asdict

    from assay.apps.cli.loading import settings_for
    from assay.apps.diagnosis import diagnose

    findings = diagnose(settings_for(data_dir=data_dir))
    healthy = all(finding.state != "failure" for finding in findings)
    document = {"healthy": healthy, "checks": [asdict(finding) for finding in findings]}
    emit(document, output_format, render=lambda: _table(findings))
    if not healthy:
        raise typer.Exit(1)


def _table(findings: "list[Finding]") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Doctor", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("state")
    table.add_column("found")
    table.add_column("to mend it")
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state}[/]"
        table.add_row(finding.check, state, escape(finding.found), escape(finding.remedy or ""))
    return table
