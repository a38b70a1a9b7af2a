"""Regression reports as the terminal shows them."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from assay.apps.cli.figures import age, percent, pp
from assay.apps.cli.gate_trends import change_text, short_id
from assay.apps.cli.grid import Column, Grid
from assay.gate.reports import describe_change
from assay.gate.results import (
    CaseOutcome,
    CheckResult,
    Finding,
    FlippedCase,
    RegressionReport,
    Verdict,
)
from assay.gate.verdicts import below


if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


FLIPPED_SHOWN: Final = 10
_TEXT_SHOWN: Final = 160

_EARLIER: Final = (
    "The baseline is below the threshold too: it fell earlier. See when: assay trend --eval-type "
    "{}; or pin an approved run: assay baseline pin RUN."
)

LOOKS: Final = {
    Verdict.REGRESSION: "bold red",
    Verdict.WARNING: "yellow",
    Verdict.IMPROVED: "green",
    Verdict.PASS: "",
}
_FINDING_LOOKS: Final = {
    Finding.WORSE: "bold red",
    Finding.NOT_WORSE: "green",
    Finding.INCONCLUSIVE: "yellow",
}


def check_view(result: CheckResult, *, verbose: bool = False) -> "Group":
    """Return all reports: the table, what lies behind it, and the count of verdicts."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = []
    if result.reports:
        parts.append(_table(result.reports))
    for report in result.reports:
        parts.extend(_details(report, verbose=verbose))
    parts.extend(Text(f"Skipped {skip.eval_type}: {skip.reason}", "dim") for skip in result.skipped)
    parts.append(Text())
    parts.append(_counts(result))
    return Group(*parts)


def _table(reports: Sequence[RegressionReport]) -> Grid:
    return Grid(
        title="Regression check",
        columns=[
            Column("eval type", [report.eval_type for report in reports], right=False, folds=True),
            Column(
                "baseline",
                [percent(report.baseline_pass_rate) for report in reports],
            ),
            Column("current", [percent(report.current_pass_rate) for report in reports]),
            Column("delta", [pp(report.delta_pp) for report in reports]),
            Column("threshold", [percent(report.threshold) for report in reports], yields=2),
            Column(
                "verdict",
                [_verdict(report) for report in reports],
                right=False,
                styles=[LOOKS[report.verdict] for report in reports],
            ),
            Column(
                "evidence",
                [report.evidence.value for report in reports],
                right=False,
                styles=[_FINDING_LOOKS[report.evidence] for report in reports],
                yields=1,
            ),
            Column(
                "prompts changed",
                [", ".join(map(change_text, report.changed_prompts)) for report in reports],
                right=False,
                folds=True,
                yields=3,
            ),
            Column(
                "compared with",
                [_compared(report) for report in reports],
                right=False,
                yields=4,
            ),
        ],
    )


def _verdict(report: RegressionReport) -> str:
    return report.verdict.value if report.gating else f"{report.verdict.value} (not gating)"


def _compared(report: RegressionReport) -> str:
    pinned = "pinned, " if report.baseline_pinned else ""
    older = age(max(0.0, report.baseline_age_seconds))
    return f"{short_id(report.baseline_run_id)} ({pinned}{older} older)"


def _details(report: RegressionReport, *, verbose: bool) -> "Iterator[Text]":
    """Yield what a reader needs beside the row; nothing where nothing happened."""
    from rich.text import Text

    if _is_quiet(report) and not verbose:
        return
    lines = [
        *(
            [f"Evidence: {report.evidence_details.reason}"]
            if report.evidence_details.reason
            else []
        ),
        *(f"Prompt changed: {change_text(change)}" for change in report.changed_prompts),
        *report.notes,
        *([_EARLIER.format(report.eval_type)] if _fell_earlier(report) else []),
    ]
    yield Text(f"\n{report.eval_type}", LOOKS[report.verdict] or "bold").append(
        f"  {short_id(report.baseline_run_id)} → {report.current_run_id}", "dim"
    )
    yield from (Text(f"  {line}") for line in lines)
    yield from _flips(report.flipped_cases, verbose=verbose)
    if report.since_prompt_change is not None:
        yield Text(f"  {describe_change(report.since_prompt_change)}")
        yield from _flips(report.since_prompt_change.flipped_cases, verbose=verbose)


def _fell_earlier(report: RegressionReport) -> bool:
    """Whether the baseline is below the threshold too, so that the flips are not between these."""
    if report.verdict is not Verdict.REGRESSION or report.since_prompt_change is not None:
        return False
    return below(report.baseline_pass_rate, report.threshold) and report.delta_pp <= 0


def _is_quiet(report: RegressionReport) -> bool:
    """Whether the row says it all."""
    fine = report.verdict in {Verdict.PASS, Verdict.IMPROVED}
    said = report.flipped_cases or report.notes or report.since_prompt_change
    return fine and not said


def _flips(flips: Sequence[FlippedCase], *, verbose: bool) -> "Iterator[Text]":
    from rich.text import Text

    worse_first = sorted(flips, key=lambda flip: flip.change != "worse")
    shown = worse_first if verbose else worse_first[:FLIPPED_SHOWN]
    for flip in shown:
        worse = flip.change == "worse"
        head = "passed before, fails now" if worse else "failed before, passes now"
        mark = "−" if worse else "+"
        line = Text(f"  {mark} {_clip(flip.case_id)}: {head}", "red" if worse else "green")
        why = flip.current.reason if worse else None
        yield line.append(f" ({_clip(why)})", "dim") if why else line
        if verbose:
            yield Text(f"      input:    {_clip(flip.input)}", "dim")
            yield Text(f"      expected: {_clip(flip.expected)}", "dim")
            yield Text(f"      before:   {_outcome(flip.baseline)}", "dim")
            yield Text(f"      now:      {_outcome(flip.current)}", "dim")
    if len(flips) > len(shown):
        yield Text(f"  and {len(flips) - len(shown)} more (--verbose shows all)", "dim")


def _outcome(outcome: CaseOutcome) -> str:
    trials = outcome.passed + outcome.failed + outcome.errors
    times = f" [{outcome.passed} of {trials} passed]" if trials > 1 else ""
    return f"{_clip(outcome.output)}{times}"


def _clip(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_SHOWN else f"{line[:_TEXT_SHOWN]}…"


def _counts(result: CheckResult) -> "Text":
    from rich.text import Text

    line = Text()
    for verdict in (Verdict.REGRESSION, Verdict.WARNING, Verdict.IMPROVED, Verdict.PASS):
        count = result.counts.get(verdict.value, 0)
        line.append(f"{count} {verdict.value}", LOOKS[verdict] if count else "dim").append("  ")
    line.append(f"{len(result.skipped)} skipped", "dim")
    return line
