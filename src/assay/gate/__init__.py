"""The gate: did the last change make us better or worse, and may this prompt ship?

Rules over the ports of ``core.ledger``: trend, check, promotion, rollback, baselines, suites.
They know no MLflow, no engine and no screen; ``apps`` hands those in. Only ``apps`` imports
this room. Start reading at ``gate.check``.
"""

from assay.gate.audit import Surroundings, read_history
from assay.gate.baselines import get_baseline_run, pin_baseline, show_baselines, unpin_baseline
from assay.gate.check import check_all_regressions, compare_runs
from assay.gate.config import GateConfig, choose_tracking_uri
from assay.gate.config_file import read_gate_config
from assay.gate.history import get_eval_experiments
from assay.gate.jsonable import to_jsonable
from assay.gate.promotion import check_promotion_gate, execute_promotion
from assay.gate.reports import to_junit, to_markdown
from assay.gate.rollback import NothingToRollBackError, execute_rollback, find_previous_version
from assay.gate.suite_plan import suite_members
from assay.gate.suites import run_eval_suite
from assay.gate.timeline import trend_summaries
from assay.gate.trend import build_trend_summary, get_trend_points


__all__ = [
    "GateConfig",
    "NothingToRollBackError",
    "Surroundings",
    "build_trend_summary",
    "check_all_regressions",
    "check_promotion_gate",
    "choose_tracking_uri",
    "compare_runs",
    "execute_promotion",
    "execute_rollback",
    "find_previous_version",
    "get_baseline_run",
    "get_eval_experiments",
    "get_trend_points",
    "pin_baseline",
    "read_gate_config",
    "read_history",
    "run_eval_suite",
    "show_baselines",
    "suite_members",
    "to_jsonable",
    "to_junit",
    "to_markdown",
    "trend_summaries",
    "unpin_baseline",
]
