"""The audit: no move without its record, no record without its move, whoever dies or races."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from greenlet import greenlet
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ConflictError, LedgerError, NotFoundError
from assay.gate.audit import Surroundings, read_history
from assay.gate.audit_entries import AuditChain, AuditRecord, AuditState, read_chain
from assay.gate.config import GateConfig
from assay.gate.promotion import Promotion, execute_promotion
from assay.gate.rollback import NothingToRollBackError, execute_rollback
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import DiedError, Machine, put, with_prompt


CONFIG = GateConfig()


def _promote(
    ledger: MemoryLedger, version: int, around: Surroundings, *, force: bool = True
) -> Promotion:
    return execute_promotion(
        ledger, CONFIG, "tone", version=version, actor="ann", force=force, around=around
    )


def _rollback(ledger: MemoryLedger, around: Surroundings) -> AuditRecord:
    return execute_rollback(ledger, CONFIG, "tone", reason="worse", actor="bob", around=around)


def _chain(ledger: MemoryLedger) -> AuditChain:
    tags = ledger.get_prompt("tone").tags
    return read_chain(tags, prompt_name="tone", alias="production")


class Watcher:
    """Writes down where the alias pointed after every call."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self.ledger = ledger
        self.moves: list[int | None] = [1]

    def look(self) -> None:
        at = self.ledger._prompts["tone"].aliases.get("production")
        if at != self.moves[-1]:
            self.moves.append(at)


def _assert_no_gap(ledger: MemoryLedger, moves: list[int | None], *, pending: int = 0) -> None:
    """The alias moved exactly as the done records say, one after the other, unforked."""
    chain = _chain(ledger)
    done = chain.done

    assert pending == len(chain.pending)
    assert moves == [1, *(record.to_version for record in done)]
    assert [1, *(record.to_version for record in done)][:-1] == [
        record.from_version for record in done
    ]
    assert [None, *(record.id for record in done)][:-1] == [record.after for record in done]
    for record in done:
        for run_id in record.justifying_run_ids:
            tags = ledger.get_run(run_id).tags
            assert 1 == list(tags.values()).count(record.id), "the run is marked, once"


def _watched(machine: Machine) -> tuple[MemoryLedger, Watcher]:
    ledger = MemoryLedger(clock=machine.clock)
    with_prompt(ledger)
    for experiment in ("assay-tone", "assay-routing"):
        put(ledger, experiment, 0.95, prompts={"tone": 2})
    return ledger, Watcher(ledger)


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


def _calls_of(action: Callable[[MemoryLedger, Surroundings], object]) -> int:
    machine = Machine()
    ledger, _ = _watched(machine)
    calls = itertools.count()

    def count(_method: str) -> None:
        next(calls)

    ledger.on_call = count
    action(ledger, machine.process())
    return next(calls)


def _promotes_two(ledger: MemoryLedger, around: Surroundings) -> object:
    return _promote(ledger, 2, around, force=False)


CALLS = _calls_of(_promotes_two)


def test_a_promotion_takes_a_known_number_of_calls():
    assert 19 == CALLS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(CALLS))
@pytest.mark.parametrize("silent", [False, True], ids=["gone", "silent"])
def test_a_promoter_killed_at_any_call_is_finished_or_undone_by_the_next(call, after, silent):
    """Killed before or after any call: the next promotion of the same version leaves no gap."""
    machine = Machine()
    ledger, watcher = _watched(machine)
    victim = machine.process()
    _dies_at(ledger, call, after=after, watcher=watcher)
    with pytest.raises(DiedError):
        _promote(ledger, 2, victim, force=False)
    _survives(ledger, watcher)
    if silent:
        machine.clock.advance(61)  # nobody can ask for the process, but it has been long
    else:
        machine.dead.add(victim.process.pid)

    again = _promote(ledger, 2, machine.process(), force=False)

    assert again.executed or again.already
    assert 2 == ledger.read_alias("tone", "production")
    _assert_no_gap(ledger, watcher.moves)
    assert 1 == len(_chain(ledger).done)


