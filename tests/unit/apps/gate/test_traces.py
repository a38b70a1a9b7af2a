"""Traces of eval runs: one per case, sent in bulk, never worth more than the run."""

import re
from dataclasses import replace

from assay.apps.services.gate import Gate
from assay.apps.services.gate_suites import run_suite
from assay.core.errors import LedgerError
from assay.gate.suite_results import Outcome
from assay.testing.memory_ledger import MemoryLedger


def logged_run(gate: Gate, ledger: MemoryLedger) -> str:
    [result] = run_suite(gate, ["quality"]).results
    assert result.outcome is Outcome.PASS
    assert result.run_id is not None
    return result.run_id


def test_every_case_and_repeat_has_a_trace_of_its_own(gate: Gate, ledger: MemoryLedger):
    kind = replace(gate.config.eval_types["quality"], repeats=3)
    repeated = replace(gate, config=replace(gate.config, eval_types={"quality": kind}))
    run_id = logged_run(repeated, ledger)
    cases = ledger.read_cases([run_id])[run_id]
    assert cases is not None
    traces = [case.trace_id or "" for case in cases]
    assert len(set(traces)) == 12
    assert all(re.fullmatch("tr-[0-9a-f]{32}", trace) for trace in traces)


def test_traces_are_sent_in_bulk(gate: Gate, ledger: MemoryLedger):
    run_id = logged_run(gate, ledger)
    assert len(ledger.traces[run_id]) == 1


def test_traces_that_cannot_be_kept_are_counted_and_cost_nothing_else(
    gate: Gate, ledger: MemoryLedger
):
    def refuse(method: str) -> None:
        if method == "log_traces":
            raise LedgerError("too many traces")

    ledger.on_call = refuse
    run_id = logged_run(gate, ledger)
    assert ledger.get_run(run_id).metrics["lost_spans"] == 4.0
    cases = ledger.read_cases([run_id])[run_id]
    assert cases is not None
    assert {None} == {case.trace_id for case in cases}


def test_a_project_that_wants_no_traces_has_none(gate: Gate, ledger: MemoryLedger):
    quiet = replace(gate, config=replace(gate.config, traces=False))
    run_id = logged_run(quiet, ledger)
    assert {} == ledger.traces
    cases = ledger.read_cases([run_id])[run_id]
    assert cases is not None
    assert {None} == {case.trace_id for case in cases}
