"""Trends and checks worked out by hand from rows of MLflow's database, knowing nothing of Assay.

Written from the rules as users read them, with decimal arithmetic where they say "exactly".
"""

import json
import math
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any


DECIMALS = Decimal("0.000001")


@dataclass(frozen=True)
class Names:
    """Under which names a project logs."""

    pass_rate: str = "pass_rate"  # noqa: S105  # a metric, no password
    average_score: str = "average_score"
    total_cases: str = "total_cases"
    error_cases: str = "error_cases"


@dataclass(frozen=True)
class Run:
    """One row of ``runs`` with what belongs to it."""

    run_id: str
    started: int
    status: str
    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]
    names: Names = field(default_factory=Names)

    def number(self, name: str) -> float | None:
        """A metric that is a number, else a parameter that is one."""
        value = self.metrics.get(name)
        if value is None or not math.isfinite(value):
            try:
                value = float(self.params[name])
            except (KeyError, ValueError):
                return None
        return value if math.isfinite(value) else None

    @property
    def rate(self) -> float | None:
        value = self.metrics.get(self.names.pass_rate)
        return value if value is not None and 0 <= value <= 1 else None

    @property
    def eval_status(self) -> str:
        if self.status != "FINISHED":
            return "error"
        errors = self.number(self.names.error_cases)
        if errors is None:
            return self.tags.get("eval_status", "complete")
        return "partial" if errors > 0 else "complete"

    @property
    def counts(self) -> bool:
        return self.eval_status == "complete" and self.rate is not None

    @property
    def prompts(self) -> dict[str, int]:
        found = {}
        for key, value in self.params.items():
            if key.startswith("prompt."):
                found[key.split(".", 1)[1]] = int(value.removeprefix("v"))
        return found


def read_runs(
    database: Path, base: str, *, mapped: dict[str, Names] | None = None
) -> dict[str, list[Run]]:
    """All active, ended runs by eval type, oldest first."""
    with closing(sqlite3.connect(database)) as connection:
        experiments = connection.execute(
            "SELECT experiment_id, name FROM experiments WHERE lifecycle_stage = 'active'"
        ).fetchall()
        types = {
            number: "quality" if name == base else name[len(base) + 1 :]
            for number, name in experiments
            if name == base or (name.startswith(f"{base}-") and name != f"{base}-")
        }
        metrics: dict[str, dict[str, float]] = {}
        for run_id, key, value, is_nan in connection.execute(
            "SELECT run_uuid, key, value, is_nan FROM latest_metrics"
        ):
            metrics.setdefault(run_id, {})[key] = math.nan if is_nan else value
        texts: dict[str, dict[str, dict[str, str]]] = {"params": {}, "tags": {}}
        for table, found in texts.items():
            for run_id, key, value in connection.execute(
                f"SELECT run_uuid, key, value FROM {table}"  # noqa: S608  # two fixed names
            ):
                found.setdefault(run_id, {})[key] = value
        runs: dict[str, list[Run]] = {eval_type: [] for eval_type in types.values()}
        for run_id, experiment, started, status in connection.execute(
            "SELECT run_uuid, experiment_id, start_time, status FROM runs WHERE "
            "lifecycle_stage = 'active' AND status NOT IN ('RUNNING', 'SCHEDULED') "
            "ORDER BY start_time"
        ):
            if experiment in types:
                runs[types[experiment]].append(
                    Run(
                        run_id,
                        started,
                        status,
                        metrics.get(run_id, {}),
                        texts["params"].get(run_id, {}),
                        texts["tags"].get(run_id, {}),
                        (mapped or {}).get(types[experiment], Names()),
                    )
                )
    return runs


def trend(runs: dict[str, list[Run]], *, base: str, limit: int = 10) -> dict[str, dict[str, Any]]:
    """The fields of "Data types" of every timeline, by eval type."""
    return {
        eval_type: _summary(eval_type, found, experiment=_experiment(base, eval_type), limit=limit)
        for eval_type, found in runs.items()
    }


def _experiment(base: str, eval_type: str) -> str:
    return base if eval_type == "quality" else f"{base}-{eval_type}"


def _summary(eval_type: str, runs: list[Run], *, experiment: str, limit: int) -> dict[str, Any]:
    shown = runs[-limit:]
    rated = [run for run in shown if run.counts] or [
        run for run in shown if run.rate is not None and run.eval_status != "error"
    ]
    return {
        "eval_type": eval_type,
        "points": [_point(run, eval_type, experiment) for run in shown],
        "latest_pass_rate": rated[-1].rate if rated else None,
        "trend_direction": _direction(
            [run.rate for run in runs if run.counts and run.rate is not None][-3:]
        ),
        "prompt_changes": _changes(shown),
        "events": [],
    }