@pytest.mark.parametrize("call", range(CALLS))
def test_a_rollback_after_a_killed_promotion_goes_back_to_what_was_there(call):
    machine = Machine()
    ledger, watcher = _watched(machine)
    victim = machine.process()
    _dies_at(ledger, call, after=True, watcher=watcher)
    with pytest.raises(DiedError):
        _promote(ledger, 2, victim, force=False)
    _survives(ledger, watcher)
    machine.dead.add(victim.process.pid)
    begun = bool(_chain(ledger).records)

    if begun:  # the intent is a promise: it is carried out, then taken back
        _rollback(ledger, machine.process())
    else:
        with pytest.raises(NothingToRollBackError):
            _rollback(ledger, machine.process())

    assert 1 == ledger.read_alias("tone", "production")
    _assert_no_gap(ledger, watcher.moves)


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
    ledger, watcher = _watched(machine)
    _survives(ledger, watcher)
    for version in (2, 3):
        _promote(ledger, version, machine.process())
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
    was_done = "rollback" in {record.action for record in _chain(ledger).done}

    again = _rollback(ledger, machine.process())

    assert (1 if was_done else 2) == again.to_version == ledger.read_alias("tone", "production")
    assert was_done == (after and call == ROLLBACK_CALLS - 1)
    _assert_no_gap(ledger, watcher.moves)


def test_a_rollback_with_nothing_to_go_back_to_finishes_what_was_left_behind_all_the_same():
    machine = Machine()
    ledger, watcher = _watched(machine)
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
    machine = Machine()
    ledger, watcher = _watched(machine)
    victim = machine.process()
    _dies_at(ledger, call, after=True, watcher=watcher)
    with pytest.raises(DiedError):
        _promote(ledger, 2, victim, force=False)
    _survives(ledger, watcher)
    machine.dead.add(victim.process.pid)
    at = ledger.read_alias("tone", "production")

    history = read_history(ledger, "tone", around=machine.process())

    assert at == ledger.read_alias("tone", "production")
    waiting = sum(record.state is AuditState.PENDING for record in history)
    assert (at == 1 and len(history) == waiting) or (at == 2 and waiting == 0)
    _assert_no_gap(ledger, watcher.moves, pending=waiting)


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from([1, 2, 3, None]), st.integers(0, 25), st.booleans()), max_size=6
    )
)
def test_any_line_of_killed_promotions_and_rollbacks_leaves_no_gap(plan):
    machine = Machine()
    ledger, watcher = _watched(machine)
    for version, call, after in plan:
        around = machine.process()
        _dies_at(ledger, call, after=after, watcher=watcher)
        try:
            _rollback(ledger, around) if version is None else _promote(ledger, version, around)
        except (DiedError, NothingToRollBackError):
            machine.dead.add(around.process.pid)
    _survives(ledger, watcher)

    _promote(ledger, 3, machine.process())

    _assert_no_gap(ledger, watcher.moves)
    assert 3 == ledger.read_alias("tone", "production")


# --- two at once --------------------------------------------------------------------------------


