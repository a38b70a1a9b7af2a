"""Trends as the terminal shows them: a header and a table per eval type."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from assay.apps.cli.figures import MISSING, percent, percent_interval, pp, score, sparkline
from assay.apps.cli.grid import Column, Grid
from assay.core.statistics import Interval
from assay.gate.results import (
    Direction,
    EvalStatus,
    PromptChange,
    TrendEvent,
    TrendPoint,
    TrendSummary,
)


if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


NO_RUNS: Final = "No eval runs found"

ARROWS: Final = {Direction.IMPROVING: "↗", Direction.DEGRADING: "↘", Direction.STABLE: "→"}
_COLOURS: Final = {
    Direction.IMPROVING: "bold green",
    Direction.DEGRADING: "bold red",
    Direction.STABLE: "bold",
}
_STATUS_LOOKS: Final = {
    EvalStatus.COMPLETE: "",
    EvalStatus.PARTIAL: "yellow",
    EvalStatus.ERROR: "red",
}


def trends_view(summaries: Sequence[TrendSummary], *, uri: str) -> "Group | str":
    """Return all timelines; one sentence where nothing has been run."""
    from rich.console import Group

    if not any(summary.points for summary in summaries):
        return no_runs(f" in {uri}")
    return Group(*(part for summary in summaries for part in _timeline(summary)))


def no_runs(place: str = "") -> str:
    """Return the one sentence for no timelines."""
    return f"{NO_RUNS}{place}. Make some: assay run-evals --suite core"


def _timeline(summary: TrendSummary) -> "list[Grid | Text]":
    from rich.text import Text

    points = summary.points
    if not points:
        return [Text(f"\n{summary.eval_type}: no finished runs")]
    changes = [_changes(summary.prompt_changes, point.run_id) for point in points]
    events = [_events(summary.events, point.run_id) for point in points]
    later = [event for event in summary.events if event.run_id is None]
    grid = Grid(
        title=_header(summary),
        columns=[
            Column("run", [point.run_id for point in points], right=False, short=_short(points)),
            Column("date", [f"{point.timestamp:%Y-%m-%d %H:%M}" for point in points], right=False),
            Column("pass rate", [percent(point.pass_rate) for point in points]),
            Column("95 % interval", [interval(point.interval) for point in points], yields=3),
            Column("score", [score(point.average_score) for point in points], yields=4),
            Column("errors", [_errors(point) for point in points], yields=2),
            Column(
                "status",
                [point.eval_status.value for point in points],
                right=False,
                yields=5,
                styles=[_STATUS_LOOKS[point.eval_status] for point in points],
            ),
            Column("prompts changed", changes, right=False, yields=1, folds=True),
            Column("events", events, right=False, yields=1, folds=True),
        ],
    )
    return [grid, *(Text(f"{_event(event)} (no run since)", style="magenta") for event in later)]


def _header(summary: TrendSummary) -> "Text":
    from rich.text import Text

    direction = summary.trend_direction
    header = Text(f"{summary.eval_type}  ", style="bold")
    header.append(percent(summary.latest_pass_rate))
    header.append(f"  {ARROWS[direction]} {direction.value}", style=_COLOURS[direction])
    if summary.slope_pp is not None:
        header.append(f" ({pp(summary.slope_pp)} per run)", style="dim")
    line = sparkline(summary.sparkline)
    return header.append(f"  {line}", style="cyan") if line else header


def interval(found: Interval | None) -> str:
    """Return an interval of ratios in percent, or nothing."""
    return "" if found is None else percent_interval((found.low, found.high))


def short_id(run_id: str) -> str:
    """Return the beginning of a run's id, enough to tell runs apart."""
    return run_id[:8]


def version_text(version: int | str | None) -> str:
    """Return a version as people write it: ``v3``, or a dash where there was none."""
    if version is None:
        return MISSING
    return f"v{version}" if isinstance(version, int) else version


def change_text(change: PromptChange) -> str:
    """Return which prompt changed from what to what."""
    before, after = version_text(change.from_version), version_text(change.to_version)
    return f"{change.prompt_name} {before} → {after}"


def _short(points: Sequence[TrendPoint]) -> list[str]:
    return [short_id(point.run_id) for point in points]


def _errors(point: TrendPoint) -> str:
    if point.error_cases is None:
        return MISSING
    total = "" if point.total_cases is None else f"/{point.total_cases}"
    return f"{point.error_cases}{total}"


def _changes(changes: Sequence[PromptChange], run_id: str) -> str:
    return ", ".join(change_text(change) for change in changes if change.run_id == run_id)


def _events(events: Sequence[TrendEvent], run_id: str) -> str:
    return "; ".join(_event(event) for event in events if event.run_id == run_id)


def _event(event: TrendEvent) -> str:
    mark = "▼" if event.action == "rollback" else "▲"
    forced = " FORCED" if event.forced else ""
    versions = f"{version_text(event.from_version)} → {version_text(event.to_version)}"
    return f"{mark} {event.action}{forced} {event.prompt_name}@{event.alias} {versions}"