def _point(run: Run, eval_type: str, experiment: str) -> dict[str, Any]:
    total, errors = run.number(run.names.total_cases), run.number(run.names.error_cases)
    score = run.metrics.get(run.names.average_score)
    return {
        "run_id": run.run_id,
        "timestamp": moment(run),
        "experiment_name": experiment,
        "eval_type": eval_type,
        "pass_rate": run.rate,
        "average_score": score,
        "total_cases": None if total is None else int(total),
        "error_cases": None if errors is None else int(errors),
        "prompt_versions": run.prompts,
        "eval_status": run.eval_status,
    }


def moment(run: Run) -> str:
    """A run's start as ISO 8601 in UTC."""
    started = datetime.fromtimestamp(run.started // 1000, UTC).replace(
        microsecond=run.started % 1000 * 1000
    )
    return started.isoformat().replace("+00:00", "Z")


def _direction(rates: list[float]) -> str:
    """Through three equally spaced points the line of least squares rises by (c - a) / 2."""
    if len(rates) < 2:
        return "stable"
    slope = points(rates[0], rates[-1]) / (len(rates) - 1)
    if abs(slope) <= 1:
        return "stable"
    return "improving" if slope > 0 else "degrading"


def _changes(runs: list[Run]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    found = []
    for place, run in enumerate(runs):
        for name, version in sorted(run.prompts.items()):
            if place and seen.get(name) != version:
                found.append(_change(run, name, seen.get(name), version))
            seen[name] = version
    return found


def _change(run: Run, name: str, before: int | None, after: int | None) -> dict[str, Any]:
    return {
        "timestamp": moment(run),
        "run_id": run.run_id,
        "prompt_name": name,
        "from_version": before,
        "to_version": after,
    }


def points(before: float, after: float) -> Decimal:
    """Percentage points from one rate to another, as one would on paper."""
    return (100 * (Decimal(repr(after)) - Decimal(repr(before)))).quantize(DECIMALS)


def check(
    runs: dict[str, list[Run]],
    *,
    cases: dict[str, dict[str, bool]] | None = None,
    threshold: float = 0.8,
) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """The fields of "Data types" of every report by eval type, and the types skipped.

    Args:
        runs: By eval type, oldest first.
        cases: Of each run that has a table, whether each case passed.
        threshold: For runs that stored none.
    """
    reports, skipped = {}, set()
    for eval_type, found in runs.items():
        judged = [run for run in found if run.rate is not None and run.eval_status != "error"]
        current = judged[-1] if judged else None
        before = [run for run in found[: found.index(current)] if run.counts] if current else []
        if current is None or not before:
            skipped.add(eval_type)
        else:
            reports[eval_type] = _report(eval_type, before[-1], current, cases or {}, threshold)
    return reports, skipped


def _report(
    eval_type: str,
    baseline: Run,
    current: Run,
    cases: dict[str, dict[str, bool]],
    default: float,
) -> dict[str, Any]:
    assert baseline.rate is not None
    assert current.rate is not None
    delta = points(baseline.rate, current.rate)
    threshold = float(current.params.get("threshold", default))
    return {
        "eval_type": eval_type,
        "baseline_run_id": baseline.run_id,
        "current_run_id": current.run_id,
        "baseline_pass_rate": baseline.rate,
        "current_pass_rate": current.rate,
        "baseline_timestamp": moment(baseline),
        "current_timestamp": moment(current),
        "delta_pp": float(delta),
        "threshold": threshold,
        "verdict": _verdict(current, delta, threshold),
        "changed_prompts": [
            _change(current, name, baseline.prompts.get(name), current.prompts.get(name))
            for name in sorted(baseline.prompts.keys() | current.prompts.keys())
            if baseline.prompts.get(name) != current.prompts.get(name)
        ],
        "flipped_cases": _flips(cases.get(baseline.run_id, {}), cases.get(current.run_id, {})),
    }


def _verdict(current: Run, delta: Decimal, threshold: float) -> str:
    """The four rules in their order; a partial run is neither IMPROVED nor known to PASS."""
    if Decimal(repr(current.rate)) < Decimal(repr(threshold)):
        return "REGRESSION"
    if delta <= -10 or current.eval_status == "partial":
        return "WARNING"
    return "IMPROVED" if delta > 0 else "PASS"


def _flips(before: dict[str, bool], after: dict[str, bool]) -> list[tuple[str, str]]:
    found = [
        ("better" if after[case] else "worse", case)
        for case in sorted(before.keys() & after.keys())
        if before[case] != after[case]
    ]
    return sorted(found, key=lambda flip: flip[0] != "worse")


def verdict_counts(reports: dict[str, dict[str, Any]]) -> Counter[str]:
    """How many reports have each verdict."""
    return Counter(report["verdict"] for report in reports.values())


def read_tables(folder: Path) -> dict[str, dict[str, bool]]:
    """Of every run below a folder of artifacts with a table in MLflow's layout, its verdicts."""
    found = {}
    for path in folder.glob("*/*/artifacts/eval_results.json"):
        table = json.loads(path.read_text())
        place = table["columns"].index("passed")
        found[path.parts[-3]] = {row[0]: row[place] for row in table["data"]}
    return found
