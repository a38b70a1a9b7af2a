"""All timelines of a project, with the promotions and rollbacks drawn on them."""

from collections.abc import Mapping, Sequence

from assay.core.errors import NotFoundError
from assay.core.ledger import Ledger
from assay.gate.audit import Surroundings, repair_by_reading
from assay.gate.audit_entries import AuditRecord, read_chains
from assay.gate.config import GateConfig
from assay.gate.history import find_line, get_eval_experiments, newest_points
from assay.gate.results import TrendEvent, TrendPoint, TrendSummary
from assay.gate.trend import RUNS_OF_DIRECTION, build_trend_summary


def trend_summaries(
    ledger: Ledger,
    config: GateConfig,
    *,
    eval_type: str | None = None,
    limit: int = 10,
    around: Surroundings | None = None,
) -> list[TrendSummary]:
    """Return the timeline of every eval type, or of one, by name.

    The newest ``limit`` points are shown; the direction looks at the last three complete runs
    even where fewer are shown. What a promotion left behind half done is completed or
    withdrawn on the way, so that the timeline shows what happened.

    Raises:
        NotFoundError: ``eval_type`` has no experiment.
        LedgerError: The ledger cannot be read.
    """
    wanted = get_eval_experiments(ledger, config)
    if eval_type is not None:
        wanted = [find_line(wanted, eval_type)]

    def enough(points: Sequence[TrendPoint]) -> bool:
        complete = sum(point.can_be_baseline for point in points)
        return len(points) >= limit and complete >= RUNS_OF_DIRECTION

    first = max(limit, RUNS_OF_DIRECTION)
    points = newest_points(ledger, wanted, config=config, first=first, enough=enough)
    records = _actions(ledger, around or Surroundings()) if wanted else []
    summaries: list[TrendSummary] = []
    for line in wanted:
        found = points[line.eval_type][::-1]
        start = max(0, len(found) - limit)
        shown = found[start:]
        names = {name for point in shown for name in point.prompt_versions}
        names |= set(config.eval_type(line.eval_type).prompts)
        summaries.append(
            build_trend_summary(
                shown,
                config=config,
                eval_type=line.eval_type,
                events=(_event(record) for record in records if record.prompt_name in names),
                earlier=found[:start],
            )
        )
    return summaries


def _actions(ledger: Ledger, around: Surroundings) -> list[AuditRecord]:
    """Return every action that was done on any prompt, oldest first."""
    tags = {prompt.name: prompt.tags for prompt in ledger.list_prompts()}
    for name in [name for name, held in tags.items() if _has_pending(held, name)]:
        try:
            repair_by_reading(ledger, name, around=around)
            tags[name] = ledger.get_prompt(name).tags
        except NotFoundError:  # deleted in the meantime
            del tags[name]
    done = [
        record
        for name, held in tags.items()
        for chain in read_chains(held, prompt_name=name).values()
        for record in chain.done
    ]
    return sorted(done, key=lambda record: (record.timestamp, record.order))


def _has_pending(tags: Mapping[str, str], name: str) -> bool:
    return any(chain.pending for chain in read_chains(tags, prompt_name=name).values())


def _event(record: AuditRecord) -> TrendEvent:
    return TrendEvent(
        timestamp=record.timestamp,
        action=record.action,
        prompt_name=record.prompt_name,
        alias=record.alias,
        from_version=record.from_version,
        to_version=record.to_version,
        actor=record.actor,
        reason=record.reason,
        forced=record.forced,
    )
