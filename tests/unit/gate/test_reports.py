"""Reports for CI: complete, and nothing a user wrote becomes markup."""

from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.eval_runs import CaseRecord
from assay.gate.check import check_all_regressions
from assay.gate.config import GateConfig
from assay.gate.reports import to_junit, to_markdown
from assay.gate.results import CheckResult
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import put, table


def _result(config: GateConfig | None = None) -> CheckResult:
    ledger = MemoryLedger()
    put(ledger, "assay-tone", 1.0, cases=table("p" * 10), prompts={"tone": 1})
    put(ledger, "assay-tone", 0.6, cases=table("p" * 6 + "ffff"), prompts={"tone": 2})
    put(ledger, "assay-calm", 0.9, cases=table("p" * 60))
    put(ledger, "assay-calm", 0.9, cases=table("p" * 60))
    put(ledger, "assay-new", 0.9)
    return check_all_regressions(ledger, config or GateConfig())


def test_junit_says_that_it_is_in_utf_8_wherever_it_is_made():
    assert to_junit(_result()).startswith("<?xml version='1.0' encoding='utf-8'?>\n")


def test_junit_has_a_case_per_type_and_fails_the_regression_only():
    suite = ET.fromstring(to_junit(_result())).find("testsuite")  # noqa: S314  # our own text

    assert suite is not None
    assert ("3", "1", "0", "1") == tuple(
        suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    )
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    failure = cases["tone"].find("failure")
    assert failure is not None
    assert failure.text is not None
    assert "100.0 % to 60.0 % (-40.0 pp, threshold 80.0 %)" in failure.text
    assert "prompt tone: v1 → v2" in failure.text
    assert "worse: c006: p6 -> f6" in failure.text
    assert cases["calm"].find("failure") is None
    skipped = cases["new"].find("skipped")
    assert skipped is not None
    assert "no complete run before" in skipped.get("message", "")


def test_markdown_has_the_table_the_flipped_cases_and_what_was_skipped():
    text = to_markdown(_result())

    assert text.startswith("### Assay: ❌ the gate says no\n\n1 REGRESSION, 1 PASS\n")
    assert "| ❌ | tone | 100.0 % (72–100) | 60.0 % (31–83) | -40.0 pp | 80.0 % |" in text
    assert "<details><summary>4 flipped cases</summary>" in text
    assert "| c006 | worse | p6 | f6 |" in text
    assert "- new: no complete run before" in text


def test_an_empty_check_is_valid_in_both_forms():
    empty = check_all_regressions(MemoryLedger(), GateConfig(warnings=("odd *thing*",)))

    assert "0" == ET.fromstring(to_junit(empty))[0].get("tests")  # noqa: S314  # our own text
    assert "nothing to compare" in to_markdown(empty)
    assert "odd &#42;thing&#42;" in to_markdown(empty)


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=40), name=st.text(min_size=1, max_size=12))
def test_what_users_wrote_stays_text(text, name):
    ledger = MemoryLedger()
    for verdict in (True, False):
        cases = [CaseRecord(name, output=text, reason=text, passed=verdict)]
        put(ledger, f"assay-{name}", float(verdict), cases=cases, prompts={name: int(verdict)})
    result = check_all_regressions(ledger, GateConfig())

    document = ET.fromstring(to_junit(result))  # noqa: S314  # our own text
    comment = to_markdown(result)

    assert 1 == len(document.findall(".//testcase"))
    rows = [line for line in comment.splitlines() if line.startswith("| ❌")]
    assert [9] == [row.count("|") for row in rows]
    (flipped,) = [line for line in comment.splitlines() if " | worse | " in line]
    assert 6 == flipped.count("|")
    for mark in ("](", "@", "<script", "<img", "`"):
        assert mark not in comment


def test_both_forms_name_what_the_last_change_of_prompts_broke():
    ledger = MemoryLedger()
    before = put(ledger, "assay-tone", 1.0, prompts={"tone": 1}, cases=table("pp"))
    for _ in range(2):
        put(ledger, "assay-tone", 0.5, prompts={"tone": 2}, cases=table("pf"))
    result = check_all_regressions(ledger, GateConfig())

    said = f"Before they changed (tone: v1 → v2) the run {before} had 100.0 %: -50.0 pp since."
    junit, markdown = to_junit(result), to_markdown(result)

    assert said in junit
    assert f'name="since_prompt_change.run_id" value="{before}"' in junit
    assert "worse: c001: p1 -&gt; f1" in junit
    assert "tone: v1 → v2" in markdown
    assert "| c001 | worse | p1 | f1 |" in markdown