class Race:
    """Two promoters whose every call waits for its turn; a schedule says who is next.

    A schedule is tried, the choices it leaves open are taken as "the first", and from what was
    chosen the next schedule is derived, until all were tried.
    """

    def __init__(self, versions: tuple[int, int], *, ids: tuple[str, str]) -> None:
        self.machine = Machine()
        self.ledger, self.watcher = _watched(self.machine)
        self.results: list[object] = [None, None]
        self.asleep = [False, False]
        self.ledger.on_call = lambda _method: self._pause()
        self.ledger.on_return = lambda _method: self.watcher.look()
        self.main = greenlet.getcurrent()
        self.promoters = [
            greenlet(lambda: self._run(0, versions[0], ids[0])),
            greenlet(lambda: self._run(1, versions[1], ids[1])),
        ]

    def _pause(self) -> None:
        if greenlet.getcurrent() is not self.main:
            self.main.switch()

    def _sleep(self, who: int) -> None:
        self.machine.clock.advance(0.05)
        self.asleep[who] = True
        self.main.switch()

    def _run(self, who: int, version: int, identity: str) -> None:
        around = self.machine.process(
            sleep=lambda _seconds: self._sleep(who), make_id=lambda: identity
        )
        try:
            self.results[who] = _promote(self.ledger, version, around)
        except ConflictError as refusal:
            self.results[who] = refusal

    def play(self, schedule: list[int], *, switches: int) -> list[tuple[int, int]]:
        """Follow a schedule and return every choice made, with how many there were."""
        choices: list[tuple[int, int]] = []
        last, left = None, switches
        while True:
            ready = [who for who in (0, 1) if not self.promoters[who].dead]
            if not ready:
                return choices
            awake = [who for who in ready if not self.asleep[who]] or ready
            if last in awake and left == 0:
                awake = [last]
            elif last in awake:
                awake.sort(key=lambda who: who != last)
            wished = schedule[len(choices)] if len(choices) < len(schedule) else 0
            place = min(wished, len(awake) - 1)
            choices.append((place, len(awake)))
            chosen = awake[place]
            left -= last in awake and chosen != last
            self.asleep = [False, False]
            last = chosen
            self.promoters[chosen].switch()


def _all_races(versions: tuple[int, int], *, ids: tuple[str, str], switches: int) -> Iterator[Race]:
    schedule: list[int] | None = []
    while schedule is not None:
        race = Race(versions, ids=ids)
        choices = race.play(schedule, switches=switches)
        race.ledger.on_call = lambda _method: None
        yield race
        while choices and choices[-1][0] + 1 >= choices[-1][1]:
            choices.pop()
        schedule = [place for place, _ in choices]
        if choices:
            schedule[-1] += 1
        else:
            schedule = None


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")], ids=["first-lower", "second-lower"])
@pytest.mark.parametrize("versions", [(2, 3), (2, 2)], ids=["other", "same"])
def test_two_promoters_never_both_win_unnoticed_in_any_order_of_their_calls(versions, ids):
    """Every order of the calls with up to two switches away from one that could go on."""
    tried = 0
    for race in _all_races(versions, ids=ids, switches=2):
        tried += 1
        _assert_no_gap(race.ledger, race.watcher.moves)
        won = [result for result in race.results if isinstance(result, Promotion)]
        assert won, "somebody always wins"
        assert len(_chain(race.ledger).done) == sum(result.executed for result in won)
        for result in race.results:
            assert isinstance(result, Promotion | ConflictError)
    assert tried > 100


@settings(max_examples=40, deadline=None)
@given(schedule=st.lists(st.integers(0, 1), max_size=40), same=st.booleans(), lower=st.booleans())
def test_two_promoters_leave_no_gap_in_any_order_however_often_they_alternate(
    schedule, same, lower
):
    ids = ("a", "b") if lower else ("b", "a")
    race = Race((2, 2) if same else (2, 3), ids=ids)
    race.play(schedule, switches=1000)
    race.ledger.on_call = lambda _method: None

    _assert_no_gap(race.ledger, race.watcher.moves)
    assert any(isinstance(result, Promotion) for result in race.results)


def test_the_refused_one_is_told_who_was_first():
    machine = Machine()
    ledger, _ = _watched(machine)
    ledger.on_call = _raise_at("set_alias")
    with pytest.raises(DiedError):
        _promote(ledger, 2, machine.process())  # still running, as far as anybody can tell
    ledger.on_call = lambda _method: None

    with pytest.raises(ConflictError, match="ann is moving tone@production to version 2"):
        _promote(ledger, 3, machine.process())
    assert 1 == len(_chain(ledger).records)


