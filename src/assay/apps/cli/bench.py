"""``assay bench``: run models on a task, look at results, validate and export."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from assay.apps.cli.options import DataDir, ExportKind, Format, Limit
from assay.apps.cli.output import OutputFormat


app = typer.Typer(no_args_is_help=True, help="Which model is best for this task, at what price?")

TaskFile = Annotated[Path, typer.Argument(metavar="TASK", help="Task file, YAML or JSON.")]
DatasetFile = Annotated[
    Path | None,
    typer.Option(
        "--dataset", "-d", envvar="ASSAY_BENCH_DATASET", help="Dataset: JSONL, JSON or CSV."
    ),
]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]


@app.command()
def run(  # noqa: PLR0913  one parameter per option of the command
    task: Annotated[
        Path | None, typer.Argument(metavar="TASK", help="Task file, YAML or JSON.")
    ] = None,
    dataset: DatasetFile = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models",
            "-m",
            envvar="ASSAY_BENCH_MODELS",
            help="Models, separated by commas: recorded:FILE#NAME, openai:NAME, python:MODULE:FUNCTION.",
        ),
    ] = None,
    repeats: Annotated[
        int,
        typer.Option(min=1, max=100, envvar="ASSAY_BENCH_REPEATS", help="Answers per datapoint."),
    ] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Calls at the same time, per model (environment ASSAY_CONCURRENCY).",
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="USD",
            help="Stop before the known cost passes this (environment ASSAY_BUDGET_USD).",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(envvar="ASSAY_BENCH_NAME", help="Name of the run.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", envvar="ASSAY_BENCH_RESUME", help="Finish a run that was cut off."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(envvar="ASSAY_BENCH_OUTPUT", help="Also write the JSON report to this file."),
    ] = None,
    data_dir: DataDir = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Run models on a task over a dataset, and rank them."""
    from assay.apps.cli import bench_run

    request = bench_run.BenchRequest(
        task=task,
        dataset=dataset,
        models=tuple(spec for text in models or () for spec in text.split(",") if spec.strip()),
        repeats=repeats,
        concurrency=concurrency,
        budget_usd=_budget(budget),
        name=name,
        resume=resume,
    )
    bench_run.run(request, data_dir=data_dir, output=output, output_format=output_format)


def _budget(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.removeprefix("$"))
    except ArithmeticError:
        raise typer.BadParameter(
            f"{text!r} is not an amount of US dollars.", param_hint="--budget"
        ) from None
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter("The budget must be 0 or more.", param_hint="--budget")
    return amount


@app.command()
def validate(
    task: TaskFile,
    dataset: DatasetFile = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Check a task file, and whether it fits a dataset; exit 1 if it does not."""
    from assay.apps.cli import bench_files

    if not bench_files.validate(task, dataset, output_format):
        raise typer.Exit(1)


@app.command("list")
def list_evaluations(
    limit: Limit = 20, data_dir: DataDir = None, output_format: Format = OutputFormat.TABLE
) -> None:
    """List stored runs of models on tasks, newest first."""
    from assay.apps.cli import bench_files

    bench_files.list_evaluations(limit, data_dir, output_format)


@app.command()
def results(
    run_id: RunId, data_dir: DataDir = None, output_format: Format = OutputFormat.TABLE
) -> None:
    """Show the report of a stored run."""
    from assay.apps.cli import bench_files

    bench_files.results(run_id, data_dir, output_format)


@app.command()
def export(
    run_id: RunId,
    kind: Annotated[
        ExportKind,
        typer.Option("--as", envvar="ASSAY_EXPORT_KIND", help="What kind of file to write."),
    ] = ExportKind.JSON,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            envvar="ASSAY_EXPORT_OUTPUT",
            help="File to write; standard output if absent.",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a stored run's report or items to a file."""
    from assay.apps.cli import bench_files

    bench_files.export(run_id, kind, output, data_dir)
