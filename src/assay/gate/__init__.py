"""The gate: did the last change make us better or worse, and may this prompt ship?

Rules over the ports of ``core.ledger``: trend, check, promotion, rollback, baselines, suites.
They know no MLflow, no engine and no screen; ``apps`` hands those in. Only ``apps`` imports
this room. Start reading at ``gate.check``.
"""

from assay.gate.baselines import get_baseline_run
from assay.gate.check import check_all_regressions, compare_runs
from assay.gate.config import GateConfig, choose_tracking_uri
from assay.gate.config_file import read_gate_config
from assay.gate.history import get_eval_experiments
from assay.gate.jsonable import to_jsonable
from assay.gate.trend import build_trend_summary, get_trend_points


__all__ = [
    "GateConfig",
    "build_trend_summary",
    "check_all_regressions",
    "choose_tracking_uri",
    "compare_runs",
    "get_baseline_run",
    "get_eval_experiments",
    "get_trend_points",
    "read_gate_config",
    "to_jsonable",
]
