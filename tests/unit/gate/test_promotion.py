"""The promotion gate and the way back: what is allowed, what is written, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidInputError, LedgerError, NotFoundError
from assay.core.eval_runs import LoggedStatus
from assay.gate.audit import read_history
from assay.gate.audit_entries import AuditChain, AuditRecord, AuditState
from assay.gate.config import EvalTypeConfig, GateConfig
from assay.gate.promotion import PromotionResult, check_promotion_gate, execute_promotion
from assay.gate.rollback import (
    FoundIn,
    NothingToRollBackError,
    PreviousVersion,
    execute_rollback,
    find_previous_version,
    previous_in_ledger,
)
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import Machine, put, with_prompt


CONFIG = GateConfig()
TYPES = [f"type{number:02d}" for number in range(19)]


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def ledger(machine: Machine) -> MemoryLedger:
    made = MemoryLedger(clock=machine.clock)
    with_prompt(made, versions=4)
    made.set_alias("tone", "experiment", 2)
    return made


def _gate(ledger: MemoryLedger, **options) -> PromotionResult:
    return check_promotion_gate(ledger, CONFIG, "tone", **options)


def _promote(ledger: MemoryLedger, machine: Machine, version: int, *, force: bool = True):
    return execute_promotion(
        ledger, CONFIG, "tone", version=version, actor="ann", force=force, around=machine.process()
    )


def _rollback(ledger: MemoryLedger, machine: Machine, reason: str = "worse") -> AuditRecord:
    return execute_rollback(
        ledger, CONFIG, "tone", reason=reason, actor="bob", around=machine.process()
    )


# --- the gate -------------------------------------------------------------------------------------


@pytest.mark.parametrize("low", TYPES)
def test_each_of_nineteen_types_blocks_when_it_is_below_its_threshold(ledger, machine, low):
    for name in TYPES:
        rate = 0.79 if name == low else 0.8
        put(ledger, f"assay-{name}", rate, threshold=0.8, prompts={"tone": 2})

    promotion = _promote(ledger, machine, 2, force=False)

    assert not promotion.executed
    assert (low,) == promotion.result.blocking_evals
    assert 1 == ledger.read_alias("tone", "production")
    assert [] == read_history(ledger, "tone", around=machine.process())


def test_a_version_whose_types_all_reach_their_thresholds_is_promoted_and_audited(ledger, machine):
    runs = [put(ledger, f"assay-{name}", 0.8, prompts={"tone": 2}) for name in ("a", "b")]

    promotion = _promote(ledger, machine, 2, force=False)

    assert promotion.executed
    assert 2 == ledger.read_alias("tone", "production")
    audit = promotion.audit
    assert audit is not None
    assert ("promote", 1, 2, "production", "ann", False, tuple(runs)) == (
        audit.action,
        audit.from_version,
        audit.to_version,
        audit.alias,
        audit.actor,
        audit.forced,
        audit.justifying_run_ids,
    )
    assert ["a", "b"] == [row["eval_type"] for row in audit.gate]
    assert "promote" == ledger.get_run(runs[0]).tags["audit.action"]
    assert [audit] == read_history(ledger, "tone", around=machine.process())


def test_without_evidence_for_this_very_version_promotion_is_blocked(ledger):
    put(ledger, "assay-a", 1.0, prompts={"tone": 1})
    put(ledger, "assay-b", 1.0, prompts={"other": 2})

    result = _gate(ledger, version=2)

    assert not result.allowed
    assert "No evidence" in result.reason
    assert ["a", "b"] == [skipped.eval_type for skipped in result.skipped]
    assert not _gate(MemoryLedgerWithPrompt(), version=1).allowed


def MemoryLedgerWithPrompt() -> MemoryLedger:  # noqa: N802  # a ledger without any run
    made = MemoryLedger()
    with_prompt(made)
    return made


def test_a_version_that_a_client_wrote_without_its_v_counts_as_well(ledger):
    good = put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    put(ledger, "assay-b", 0.9, prompts={"tone": 2})
    low = put(ledger, "assay-b", 0.1, params={"prompt.tone": "2"})

    result = _gate(ledger)

    assert (False, ("b",)) == (result.allowed, result.blocking_evals)
    assert (good, low) == result.justifying_run_ids


def test_the_latest_complete_run_of_the_version_counts_and_no_other(ledger):
    put(ledger, "assay-a", 0.1, prompts={"tone": 2})
    latest = put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    put(ledger, "assay-a", 1.0, errors=1, prompts={"tone": 2})
    put(ledger, "assay-a", 1.0, status=LoggedStatus.FAILED, prompts={"tone": 2})
    put(ledger, "assay-a", 0.1, prompts={"tone": 3})

    result = _gate(ledger)

    assert result.allowed
    assert (latest,) == result.justifying_run_ids
    assert "failed and does not count" in result.warnings[0]


def test_partial_runs_alone_justify_nothing(ledger):
    put(ledger, "assay-a", 1.0, errors=1, prompts={"tone": 2})

    result = _gate(ledger)

    assert not result.allowed
    assert "none of its 1 runs with tone v2 is complete" in result.skipped[0].reason


def test_a_complete_run_without_a_pass_rate_blocks(ledger):
    put(ledger, "assay-a", None, prompts={"tone": 2})

    assert ("a",) == _gate(ledger).blocking_evals


def test_a_type_that_does_not_gate_neither_blocks_nor_justifies(ledger):
    config = GateConfig(eval_types={"a": EvalTypeConfig("a", "assay-a", gating=False)})
    put(ledger, "assay-a", 0.1, prompts={"tone": 2})

    alone = check_promotion_gate(ledger, config, "tone")
    put(ledger, "assay-b", 0.9, prompts={"tone": 2})
    beside = check_promotion_gate(ledger, config, "tone")

    assert (False, ()) == (alone.allowed, alone.blocking_evals)
    assert beside.allowed


def test_force_promotes_against_the_gate_and_says_so_everywhere(ledger, machine):
    run = put(ledger, "assay-a", 0.1, prompts={"tone": 2})

    promotion = _promote(ledger, machine, 2)

    assert promotion.executed
    assert not promotion.result.allowed
    assert promotion.audit is not None
    assert promotion.audit.forced
    assert "true" == ledger.get_run(run).tags["audit.forced"]


def test_a_run_that_was_deleted_since_and_one_that_others_mark_are_no_obstacle(ledger, machine):
    gone = put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    contested = put(ledger, "assay-b", 0.9, prompts={"tone": 2})
    writes: list[str] = []

    def others_write(method: str) -> None:
        if method == "set_alias":
            del ledger._runs[gone]
        if method == "set_run_tags":
            writes.append(method)
            if len(writes) == 1:  # another action takes the same place a moment later
                ledger.set_run_tags(contested, {"audit.action": "promote", "audit.id": "other"})

    ledger.on_return = others_write

    promotion = _promote(ledger, machine, 2, force=False)

    assert promotion.audit is not None
    tags = ledger.get_run(contested).tags
    assert ("other", promotion.audit.id) == (tags["audit.id"], tags["audit.2.id"])


def test_the_json_form_has_the_fields_of_the_result_and_what_was_done(ledger, machine):
    put(ledger, "assay-a", 0.9, prompts={"tone": 2})

    document = _promote(ledger, machine, 2, force=False).to_json()

    assert (True, True, "tone", 2, [], ["a"]) == (
        document["allowed"],
        document["executed"],
        document["prompt_name"],
        document["version"],
        document["blocking_evals"],
        [row["eval_type"] for row in document["eval_results"]],
    )
    assert "done" == document["audit"]["state"]


def test_a_version_that_is_there_already_is_left_alone(ledger, machine):
    put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    first = _promote(ledger, machine, 2, force=False)

    again = _promote(ledger, machine, 2, force=False)

    assert (False, True, first.audit) == (again.executed, again.already, again.audit)


def test_what_does_not_exist_is_named(ledger, machine):
    with pytest.raises(NotFoundError, match="no alias 'staging'; there are: experiment, produ"):
        _gate(ledger, from_alias="staging")
    with pytest.raises(NotFoundError, match="no version 9"):
        _promote(ledger, machine, 9)


def test_a_ledger_that_cannot_be_read_blocks_even_by_force(ledger, machine):
    def fails(method: str) -> None:
        if method == "latest_runs":
            raise LedgerError("away")

    put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    ledger.on_call = fails

    with pytest.raises(LedgerError):
        _promote(ledger, machine, 2)
    assert 1 == ledger.read_alias("tone", "production")


def test_the_gate_over_nineteen_types_takes_a_bounded_number_of_calls(ledger):
    for name in TYPES:
        for _ in range(5):
            put(ledger, f"assay-{name}", 0.9, prompts={"tone": 2})
    calls: list[str] = []
    ledger.on_call = calls.append

    _gate(ledger)

    reads = ["latest_runs"] * 2  # one for each way to write a version
    assert ["read_alias", "list_experiments", *reads, "read_alias"] == calls


# --- the way back ---------------------------------------------------------------------------------


def test_a_rollback_takes_back_the_last_promotion_and_never_returns_to_what_was_left(
    ledger, machine
):
    for version in (2, 3):
        _promote(ledger, machine, version)

    first, second = _rollback(ledger, machine), _rollback(ledger, machine)

    assert [(3, 2), (2, 1)] == [(r.from_version, r.to_version) for r in (first, second)]
    with pytest.raises(NothingToRollBackError, match="no previous version"):
        _rollback(ledger, machine)


def test_a_rollback_marks_the_newest_complete_run_of_the_version_it_leaves(ledger, machine):
    put(ledger, "assay-b", 0.9, prompts={"tone": 2})
    newest = put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    put(ledger, "assay-a", 0.9, errors=1, prompts={"tone": 2})
    _promote(ledger, machine, 2, force=False)

    record = _rollback(ledger, machine)

    assert (newest,) == record.justifying_run_ids
    assert "rollback" == ledger.get_run(newest).tags["audit.2.action"]
    assert "worse" == ledger.get_run(newest).tags["audit.2.reason"]


def test_without_a_ledger_the_most_recent_run_with_a_lower_version_says_where_to(ledger):
    ledger.set_alias("tone", "production", 4)
    put(ledger, "assay-a", 0.9, prompts={"tone": 3})
    put(ledger, "assay-b", 0.9, prompts={"tone": 1})
    put(ledger, "assay-b", 0.9, errors=1, prompts={"tone": 2})

    assert PreviousVersion(1, FoundIn.RUNS) == find_previous_version(ledger, CONFIG, "tone")


def test_a_run_whose_client_wrote_the_version_without_its_v_says_where_to_as_well(ledger):
    ledger.set_alias("tone", "production", 4)
    put(ledger, "assay-a", 0.9, prompts={"tone": 3})
    put(ledger, "assay-b", 0.9, params={"prompt.tone": "1"})

    assert PreviousVersion(1, FoundIn.RUNS) == find_previous_version(ledger, CONFIG, "tone")


def test_without_runs_the_next_lower_version_that_still_exists_is_it(ledger):
    ledger.set_alias("tone", "production", 4)
    ledger.delete_version("tone", 3)

    assert PreviousVersion(2, FoundIn.REGISTRY) == find_previous_version(ledger, CONFIG, "tone")


@pytest.mark.parametrize("promoted", [False, True])
def test_rollbacks_below_what_the_ledger_knows_never_return_to_what_was_left(
    ledger, machine, promoted
):
    """Somebody set the alias by hand, so that only runs and the registry say what came before."""
    ledger.register_version("tone", "text 4")
    ledger.set_alias("tone", "production", 3)
    put(ledger, "assay-a", 0.9, prompts={"tone": 2})
    if promoted:
        _promote(ledger, machine, 4)

    expected = [3, 2, 1] if promoted else [2, 1]
    assert expected == [_rollback(ledger, machine).to_version for _ in expected]
    with pytest.raises(NothingToRollBackError):
        _rollback(ledger, machine)


def test_a_version_that_was_deleted_since_is_passed_over(ledger, machine):
    for version in (2, 3):
        _promote(ledger, machine, version)
    ledger.delete_version("tone", 2)

    assert PreviousVersion(1, FoundIn.LEDGER) == find_previous_version(ledger, CONFIG, "tone")


def test_there_is_nothing_to_roll_back_without_an_alias_or_a_lower_version(ledger, machine):
    with pytest.raises(NothingToRollBackError, match="at version 1 and there is no previous"):
        _rollback(ledger, machine)
    with pytest.raises(NothingToRollBackError, match="does not exist"):
        execute_rollback(ledger, CONFIG, "tone", alias="nope", reason="x", actor="bob")
    assert find_previous_version(ledger, CONFIG, "tone", alias="nope") is None


def test_a_rollback_demands_a_reason(ledger, machine):
    with pytest.raises(InvalidInputError, match="reason"):
        _rollback(ledger, machine, reason=" ")


def _record(action: str, before: int | None, after: int) -> AuditRecord:
    return AuditRecord(
        action, "tone", before, after, "production", ManualClock().now(), "ann", "",
        state=AuditState.DONE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("actions", "current", "previous"),
    [
        ([], 3, []),
        ([("promote", None, 1)], 1, []),
        ([("promote", 1, 2), ("promote", 2, 3)], 3, [2, 1]),
        ([("promote", 1, 2), ("promote", 2, 3), ("rollback", 3, 2)], 2, [1]),
        ([("promote", 1, 3), ("promote", 3, 2), ("promote", 2, 3)], 3, [2, 1]),
        ([("promote", 1, 2), ("promote", 4, 5)], 5, [4, 2, 1]),  # moved to 4 by hand
        ([("promote", 1, 2)], 7, [2, 1]),  # moved to 7 by hand
        ([("rollback", 4, 3)], 3, []),  # the registry said 3; 4 was just left
        ([("promote", 1, 4), ("rollback", 4, 3)], 3, []),  # 1 was deleted by then
        ([("rollback", 4, 2), ("promote", 2, 5)], 5, [2]),
    ],
)
def test_the_versions_before_are_those_the_ledger_piled_up(actions, current, previous):
    chain = AuditChain(tuple(_record(*action) for action in actions))

    assert previous == previous_in_ledger(chain, current)


@given(versions=st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_as_many_rollbacks_as_promotions_lead_back_to_the_start(versions):
    records, current = [], 0
    for version in versions:
        if version != current:
            records.append(_record("promote", current, version))
            current = version
    for expected in reversed([record.from_version for record in records]):
        (back, *_) = previous_in_ledger(AuditChain(tuple(records)), current)
        records.append(_record("rollback", current, back))
        assert expected == back
        current = back
