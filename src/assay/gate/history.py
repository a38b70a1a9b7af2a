"""Finds the eval types of a project in the ledger and reads as much of their past as is needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.core.eval_runs import EvalExperiment, LoggedRun
from assay.core.ledger import RunLedger
from assay.gate.config import GateConfig
from assay.gate.points import read_point
from assay.gate.results import TrendPoint


LARGEST_PAGE = 200

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


def newest_points(
    ledger: RunLedger,
    lines: Sequence[EvalLine],
    *,
    config: GateConfig,
    first: int,
    enough: Enough,
    params: dict[str, str] | None = None,
) -> dict[str, list[TrendPoint]]:
    """Return per eval type its newest points, newest first, reading on until it is enough.

    One call reads the newest ``first`` runs of all lines; further ones only the lines that
    need more and have more.

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
        offset, size = offset + size, min(LARGEST_PAGE, size * 4)
    return points


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


def _under_base(experiment: str, config: GateConfig) -> bool:
    base = config.base_experiment
    return experiment == base or experiment.startswith(f"{base}-")
