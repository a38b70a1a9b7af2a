"""A check as JUnit XML and as Markdown, for CI; all text that users wrote is escaped.

What a terminal shows is the business of ``apps``.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from assay.core.statistics import Interval
from assay.gate.results import (
    CheckResult,
    Finding,
    FlippedCase,
    PromptChange,
    RegressionReport,
    SincePromptChange,
    Verdict,
)


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@])")
_SHOWN_CASES = 10
_SHOWN_CHARACTERS = 200
_MARKS = {
    Verdict.PASS: "✅",
    Verdict.IMPROVED: "⬆️",
    Verdict.WARNING: "⚠️",
    Verdict.REGRESSION: "❌",
}


def to_junit(result: CheckResult) -> str:
    """Return a JUnit document: one test case per eval type.

    A REGRESSION that gates is a failure; a skipped eval type is skipped; all else passes and
    says what there is to say in its output.
    """
    suite = ET.Element(
        "testsuite",
        name="assay check",
        tests=str(len(result.reports) + len(result.skipped)),
        failures=str(sum(_fails(report) for report in result.reports)),
        errors="0",
        skipped=str(len(result.skipped)),
    )
    for report in result.reports:
        _junit_case(suite, report)
    for skipped in result.skipped:
        case = ET.SubElement(
            suite, "testcase", classname="assay.gate", name=_xml(skipped.eval_type)
        )
        ET.SubElement(case, "skipped", message=_xml(skipped.reason))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def to_markdown(result: CheckResult) -> str:
    """Return a comment for a pull request: a table, and what changed where something fell."""
    counts = ", ".join(f"{count} {word}" for word, count in result.counts.items() if count)
    blocks = [f"### Assay: {_headline(result)}", counts or "No eval type could be compared."]
    if result.reports:
        blocks.append("\n".join(_table(result.reports)))
    blocks += [block for report in result.reports if (block := _details(report))]
    if result.skipped:
        lines = [f"- {_md(item.eval_type)}: {_md(item.reason)}" for item in result.skipped]
        blocks.append("**Skipped**\n\n" + "\n".join(lines))
    if result.warnings:
        blocks.append("\n".join(f"- {_md(warning)}" for warning in result.warnings))
    return "\n\n".join(blocks) + "\n"


def describe(report: RegressionReport) -> str:
    """Return a report as one plain sentence."""
    return (
        f"{report.verdict.value}: {_percent(report.baseline_pass_rate)} to "
        f"{_percent(report.current_pass_rate)} ({report.delta_pp:+.1f} pp, threshold "
        f"{_percent(report.threshold)}); evidence: {report.evidence.value}. "
        f"{report.evidence_details.reason}"
    ).strip()


def describe_change(since: SincePromptChange) -> str:
    """Return what the last change of prompts did, as one plain sentence."""
    changes = ", ".join(map(_change, since.changed_prompts))
    return (
        f"The baseline has the same prompts. Before they changed ({changes}) the run "
        f"{since.run_id} had {_percent(since.pass_rate)}: {since.delta_pp:+.1f} pp since."
    )


def _junit_case(suite: ET.Element, report: RegressionReport) -> None:
    seconds = max(0.0, report.baseline_age_seconds)
    case = ET.SubElement(
        suite, "testcase", classname="assay.gate", name=_xml(report.eval_type), time="0"
    )
    properties = ET.SubElement(case, "properties")
    values = {
        "verdict": report.verdict.value,
        "evidence": report.evidence.value,
        "baseline_run_id": report.baseline_run_id,
        "current_run_id": report.current_run_id,
        "delta_pp": repr(report.delta_pp),
        "baseline_age_seconds": repr(seconds),
    }
    since = report.since_prompt_change
    if since is not None:
        values["since_prompt_change.run_id"] = since.run_id
        values["since_prompt_change.delta_pp"] = repr(since.delta_pp)
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=_xml(value))
    text = "\n".join([describe(report), *report.notes, *_plain_cases(report)])
    if _fails(report):
        failure = ET.SubElement(case, "failure", type="REGRESSION", message=_xml(describe(report)))
        failure.text = _xml(text)
    else:
        ET.SubElement(case, "system-out").text = _xml(text)


def _fails(report: RegressionReport) -> bool:
    return report.gating and report.verdict is Verdict.REGRESSION


def _plain_cases(report: RegressionReport) -> Iterable[str]:
    for change in report.changed_prompts:
        yield f"prompt {_change(change)}"
    yield from map(_plain_case, report.flipped_cases[:_SHOWN_CASES])
    since = report.since_prompt_change
    if since is not None:
        yield describe_change(since)
        yield from map(_plain_case, since.flipped_cases[:_SHOWN_CASES])


def _plain_case(case: FlippedCase) -> str:
    return (
        f"{case.change}: {case.case_id}: {_short(case.baseline.output)} -> "
        f"{_short(case.current.output)}"
    )


def _headline(result: CheckResult) -> str:
    if result.has_regressions:
        return "❌ the gate says no"
    if any(report.verdict is Verdict.WARNING for report in result.reports):
        return "⚠️ no regression, with warnings"
    return "✅ no regression" if result.reports else "nothing to compare"


def _table(reports: Iterable[RegressionReport]) -> Iterable[str]:
    yield "| | eval type | baseline | current | Δ | threshold | verdict | evidence |"
    yield "|---|---|---|---|---|---|---|---|"
    for report in reports:
        details = report.evidence_details
        cells = (
            _MARKS[report.verdict],
            _md(report.eval_type),
            f"{_percent(report.baseline_pass_rate)}{_interval(details.baseline_interval)}",
            f"{_percent(report.current_pass_rate)}{_interval(details.current_interval)}",
            f"{report.delta_pp:+.1f} pp",
            _percent(report.threshold),
            report.verdict.value,
            report.evidence.value,
        )
        yield f"| {' | '.join(cells)} |"


def _details(report: RegressionReport) -> str:
    """Return what a reader must know of one eval type; nothing where all is quiet."""
    since = report.since_prompt_change
    quiet = report.verdict in {Verdict.PASS, Verdict.IMPROVED} and since is None
    if quiet and report.evidence is not Finding.WORSE and not report.notes:
        return ""
    lines = [f"**{_md(report.eval_type)}**: {_md(report.evidence_details.reason)}".rstrip(": ")]
    lines += [f"- {_md(note)}" for note in report.notes]
    lines += [f"- prompt {_md(_change(change))}" for change in report.changed_prompts]
    lines += _flipped(report.flipped_cases, "baseline")
    if since is not None:
        lines += ["", _md(describe_change(since)), *_flipped(since.flipped_cases, "before")]
    return "\n".join(lines)


def _flipped(cases: Sequence[FlippedCase], before: str) -> list[str]:
    """Return the lines of a table that folds away; none without cases."""
    if not cases:
        return []
    rows = [_case_row(case) for case in cases[:_SHOWN_CASES]]
    more = len(cases) - len(rows)
    return [
        "",
        f"<details><summary>{len(cases)} flipped cases</summary>",
        "",
        f"| case | | {before} | current | why |",
        "|---|---|---|---|---|",
        *rows,
        *([f"\n… and {more} more"] if more else []),
        "",
        "</details>",
    ]


def _case_row(case: FlippedCase) -> str:
    cells = (
        _md(case.case_id),
        case.change,
        _md(_short(case.baseline.output)),
        _md(_short(case.current.output)),
        _md(_short(case.current.reason)),
    )
    return f"| {' | '.join(cells)} |"


def _change(change: PromptChange) -> str:
    before, after = (
        "absent" if version is None else f"v{version}" if isinstance(version, int) else version
        for version in (change.from_version, change.to_version)
    )
    return f"{change.prompt_name}: {before} → {after}"


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f} %"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f" ({interval.low * 100:.0f}–{interval.high * 100:.0f})"


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _xml(text: str) -> str:
    """Leave out what XML cannot hold; the library escapes the rest."""
    return _NOT_XML.sub("�", text)


def _md(text: str) -> str:
    """Escape what Markdown, HTML or a mention could be made of, on one line."""
    flat = " ".join(_NOT_XML.sub("�", text).split())
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[1])};", flat)
