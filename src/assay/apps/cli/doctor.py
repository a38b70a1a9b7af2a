"""``assay doctor``: what is installed, reachable and writable, and how to mend what is not."""

from typing import TYPE_CHECKING

import typer

from assay.apps.cli.grid import Column, Grid
from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat, emit


if TYPE_CHECKING:
    from assay.apps.diagnosis import Finding


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


def _table(findings: "list[Finding]") -> Grid:
    return Grid(
        title="Doctor",
        columns=[
            Column("check", [finding.check for finding in findings], right=False),
            Column("state", [finding.state for finding in findings], right=False),
            Column("found", [finding.found for finding in findings], right=False, folds=True),
            Column(
                "to mend it", [f.remedy or "" for f in findings], right=False, folds=True, yields=1
            ),
        ],
        strong=frozenset(n for n, finding in enumerate(findings) if finding.state == "failure"),
    )
