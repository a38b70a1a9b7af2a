"""Options that the gate's commands share, each with its environment twin."""

from enum import StrEnum
from typing import Annotated

import typer


class CheckFormat(StrEnum):
    """How ``assay check`` prints its answer."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"


GATE_VARIABLES = frozenset(
    {
        "ASSAY_ACTOR",
        "ASSAY_BASELINE_REASON",
        "ASSAY_CANDIDATE",
        "ASSAY_CASES",
        "ASSAY_CHECK",
        "ASSAY_CHECK_FORMAT",
        "ASSAY_CHECK_RUN_ID",
        "ASSAY_CHECK_VERBOSE",
        "ASSAY_DRY_RUN",
        "ASSAY_EVAL_TYPE",
        "ASSAY_FORCE",
        "ASSAY_FROM_ALIAS",
        "ASSAY_JOBS",
        "ASSAY_NO_ALIAS",
        "ASSAY_PASS_SCORE",
        "ASSAY_PROMOTE_REASON",
        "ASSAY_PROMPT",
        "ASSAY_PROMPT_ALIAS",
        "ASSAY_PROMPT_MESSAGE",
        "ASSAY_PROMPT_VERSION",
        "ASSAY_REQUIRE_EVIDENCE",
        "ASSAY_ROLLBACK_ALIAS",
        "ASSAY_ROLLBACK_REASON",
        "ASSAY_RUN_EVALS",
        "ASSAY_STRICT",
        "ASSAY_SUITE",
        "ASSAY_THRESHOLD",
        "ASSAY_TO_ALIAS",
        "ASSAY_TREND_LIMIT",
        "ASSAY_VERBOSE",
    }
)
"""Environment twins of the gate's flags that are no settings."""

EvalType = Annotated[
    str | None,
    typer.Option(
        "--eval-type",
        envvar="ASSAY_EVAL_TYPE",
        help="Only this eval type.",
        show_default=False,
    ),
]
TrackingUri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri",
        help="MLflow's address (environment ASSAY_TRACKING_URI).",
        show_default=False,
    ),
]
Actor = Annotated[
    str | None,
    typer.Option(
        "--actor",
        envvar="ASSAY_ACTOR",
        help="Who acts, for the audit; CI's user or the login name by default.",
        show_default=False,
    ),
]
