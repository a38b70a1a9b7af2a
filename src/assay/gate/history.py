"""Finds the eval types of a project in the ledger and reads as much of their past as is needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.core.errors import NotFoundError
from assay.core.eval_runs import EvalExperiment, LoggedRun
from assay.core.ledger import RunLedger
from assay.gate.config import GateConfig
from assay.gate.points import PROMPT_PARAM, read_point
from assay.gate.results import EvalStatus, TrendPoint


FIRST_RUNS_OF_VERSION = 3

Enough = Callable[[Sequence[TrendPoint]], bool]
"""Whether the points read so far, newest first, are all that is needed."""


@dataclass(frozen=True, slots=True)
class EvalLine:
    """An eval type and the experiment that holds its runs."""

    eval_type: str
    experiment: EvalExperiment


def get_eval_experiments(ledger: RunLedger, config: GateConfig) -> list[EvalLine]:
    """Return every eval type that has an experiment, by name.

    Those under the base name need no declaration; a declared type may name an experiment of
    its own. An experiment whose eval type another one holds already, as ``shop-quality`` beside
    ``shop``, goes by its full name: two experiments are never one line.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    found = {
        experiment.name: experiment
        for experiment in ledger.list_experiments(config.base_experiment)
    }
    for kind in config.eval_types.values():
        if kind.experiment not in found and not _under_base(kind.experiment, config):
            for experiment in ledger.list_experiments(kind.experiment):
                if experiment.name == kind.experiment:
                    found[experiment.name] = experiment
    lines: dict[str, EvalLine] = {}
    for name in sorted(found, key=lambda name: (len(name), name)):  # the base before all others
        eval_type = config.eval_type_of(name)
        if eval_type is not None:
            free = eval_type if eval_type not in lines else name
            lines[free] = EvalLine(free, found[name])
    return [lines[eval_type] for eval_type in sorted(lines)]


def find_line(lines: Sequence[EvalLine], eval_type: str) -> EvalLine:
    """Return the line of an eval type.

    Raises:
        NotFoundError: It has no experiment.
    """
    for line in lines:
        if line.eval_type == eval_type:
            return line
    raise NotFoundError(f"The eval type {eval_type!r} has no runs; there are: {_names(lines)}.")


def line_of_run(lines: Sequence[EvalLine], run: LoggedRun, *, config: GateConfig) -> EvalLine:
    """Return the line that a run is on.

    Raises:
        NotFoundError: Its experiment holds no eval type.
    """
    for line in lines:
        if line.experiment.id == run.experiment_id:
            return line
    raise NotFoundError(
        f"The run {run.run_id} is in the experiment {run.experiment_name!r}, which holds no eval "
        f"type of {config.base_experiment!r}; there are: {_names(lines)}."
    )


def newest_points(
    ledger: RunLedger,
    lines: Sequence[EvalLine],
    *,
    config: GateConfig,
    first: int,
    enough: Enough,
    params: Mapping[str, str] | None = None,
) -> dict[str, list[TrendPoint]]:
    """Return per eval type its newest points, newest first, reading on until it is enough.

    One call reads the newest ``first`` runs of all lines; further ones only the lines that
    need more and have more, each four times as many: a ledger may read again what it skips.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    points: dict[str, list[TrendPoint]] = {line.eval_type: [] for line in lines}
    open_lines, offset, size = list(lines), 0, max(1, first)
    while open_lines:
        pages = ledger.latest_runs(
            [line.experiment for line in open_lines], limit=size, offset=offset, params=params
        )
        for line in open_lines:
            _add(points[line.eval_type], pages.get(line.experiment.id, []), line, config=config)
        open_lines = [
            line
            for line in open_lines
            if len(pages.get(line.experiment.id, [])) == size and not enough(points[line.eval_type])
        ]
        offset, size = offset + size, size * 4
    return points


def points_of_version(
    ledger: RunLedger,
    lines: Sequence[EvalLine],
    prompt_name: str,
    version: int,
    *,
    config: GateConfig,
) -> dict[str, list[TrendPoint]]:
    """Return per eval type the newest points with a prompt version, newest first.

    Both ways in which clients write a version count. A complete run is among them if there
    is any.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    found: dict[str, list[TrendPoint]] = {line.eval_type: [] for line in lines}
    for written in (f"v{version}", str(version)):
        points = newest_points(
            ledger,
            lines,
            config=config,
            first=FIRST_RUNS_OF_VERSION,
            enough=lambda read: latest_complete(read) is not None,
            params={PROMPT_PARAM + prompt_name: written},
        )
        for eval_type, each in points.items():
            found[eval_type] += each
    for each in found.values():
        each.sort(key=lambda point: point.timestamp, reverse=True)
    return found


def latest_complete(newest_first: Sequence[TrendPoint]) -> TrendPoint | None:
    """Return the newest complete point, with a pass rate or without."""
    return next((point for point in newest_first if point.eval_status is EvalStatus.COMPLETE), None)


def _add(
    points: list[TrendPoint], runs: Sequence[LoggedRun], line: EvalLine, *, config: GateConfig
) -> None:
    """Add the runs of a page; one that moved down since the page before is there already."""
    known = {point.run_id for point in points}
    kind = config.eval_type(line.eval_type)
    for run in runs:
        point = read_point(run, kind, confidence=config.confidence)
        if point is not None and point.run_id not in known:
            points.append(point)


def _names(lines: Sequence[EvalLine]) -> str:
    return ", ".join(line.eval_type for line in lines) or "none"


def _under_base(experiment: str, config: GateConfig) -> bool:
    base = config.base_experiment
    return experiment == base or experiment.startswith(f"{base}-")
