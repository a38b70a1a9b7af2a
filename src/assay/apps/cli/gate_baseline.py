"""``assay baseline``: name the run that others are measured by."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.apps.cli.gate import with_gate
from assay.apps.cli.gate_options import Actor, EvalType, TrackingUri
from assay.apps.cli.options import Format
from assay.apps.cli.output import OutputFormat


if TYPE_CHECKING:
    from assay.apps.cli.grid import Grid
    from assay.apps.services.gate import Gate
    from assay.gate.baselines import PinnedBaseline


app = typer.Typer(no_args_is_help=True, help="Pin the run that others are measured by.")

Reason = Annotated[
    str, typer.Option("--reason", envvar="ASSAY_BASELINE_REASON", help="Why, for the record.")
]


@app.command()
def pin(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A complete run's id in MLflow.")],
    reason: Reason,
    actor: Actor = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Measure later runs of its eval type by this one."""
    from assay.apps.cli.output import emit
    from assay.apps.services.actor import acting
    from assay.gate.baselines import pin_baseline
    from assay.gate.jsonable import to_jsonable

    def work(gate: "Gate") -> int:
        found = pin_baseline(gate.ledger, gate.config, run_id, actor=acting(actor), reason=reason)
        say = f"{found.eval_type} is measured by {found.run_id} until it is unpinned."
        emit(to_jsonable(found), output_format, render=lambda: say)
        return 0

    with_gate(work, tracking_uri=tracking_uri)


@app.command()
def show(
    eval_type: EvalType = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Show the pinned runs and how old they are."""
    from assay.apps.cli.output import emit
    from assay.gate.baselines import show_baselines
    from assay.gate.jsonable import to_jsonable

    def work(gate: "Gate") -> int:
        found = show_baselines(gate.ledger, gate.config, eval_type=eval_type)
        document = {"baselines": to_jsonable(found)}
        emit(document, output_format, render=lambda: _baselines(found))
        return 0

    with_gate(work, tracking_uri=tracking_uri)


@app.command()
def unpin(
    eval_type: Annotated[str, typer.Argument(metavar="EVAL_TYPE", help="Whose pin to take away.")],
    reason: Reason,
    actor: Actor = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Measure by the newest complete run again."""
    from assay.apps.cli.output import emit
    from assay.apps.services.actor import acting
    from assay.gate.baselines import unpin_baseline
    from assay.gate.jsonable import to_jsonable

    def work(gate: "Gate") -> int:
        found = unpin_baseline(
            gate.ledger, gate.config, eval_type, actor=acting(actor), reason=reason
        )
        say = f"{eval_type} is measured by its newest complete run again."
        emit(to_jsonable(found), output_format, render=lambda: say)
        return 0

    with_gate(work, tracking_uri=tracking_uri)


def _baselines(found: "list[PinnedBaseline]") -> "Grid | str":
    from assay.apps.cli.figures import MISSING, age, percent
    from assay.apps.cli.grid import Column, Grid

    if not found:
        return "No baseline is pinned: each run is measured by the complete one before it."
    return Grid(
        title="Pinned baselines",
        columns=[
            Column("eval type", [each.eval_type for each in found], right=False, folds=True),
            Column("run", [each.run_id or MISSING for each in found], right=False),
            Column("pass rate", [percent(each.pass_rate) for each in found]),
            Column(
                "age",
                [MISSING if e.age_seconds is None else age(e.age_seconds) for e in found],
            ),
            Column("by", [each.actor for each in found], right=False, yields=1),
            Column("reason", [e.reason for e in found], right=False, folds=True, yields=2),
        ],
    )
