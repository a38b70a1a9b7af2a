"""The audit: no move without its record, no record without its move, whoever dies."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ConflictError, InvalidInputError, LedgerError, NotFoundError
from assay.gate import audit_entries
from assay.gate.audit import Surroundings, read_history
from assay.gate.audit_entries import AuditRecord, AuditState
from assay.gate.promotion import execute_promotion
from assay.gate.rollback import NothingToRollBackError, execute_rollback
from assay.gate.run_tags import tag_runs
from assay.kit.processes import ProcessMark
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.audits import CONFIG, Watcher, assert_no_gap, chain_of, promote, watched
from tests.unit.gate.builders import DiedError, Machine


def _rollback(ledger: MemoryLedger, around: Surroundings) -> AuditRecord:
    return execute_rollback(ledger, CONFIG, "tone", reason="worse", actor="bob", around=around)


def _dies_at(ledger: MemoryLedger, call: int, *, after: bool, watcher: Watcher) -> None:
    numbers = {"call": itertools.count(), "return": itertools.count()}

    def on_call(_method: str) -> None:
        if next(numbers["call"]) == call and not after:
            raise DiedError

    def on_return(_method: str) -> None:
        watcher.look()
        if next(numbers["return"]) == call and after:
            raise DiedError

    ledger.on_call, ledger.on_return = on_call, on_return


def _survives(ledger: MemoryLedger, watcher: Watcher) -> None:
    ledger.on_call = lambda _method: None
    ledger.on_return = lambda _method: watcher.look()


def _killed_at(
    call: int, *, after: bool = True, silent: bool = False
) -> tuple[Machine, MemoryLedger, Watcher]:
    """A promotion to version 2 whose process died at a call; ``silent``: nobody can tell that."""
    machine = Machine()
    ledger, watcher = watched(machine)
    victim = machine.process()
    _dies_at(ledger, call, after=after, watcher=watcher)
    with pytest.raises(DiedError):
        promote(ledger, 2, victim, force=False)
    _survives(ledger, watcher)
    if silent:
        machine.clock.advance(61)  # nobody can ask for the process, but it has been long
    else:
        machine.dead.add(victim.process.pid)
    return machine, ledger, watcher


def _calls_of(action: Callable[[MemoryLedger, Surroundings], object]) -> int:
    machine = Machine()
    ledger, _ = watched(machine)
    calls = itertools.count()

    def count(_method: str) -> None:
        next(calls)

    ledger.on_call = count
    action(ledger, machine.process())
    return next(calls)


def _promotes_two(ledger: MemoryLedger, around: Surroundings) -> object:
    return promote(ledger, 2, around, force=False)


CALLS = _calls_of(_promotes_two)


def test_a_promotion_takes_a_known_number_of_calls():
    assert 19 == CALLS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(CALLS))
@pytest.mark.parametrize("silent", [False, True], ids=["gone", "silent"])
def test_a_promoter_killed_at_any_call_is_finished_or_undone_by_the_next(call, after, silent):
    """Killed before or after any call: the next promotion of the same version leaves no gap."""
    machine, ledger, watcher = _killed_at(call, after=after, silent=silent)

    again = promote(ledger, 2, machine.process(), force=False)

    assert again.executed or again.already
    assert 2 == ledger.read_alias("tone", "production")
    assert_no_gap(ledger, watcher.moves)
    assert 1 == len(chain_of(ledger).done)


@pytest.mark.parametrize("call", range(CALLS))
def test_a_rollback_after_a_killed_promotion_goes_back_to_what_was_there(call):
    machine, ledger, watcher = _killed_at(call)
    begun = bool(chain_of(ledger).records)

    if begun:  # the intent is a promise: it is carried out, then taken back
        _rollback(ledger, machine.process())
    else:
        with pytest.raises(NothingToRollBackError):
            _rollback(ledger, machine.process())

    assert 1 == ledger.read_alias("tone", "production")
    assert_no_gap(ledger, watcher.moves)


def _fails_from(ledger: MemoryLedger, call: int, *, after: bool, watcher: Watcher) -> None:
    """The server dies for good at a call, before or after it did what it was asked."""
    numbers = {"call": itertools.count(), "return": itertools.count()}

    def on_call(_method: str) -> None:
        number = next(numbers["call"])
        if number > call or (number == call and not after):
            raise LedgerError("http://ledger is away.")

    def on_return(_method: str) -> None:
        watcher.look()
        if next(numbers["return"]) == call and after:
            raise LedgerError("http://ledger is away.")

    ledger.on_call, ledger.on_return = on_call, on_return


def _promoted_twice(machine: Machine) -> tuple[MemoryLedger, Watcher]:
    ledger, watcher = watched(machine)
    _survives(ledger, watcher)
    for version in (2, 3):
        promote(ledger, version, machine.process())
    return ledger, watcher


def _calls_of_a_rollback() -> int:
    machine = Machine()
    ledger, _ = _promoted_twice(machine)
    calls: list[str] = []
    ledger.on_call = calls.append
    _rollback(ledger, machine.process())
    return len(calls)


ROLLBACK_CALLS = _calls_of_a_rollback()


@pytest.mark.parametrize("dies", [_dies_at, _fails_from], ids=["client", "server"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(ROLLBACK_CALLS))
def test_a_rollback_that_failed_and_is_asked_for_again_goes_back_once(call, after, dies):
    """Whatever was done of it, unless all of it was and its history says so."""
    machine = Machine()
    ledger, watcher = _promoted_twice(machine)
    victim = machine.process()
    dies(ledger, call, after=after, watcher=watcher)
    with pytest.raises((DiedError, LedgerError)):
        _rollback(ledger, victim)
    _survives(ledger, watcher)
    machine.dead.add(victim.process.pid)
    was_done = "rollback" in {record.action for record in chain_of(ledger).done}

    again = _rollback(ledger, machine.process())

    assert (1 if was_done else 2) == again.to_version == ledger.read_alias("tone", "production")
    assert was_done == (after and call == ROLLBACK_CALLS - 1)
    assert_no_gap(ledger, watcher.moves)


def test_a_rollback_with_nothing_to_go_back_to_finishes_what_was_left_behind_all_the_same():
    machine = Machine()
    ledger, watcher = watched(machine)
    victim = machine.process()
    ledger.on_call = _raise_at("set_alias")
    with pytest.raises(DiedError):
        execute_promotion(
            ledger, CONFIG, "tone", version=1, to_alias="new", actor="ann", force=True,
            around=victim,
        )  # fmt: skip
    _survives(ledger, watcher)
    machine.dead.add(victim.process.pid)

    with pytest.raises(NothingToRollBackError, match="tone@new is at version 1"):
        execute_rollback(
            ledger, CONFIG, "tone", alias="new", reason="x", actor="bob", around=machine.process()
        )

    assert 1 == ledger.read_alias("tone", "new")


@pytest.mark.parametrize("call", range(CALLS))
def test_reading_the_history_completes_what_moved_and_moves_nothing(call):
    machine, ledger, watcher = _killed_at(call)
    at = ledger.read_alias("tone", "production")

    history = read_history(ledger, "tone", around=machine.process())

    assert at == ledger.read_alias("tone", "production")
    waiting = sum(record.state is AuditState.PENDING for record in history)
    assert (at == 1 and len(history) == waiting) or (at == 2 and waiting == 0)
    assert_no_gap(ledger, watcher.moves, pending=waiting)


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from([1, 2, 3, None]), st.integers(0, 25), st.booleans()), max_size=6
    )
)
def test_any_line_of_killed_promotions_and_rollbacks_leaves_no_gap(plan):
    machine = Machine()
    ledger, watcher = watched(machine)
    for version, call, after in plan:
        around = machine.process()
        _dies_at(ledger, call, after=after, watcher=watcher)
        try:
            _rollback(ledger, around) if version is None else promote(ledger, version, around)
        except (DiedError, NothingToRollBackError):
            machine.dead.add(around.process.pid)
    _survives(ledger, watcher)

    promote(ledger, 3, machine.process())

    assert_no_gap(ledger, watcher.moves)
    assert 3 == ledger.read_alias("tone", "production")


def test_the_refused_one_is_told_who_was_first():
    machine = Machine()
    ledger, _ = watched(machine)
    ledger.on_call = _raise_at("set_alias")
    with pytest.raises(DiedError):
        promote(ledger, 2, machine.process())  # still running, as far as anybody can tell
    ledger.on_call = lambda _method: None

    with pytest.raises(ConflictError, match="ann is moving tone@production to version 2"):
        promote(ledger, 3, machine.process())
    assert 1 == len(chain_of(ledger).records)


def _raise_at(method: str, error: BaseException | None = None) -> Callable[[str], None]:
    def hook(called: str) -> None:
        if called == method:
            raise error or DiedError

    return hook


# --- faults -------------------------------------------------------------------------------------


def test_a_ledger_that_fails_before_the_move_leaves_a_withdrawn_intent():
    machine = Machine()
    ledger, watcher = watched(machine)
    reads = itertools.count()

    def fails_once(method: str) -> None:
        if method == "read_alias" and next(reads) == 2:
            raise LedgerError("http://ledger is away.")

    ledger.on_call = fails_once
    with pytest.raises(LedgerError, match="away"):
        promote(ledger, 2, machine.process())
    ledger.on_call = lambda _method: None

    assert_no_gap(ledger, watcher.moves)
    assert ["http://ledger is away."] == [record.note for record in chain_of(ledger).records]


def test_a_ledger_that_fails_at_the_move_says_that_the_next_call_finishes_it():
    machine = Machine()
    ledger, _ = watched(machine)
    ledger.on_call = _raise_at("set_alias", LedgerError("http://ledger is away."))

    with pytest.raises(
        LedgerError, match=r"away\. The promote of tone@production to version 2 may have been begun"
    ):
        promote(ledger, 2, machine.process())
    assert 1 == len(chain_of(ledger).pending)


def test_what_is_refused_after_the_move_is_finished_by_the_next_call_and_never_withdrawn():
    machine = Machine()
    ledger, watcher = watched(machine)
    refused = InvalidInputError("The run tag is too long.")
    ledger.on_call = _raise_at("set_run_tags", refused)
    ledger.on_return = lambda _method: watcher.look()

    with pytest.raises(LedgerError, match=r"too long\. tone@production is at version 2 now"):
        promote(ledger, 2, victim := machine.process(), force=False)
    machine.dead.add(victim.process.pid)
    _survives(ledger, watcher)

    assert promote(ledger, 2, machine.process(), force=False).already
    assert_no_gap(ledger, watcher.moves)


def test_a_ledger_that_fails_after_the_move_says_that_the_alias_is_there():
    machine = Machine()
    ledger, _ = watched(machine)
    ledger.on_call = _raise_at("set_run_tags", LedgerError("http://ledger is away."))

    with pytest.raises(LedgerError, match=r"tone@production is at version 2 now.*do not repeat"):
        promote(ledger, 2, machine.process(), force=False)


def test_a_version_that_was_deleted_before_the_move_is_refused_and_withdrawn():
    machine = Machine()
    ledger, watcher = watched(machine)
    ledger.on_call = lambda method: (
        ledger.delete_version("tone", 3) if method == "set_alias" else None
    )

    with pytest.raises(NotFoundError):
        promote(ledger, 3, machine.process())
    assert_no_gap(ledger, watcher.moves)


def test_a_slow_ledger_makes_the_promoter_give_up_before_others_take_over():
    machine = Machine()
    ledger, watcher = watched(machine)
    ledger.on_return = lambda method: (
        machine.clock.advance(31) if method == "set_prompt_tag" else None
    )

    with pytest.raises(ConflictError, match="too slowly"):
        promote(ledger, 2, machine.process())
    assert_no_gap(ledger, watcher.moves)


def test_an_alias_moved_by_hand_during_a_promotion_is_noticed():
    machine = Machine()
    ledger, _ = watched(machine)
    ledger.on_return = lambda method: (
        ledger._prompts.update(
            tone=type(ledger._prompts["tone"])(
                **{
                    name: getattr(ledger._prompts["tone"], name)
                    for name in ("name", "description", "tags", "latest_version")
                },
                aliases={"production": 3},
            )
        )
        if method == "set_prompt_tag"
        else None
    )

    with pytest.raises(ConflictError, match="moved in the meantime and is at version 3"):
        promote(ledger, 2, machine.process())
    assert not chain_of(ledger).pending


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"format_version": 2}'])
def test_a_tag_that_somebody_else_wrote_into_the_ledger_is_named(text):
    machine = Machine()
    ledger, _ = watched(machine)
    ledger.set_prompt_tag("tone", "assay.audit.production.000001.x.intent", text)

    with pytest.raises(LedgerError, match="audit entry 1 of tone@production"):
        promote(ledger, 2, machine.process())


def test_an_action_that_a_later_version_wrote_is_never_read_as_one_of_ours():
    machine = Machine()
    ledger, _ = watched(machine)
    promote(ledger, 2, machine.process())
    (key,) = [key for key in ledger.get_prompt("tone").tags if key.endswith(".intent")]
    intent = json.loads(ledger.get_prompt("tone").tags[key])
    ledger.set_prompt_tag("tone", key, json.dumps({**intent, "format_version": 2}))

    with pytest.raises(LedgerError, match="format 2, here 1"):
        read_history(ledger, "tone", around=machine.process())


@pytest.mark.parametrize("ending", ["withdrawn", "done"])
def test_who_ends_its_action_and_then_itself_before_it_is_asked_for_is_not_repaired(ending):
    """Seen pending, then ended, then gone: what the reader saw is not what happened."""
    machine = Machine()
    ledger, watcher = watched(machine)
    ledger.on_return = lambda _method: watcher.look()
    ledger.on_call = _raise_at("set_alias")
    with pytest.raises(DiedError):
        promote(ledger, 2, machine.process())
    ledger.on_call = lambda _method: None
    (first,) = chain_of(ledger).pending

    def ends_before_the_answer(_mark: ProcessMark) -> bool:
        if ending == "done":
            ledger.set_alias("tone", "production", 2)
            tag_runs(ledger, first)
        text = audit_entries.ending(machine.clock.now())
        ledger.set_prompt_tag("tone", first.key(ending), text)
        return False

    around = replace(machine.process(), is_running=ends_before_the_answer)
    second = promote(ledger, 3, around)

    assert second.executed
    assert ending == (chain_of(ledger).find(first) or first).state
    assert_no_gap(ledger, watcher.moves)


def test_a_second_action_on_a_run_does_not_overwrite_the_first():
    machine = Machine()
    ledger, watcher = watched(machine)
    ledger.on_return = lambda _method: watcher.look()
    first = promote(ledger, 2, machine.process(), force=False)
    _rollback(ledger, machine.process())
    second = promote(ledger, 2, machine.process(), force=False)
    assert first.audit is not None
    assert second.audit is not None
    run_id = first.audit.justifying_run_ids[0]

    tags = ledger.get_run(run_id).tags

    assert ("promote", "ann", "1", "2") == tuple(
        tags[f"audit.{name}"] for name in ("action", "actor", "from_version", "to_version")
    )
    assert second.audit.id in {tags.get("audit.2.id"), tags.get("audit.3.id")}
    assert_no_gap(ledger, watcher.moves)
