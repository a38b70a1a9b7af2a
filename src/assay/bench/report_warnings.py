"""What a reader of a report must know before believing it, in plain sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.bench.comparisons import Paired


FEW_DATAPOINTS = 30
"""Below this many datapoints a report says that it can tell little."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one model's run came to, as far as warnings need it."""

    name: str
    planned: int
    ended: int
    answered: int
    scored: int
    unknown_costs: int
    stop_reason: str | None


def warnings_of(
    runs: Sequence[Told],
    pairs: Sequence[Paired],
    names: Mapping[str, str],
    *,
    datapoints: int,
) -> list[str]:
    """Return the warnings of a report, the weightiest first."""
    found = [warning for run in runs for warning in _of_run(run)]
    found += _unknown_costs(runs)
    if datapoints < FEW_DATAPOINTS:
        found.append(
            f"Only {datapoints} datapoint{'s' if datapoints != 1 else ''}: differences between "
            "models are mostly chance; intervals are wide for a reason."
        )
    found += [_unpaired(pair, names) for pair in pairs if pair.unpaired]
    return found


def _of_run(run: Told) -> list[str]:
    found: list[str] = []
    if run.planned and not run.answered:
        found.append(f"{run.name} answered nothing of {run.planned} planned items; it has no rate.")
    elif run.answered < run.planned:
        missing = run.planned - run.answered
        found.append(
            f"{run.name} has no answer to {missing} of {run.planned} planned items; its rates "
            f"stand on the other {run.answered}."
        )
    if run.stop_reason is not None:
        found.append(f"{run.name} stopped early: {run.stop_reason}.")
    if run.answered and run.scored < run.answered / 2:
        found.append(
            f"{run.name}: only {run.scored} of {run.answered} answers could be scored; look at "
            "how the answer is read out (extract) before blaming the model."
        )
    return found


def _unknown_costs(runs: Sequence[Told]) -> list[str]:
    """Return one sentence for all models whose cost is not wholly known."""
    unknown = [run for run in runs if run.unknown_costs]
    if not unknown:
        return []
    count, answered = (
        sum(run.unknown_costs for run in unknown),
        sum(run.answered for run in unknown),
    )
    whose = unknown[0].name if len(unknown) == 1 else f"{len(unknown)} models"
    told = f"{whose}: the cost of {count} of {answered} answers is unknown and not counted"
    return [f"{told}; unknown is not free."]


def _unpaired(pair: Paired, names: Mapping[str, str]) -> str:
    paired = pair.a_only + pair.b_only + pair.both + pair.neither
    return (
        f"{names[pair.a]} and {names[pair.b]} are compared on the {paired} items both answered; "
        f"{pair.unpaired} items have an answer from one of them only."
    )
