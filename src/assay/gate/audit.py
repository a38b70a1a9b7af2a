"""Moves an alias so that no move is without its audit and no audit without its move.

MLflow's aliases have no history and no compare-and-swap. So an intent is written first and
read back: of two processes at least one sees the other, the later one withdraws and the
earlier waits for that. Only who sees no other living intent goes on: checks that nothing
changed, moves the alias, marks the runs, writes "done". A process that dies on the way leaves
an intent behind which the next call finishes. See ``docs/design/0006-gate.md``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from assay.core.errors import AssayError, ConflictError, LedgerError
from assay.core.ledger import Ledger
from assay.gate.audit_entries import (
    REPAIR,
    AuditChain,
    AuditRecord,
    AuditState,
    Repair,
    RepairPlan,
    Resolution,
    ending,
    plan_repairs,
    read_chain,
    read_chains,
)
from assay.gate.run_tags import tag_runs
from assay.kit.clock import SYSTEM_CLOCK, Clock, sleep_blocking
from assay.kit.ids import new_id
from assay.kit.processes import ProcessMark, is_running, this_process


ABANDONED_SECONDS = 60.0
"""After this long an intent counts as left behind, even if its writer cannot be asked."""

LEASE_SECONDS = 30.0
"""After this long its writer no longer moves the alias: well before others take over."""

POLL_SECONDS = 0.05

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an action needs of the world: time, ids, and who is asking."""

    clock: Clock = SYSTEM_CLOCK
    sleep: Callable[[float], None] = sleep_blocking
    make_id: Callable[[], str] = new_id
    process: ProcessMark = field(default_factory=this_process)
    is_running: Callable[[ProcessMark], bool | None] = is_running