def _raise_at(method: str, error: BaseException | None = None) -> Callable[[str], None]:
    def hook(called: str) -> None:
        if called == method:
            raise error or DiedError

    return hook


# --- faults -------------------------------------------------------------------------------------


def test_a_ledger_that_fails_before_the_move_leaves_a_withdrawn_intent():
    machine = Machine()
    ledger, watcher = _watched(machine)
    reads = itertools.count()

    def fails_once(method: str) -> None:
        if method == "read_alias" and next(reads) == 2:
            raise LedgerError("http://ledger is away.")

    ledger.on_call = fails_once
    with pytest.raises(LedgerError, match="away"):
        _promote(ledger, 2, machine.process())
    ledger.on_call = lambda _method: None

    _assert_no_gap(ledger, watcher.moves)
    assert ["http://ledger is away."] == [record.note for record in _chain(ledger).records]


def test_a_ledger_that_fails_at_the_move_says_that_the_next_call_finishes_it():
    machine = Machine()
    ledger, _ = _watched(machine)
    ledger.on_call = _raise_at("set_alias", LedgerError("http://ledger is away."))

    with pytest.raises(
        LedgerError, match=r"away\. The promote of tone@production to version 2 may have been begun"
    ):
        _promote(ledger, 2, machine.process())
    assert 1 == len(_chain(ledger).pending)


def test_a_ledger_that_fails_after_the_move_says_that_the_alias_is_there():
    machine = Machine()
    ledger, _ = _watched(machine)
    ledger.on_call = _raise_at("set_run_tags", LedgerError("http://ledger is away."))

    with pytest.raises(LedgerError, match=r"tone@production is at version 2 now.*do not repeat"):
        _promote(ledger, 2, machine.process(), force=False)


def test_a_version_that_was_deleted_before_the_move_is_refused_and_withdrawn():
    machine = Machine()
    ledger, watcher = _watched(machine)
    ledger.on_call = lambda method: (
        ledger.delete_version("tone", 3) if method == "set_alias" else None
    )

    with pytest.raises(NotFoundError):
        _promote(ledger, 3, machine.process())
    _assert_no_gap(ledger, watcher.moves)


def test_a_slow_ledger_makes_the_promoter_give_up_before_others_take_over():
    machine = Machine()
    ledger, watcher = _watched(machine)
    ledger.on_return = lambda method: (
        machine.clock.advance(31) if method == "set_prompt_tag" else None
    )

    with pytest.raises(ConflictError, match="too slowly"):
        _promote(ledger, 2, machine.process())
    _assert_no_gap(ledger, watcher.moves)


def test_an_alias_moved_by_hand_during_a_promotion_is_noticed():
    machine = Machine()
    ledger, _ = _watched(machine)
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
        _promote(ledger, 2, machine.process())
    assert not _chain(ledger).pending


def test_a_tag_that_somebody_else_wrote_into_the_ledger_is_named():
    machine = Machine()
    ledger, _ = _watched(machine)
    ledger.set_prompt_tag("tone", "assay.audit.production.000001.x.intent", "{}")

    with pytest.raises(LedgerError, match="audit entry 1 of tone@production"):
        _promote(ledger, 2, machine.process())


def test_a_second_action_on_a_run_does_not_overwrite_the_first():
    machine = Machine()
    ledger, watcher = _watched(machine)
    ledger.on_return = lambda _method: watcher.look()
    first = _promote(ledger, 2, machine.process(), force=False)
    _rollback(ledger, machine.process())
    second = _promote(ledger, 2, machine.process(), force=False)
    assert first.audit is not None
    assert second.audit is not None
    run_id = first.audit.justifying_run_ids[0]

    tags = ledger.get_run(run_id).tags

    assert ("promote", "ann", "1", "2") == tuple(
        tags[f"audit.{name}"] for name in ("action", "actor", "from_version", "to_version")
    )
    assert second.audit.id in {tags.get("audit.2.id"), tags.get("audit.3.id")}
    _assert_no_gap(ledger, watcher.moves)