@dataclass(frozen=True, slots=True)
class Action:
    """What shall happen to an alias, and why."""

    action: str
    to_version: int
    actor: str
    reason: str
    forced: bool = False
    justifying_run_ids: tuple[str, ...] = ()
    gate: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alias stands once this call has finished what was left behind.

    Attributes:
        chain: What was done until then.
        version: Where the alias points then; None where it does not exist.
        finished: The last action of the chain, if it is this call that finishes it.
    """

    chain: AuditChain
    version: int | None
    finished: AuditRecord | None = None


Decide = Callable[[Standing], Action | None]
"""Given how the alias stands, what to do; None: nothing more than to finish what was left behind."""


def move_alias(
    ledger: Ledger, prompt_name: str, *, alias: str, decide: Decide, around: Surroundings
) -> AuditRecord | None:
    """Repair what was left behind, then do what ``decide`` says, with its audit.

    Returns:
        The record of what was done; None if there was nothing to do.

    Raises:
        ConflictError: Somebody else is moving the alias, or has just moved it.
        NotFoundError: The prompt or the version does not exist.
        LedgerError: The ledger cannot be read or written. An action that was begun is then
            either withdrawn or finished by the next call.
    """
    mover = _Mover(ledger, prompt_name, alias=alias, around=around)
    for _ in range(_ATTEMPTS):
        try:
            return mover.attempt(decide)
        except _RepairedMeanwhileError:
            continue
    raise ConflictError(f"{prompt_name}@{alias} keeps changing; nothing was done. Try again.")


def repair_by_reading(ledger: Ledger, prompt_name: str, *, around: Surroundings) -> None:
    """Complete or withdraw what was left behind, for those who only read.

    The alias is not moved: an intent that has not moved it yet stays pending until the next
    promotion or rollback.

    Raises:
        LedgerError: The ledger cannot be read or written.
    """
    prompt = ledger.get_prompt(prompt_name)
    for alias, chain in read_chains(prompt.tags, prompt_name=prompt_name).items():
        mover = _Mover(ledger, prompt_name, alias=alias, around=around)
        if any(map(mover.is_left_behind, chain.pending)):
            mover.repair_without_moving(chain)


def read_history(
    ledger: Ledger, prompt_name: str, *, around: Surroundings | None = None
) -> list[AuditRecord]:
    """Return every action on every alias of a prompt, oldest first, after repairs.

    Raises:
        NotFoundError: There is no such prompt.
        LedgerError: The ledger cannot be read or written.
    """
    repair_by_reading(ledger, prompt_name, around=around or Surroundings())
    chains = read_chains(ledger.get_prompt(prompt_name).tags, prompt_name=prompt_name)
    every = (record for chain in chains.values() for record in chain.records)
    records = [record for record in every if record.action != REPAIR]
    return sorted(records, key=lambda record: (record.timestamp, record.order))


class _RepairedMeanwhileError(Exception):
    """Our own repair changed what the action was decided upon."""


class _Mover:
    """One alias and one process that wants to move it."""

    def __init__(
        self, ledger: Ledger, prompt_name: str, *, alias: str, around: Surroundings
    ) -> None:
        self._ledger = ledger
        self._name = prompt_name
        self._alias = alias
        self._around = around

    def attempt(self, decide: Decide) -> AuditRecord | None:
        """Do it once; whatever stops it before the alias moves withdraws the intent."""
        chain = self._chain()
        left, living = self._split(chain.pending)
        if living:
            raise ConflictError(self._busy(living[0]))
        plan = plan_repairs(chain, self._version(), left_behind=left)
        try:
            action = decide(Standing(_after(chain, plan), plan.version, _finished(plan)))
        except ConflictError:
            self._only_repair(chain, plan)
            raise
        if action is None:
            self._only_repair(chain, plan)
            return None
        return self._carry_out(self._claim(action, chain, plan))

    def is_left_behind(self, record: AuditRecord) -> bool:
        """Whether the writer of a pending intent is gone, or has been silent for too long."""
        if self._around.is_running(record.writer) is False:
            return True
        age = (self._around.clock.now() - record.timestamp).total_seconds()
        return age > ABANDONED_SECONDS

    def repair_without_moving(self, chain: AuditChain) -> None:
        """Complete or withdraw; stop before an intent that still has to move the alias."""
        left = [record for record in chain.pending if self.is_left_behind(record)]
        for repair in plan_repairs(chain, self._version(), left_behind=left).repairs:
            if repair.resolution is Resolution.MOVE:
                return
            self._repair(repair)

    # --- steps ------------------------------------------------------------------------------

    def _claim(self, action: Action, chain: AuditChain, plan: RepairPlan) -> AuditRecord:
        """Write the intent and return once the alias is ours to move, as it was decided."""
        began = self._around.clock.monotonic()
        record = self._begin(action, chain, plan)
        try:
            self._become_first(record, began=began)
            self._settle(record, began=began)
        except (AssayError, KeyboardInterrupt, _RepairedMeanwhileError) as failure:
            withdrawn = self._give_up(record, failure)
            if isinstance(failure, LedgerError) and not withdrawn:
                raise LedgerError(f"{failure} {self._left_open(record)}") from failure
            raise
        return record

    def _begin(self, action: Action, chain: AuditChain, plan: RepairPlan) -> AuditRecord:
        record = AuditRecord(
            action=action.action,
            prompt_name=self._name,
            from_version=plan.version,
            to_version=action.to_version,
            alias=self._alias,
            timestamp=self._around.clock.now(),
            actor=action.actor,
            reason=action.reason,
            justifying_run_ids=action.justifying_run_ids,
            forced=action.forced,
            gate=action.gate,
            number=chain.next_number,
            id=self._around.make_id(),
            after=plan.last_id,
            writer=self._around.process,
        )
        try:
            self._ledger.set_prompt_tag(self._name, record.key("intent"), record.intent())
        except LedgerError as failure:  # it may have been written, and only the answer was lost
            raise LedgerError(f"{failure} {self._left_open(record)}") from failure
        return record

    def _become_first(self, record: AuditRecord, *, began: float) -> None:
        """Return once no other living intent is there; withdraw for an earlier one."""
        while True:
            pending = self._chain().pending
            _, rivals = self._split(other for other in pending if other.id != record.id)
            if not rivals:
                return
            if rivals[0].order < record.order or self._is_late(began):
                raise ConflictError(self._busy(rivals[0]))
            self._around.sleep(POLL_SECONDS)

    def _settle(self, record: AuditRecord, *, began: float) -> None:
        """Repair what was left behind and make sure that nothing changed since the decision."""
        chain = self._chain()
        left, _ = self._split(other for other in chain.pending if other.id != record.id)
        plan = plan_repairs(chain, self._version(), left_behind=left)
        for repair in plan.repairs:
            self._repair(repair)
        chain = self._chain() if plan.repairs else chain
        mine = chain.find(record)
        version = self._version() if plan.repairs else plan.version
        if mine is None or mine.state is not AuditState.PENDING:
            raise ConflictError(f"{self._place} was taken over by another call; nothing was done.")
        if chain.last_id != record.after or version != record.from_version:
            if any(repair.record.id == chain.last_id for repair in plan.repairs):
                raise _RepairedMeanwhileError
            raise ConflictError(self._changed(chain, version))
        if self._is_late(began):
            raise ConflictError(
                f"{self._place}: the ledger answers too slowly; nothing was done. Try again."
            )

    def _carry_out(self, record: AuditRecord) -> AuditRecord:
        """Move the alias, mark the runs, write "done"; from here on the next call would finish."""
        advice = self._left_open(record)
        try:
            self._ledger.set_alias(self._name, self._alias, record.to_version)
            advice = self._moved(record)
            tag_runs(self._ledger, record)
            return self._finish(record, note="")
        except LedgerError as failure:
            raise LedgerError(f"{failure} {advice}") from failure
        except AssayError as failure:  # refused: the alias did not move
            self._give_up(record, failure)
            raise

    def _finish(self, record: AuditRecord, *, note: str) -> AuditRecord:
        text = ending(self._around.clock.now(), note=note)
        self._ledger.set_prompt_tag(self._name, record.key("done"), text)
        return replace(record, state=AuditState.DONE, note=note)

    def _withdraw(self, record: AuditRecord, why: str) -> None:
        text = ending(self._around.clock.now(), note=why)
        self._ledger.set_prompt_tag(self._name, record.key("withdrawn"), text)

    def _give_up(self, record: AuditRecord, failure: BaseException) -> bool:
        """Withdraw if the ledger lets us, and return whether it did; if not, the next call does."""
        try:
            self._withdraw(record, str(failure) or "started over after a repair")
        except AssayError:
            return False
        return True

    def _left_open(self, record: AuditRecord) -> str:
        return (
            f"The {record.action} of {self._place} to version {record.to_version} may have been "
            "begun; if so, the next promotion or rollback finishes it."
        )

    def _moved(self, record: AuditRecord) -> str:
        return (
            f"{self._place} is at version {record.to_version} now, and the next command that reads "
            f"its history closes the audit; do not repeat the {record.action}."
        )

    def _repair(self, repair: Repair) -> None:
        if repair.resolution is Resolution.WITHDRAW:
            self._withdraw(repair.record, repair.why)
            return
        if repair.resolution is Resolution.MOVE:
            self._ledger.set_alias(self._name, self._alias, repair.record.to_version)
        tag_runs(self._ledger, repair.record)
        self._finish(repair.record, note="finished by a later call")

    def _only_repair(self, chain: AuditChain, plan: RepairPlan) -> None:
        """Repair where there is nothing else to do; to move the alias still takes a claim."""
        moves = [repair for repair in plan.repairs if repair.resolution is Resolution.MOVE]
        if not moves:
            for repair in plan.repairs:
                self._repair(repair)
            return
        action = Action(
            action=REPAIR,
            to_version=moves[-1].record.to_version if plan.version is None else plan.version,
            actor=moves[-1].record.actor,
            reason="finish what was left behind",
        )
        self._withdraw(self._claim(action, chain, plan), "only finished what was left behind")

    # --- looking ----------------------------------------------------------------------------

    @property
    def _place(self) -> str:
        return f"{self._name}@{self._alias}"

    def _chain(self) -> AuditChain:
        tags = self._ledger.get_prompt(self._name).tags
        return read_chain(tags, prompt_name=self._name, alias=self._alias)

    def _version(self) -> int | None:
        return self._ledger.read_alias(self._name, self._alias)

    def _split(self, pending: Iterable[AuditRecord]) -> tuple[list[AuditRecord], list[AuditRecord]]:
        """Return what was left behind and what is still going on, each in order."""
        ordered = sorted(pending, key=lambda record: record.order)
        left = [record for record in ordered if self.is_left_behind(record)]
        return left, [record for record in ordered if record not in left]

    def _busy(self, rival: AuditRecord) -> str:
        return (
            f"{rival.actor} is moving {self._place} to version {rival.to_version} "
            f"({rival.action}, begun {rival.timestamp:%H:%M:%S} UTC on {rival.writer.host}, process "
            f"{rival.writer.pid}); nothing was done. Look at the result and try again."
        )

    def _changed(self, chain: AuditChain, version: int | None) -> str:
        last = chain.last
        who = "" if last is None else f"; the last action was a {last.action} by {last.actor}"
        where = "does not exist" if version is None else f"is at version {version}"
        return f"{self._place} was moved in the meantime and {where}{who}. Nothing was done."

    def _is_late(self, began: float) -> bool:
        return self._around.clock.monotonic() - began > LEASE_SECONDS


def _finished(plan: RepairPlan) -> AuditRecord | None:
    """Return the last action that the repairs leave done."""
    kept = [each.record for each in plan.repairs if each.resolution is not Resolution.WITHDRAW]
    return kept[-1] if kept else None


def _after(chain: AuditChain, plan: RepairPlan) -> AuditChain:
    """Return the chain as it will be once the repairs are made."""
    states = {
        repair.record.id: (
            AuditState.WITHDRAWN if repair.resolution is Resolution.WITHDRAW else AuditState.DONE
        )
        for repair in plan.repairs
    }
    return AuditChain(
        tuple(
            replace(record, state=states.get(record.id, record.state)) for record in chain.records
        )
    )
