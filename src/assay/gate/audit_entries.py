"""The audit ledger as it is written: tags of a prompt, each written once, in a numbered chain.

One action is an intent and what became of it (done or withdrawn), each a tag of its own:
``assay.audit.<alias>.<number>.<id>.intent|done|withdrawn``. An intent names the action it
follows, so that done actions form a chain without forks. Everything here is pure.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assay.core.errors import LedgerError
from assay.kit.processes import ProcessMark


FORMAT_VERSION = 1
PREFIX = "assay.audit."

REPAIR = "repair"
"""The action of an intent that only finishes others; it is never done, always withdrawn."""

_KEY = re.compile(
    r"assay\.audit\.(?P<alias>.+)\.(?P<number>\d{6,})\.(?P<id>[0-9A-Za-z-]+)"
    r"\.(?P<part>intent|done|withdrawn)"
)


class AuditState(StrEnum):
    """What became of an intent."""

    PENDING = "pending"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One action on an alias.

    Attributes:
        from_version: None where the alias did not exist.
        gate: The gate's table as it was, one object per eval type.
        number: Place in the ledger of this prompt and alias, from 1; ``id`` tells twins apart.
        after: The id of the last done action before it; None for the first.
        writer: The process that wrote the intent.
        note: Why it was withdrawn, or that another call finished it.
    """

    action: str
    prompt_name: str
    from_version: int | None
    to_version: int
    alias: str
    timestamp: datetime
    actor: str
    reason: str
    justifying_run_ids: tuple[str, ...] = ()
    forced: bool = False
    gate: tuple[Mapping[str, Any], ...] = ()
    number: int = 0
    id: str = ""
    after: str | None = None
    state: AuditState = AuditState.PENDING
    note: str = ""
    writer: ProcessMark = field(default_factory=lambda: ProcessMark(host="", pid=0))

    @property
    def order(self) -> tuple[int, str]:
        """Return what the actions of an alias are ordered by."""
        return self.number, self.id

    def key(self, part: str) -> str:
        """Return the tag that holds a part of this action."""
        return f"{PREFIX}{self.alias}.{self.number:06d}.{self.id}.{part}"

    def intent(self) -> str:
        """Return the intent's value."""
        return json.dumps(
            {
                "format_version": FORMAT_VERSION,
                "action": self.action,
                "from": self.from_version,
                "to": self.to_version,
                "actor": self.actor,
                "reason": self.reason,
                "forced": self.forced,
                "justifying_run_ids": list(self.justifying_run_ids),
                "gate": [dict(row) for row in self.gate],
                "after": self.after,
                "timestamp": self.timestamp.isoformat(),
                "writer": asdict(self.writer),
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class AuditChain:
    """All actions on one alias, by number."""

    records: tuple[AuditRecord, ...]

    @property
    def done(self) -> tuple[AuditRecord, ...]:
        """Return what happened."""
        return tuple(record for record in self.records if record.state is AuditState.DONE)

    @property
    def pending(self) -> tuple[AuditRecord, ...]:
        """Return what was begun and neither done nor withdrawn."""
        return tuple(record for record in self.records if record.state is AuditState.PENDING)

    @property
    def last(self) -> AuditRecord | None:
        """Return the newest done action."""
        return self.done[-1] if self.done else None

    @property
    def last_id(self) -> str | None:
        """Return the id of the newest done action."""
        return self.last.id if self.last is not None else None

    @property
    def next_number(self) -> int:
        """Return the number after the highest."""
        return 1 + max((record.number for record in self.records), default=0)

    def find(self, record: AuditRecord) -> AuditRecord | None:
        """Return the present state of an action."""
        return next((found for found in self.records if found.id == record.id), None)


def read_chain(tags: Mapping[str, str], *, prompt_name: str, alias: str) -> AuditChain:
    """Return the actions on one alias from the tags of its prompt.

    Raises:
        LedgerError: A tag is not what Assay writes.
    """
    return read_chains(tags, prompt_name=prompt_name).get(alias, AuditChain(()))


def read_chains(tags: Mapping[str, str], *, prompt_name: str) -> dict[str, AuditChain]:
    """Return the actions on every alias of a prompt.

    Raises:
        LedgerError: A tag is not what Assay writes.
    """
    parts: dict[tuple[str, int, str], dict[str, str]] = {}
    for key, value in tags.items():
        match = _KEY.fullmatch(key)
        if match is not None:
            place = (match["alias"], int(match["number"]), match["id"])
            parts.setdefault(place, {})[match["part"]] = value
    chains: dict[str, list[AuditRecord]] = {}
    for (alias, number, entry_id), texts in sorted(parts.items()):
        record = _record(texts, prompt_name=prompt_name, alias=alias, number=number, id_=entry_id)
        chains.setdefault(alias, []).append(record)
    return {alias: AuditChain(tuple(records)) for alias, records in chains.items()}


def ending(timestamp: datetime, *, note: str = "") -> str:
    """Return the value of a ``done`` or ``withdrawn`` tag."""
    return json.dumps(
        {"format_version": FORMAT_VERSION, "timestamp": timestamp.isoformat(), "note": note},
        ensure_ascii=False,
    )


def _record(
    texts: Mapping[str, str], *, prompt_name: str, alias: str, number: int, id_: str
) -> AuditRecord:
    """Read one action; one that is done stays done, whatever else is said of it."""
    state = next((AuditState(part) for part in ("done", "withdrawn") if part in texts), None)
    place = f"the audit entry {number} of {prompt_name}@{alias}"
    if "intent" not in texts:
        raise LedgerError(
            f"In {place} the intent is missing: somebody deleted a tag of the prompt."
        )
    try:
        intent = json.loads(texts["intent"])
        end = json.loads(texts[state.value]) if state is not None else {}
        if intent["format_version"] != FORMAT_VERSION:
            raise ValueError(  # noqa: TRY301  # one fault of the text among others
                f"format {intent['format_version']}, here {FORMAT_VERSION}"
            )
        return AuditRecord(
            action=intent["action"],
            prompt_name=prompt_name,
            from_version=intent["from"],
            to_version=intent["to"],
            alias=alias,
            timestamp=datetime.fromisoformat(intent["timestamp"]),
            actor=intent["actor"],
            reason=intent["reason"],
            justifying_run_ids=tuple(intent["justifying_run_ids"]),
            forced=intent["forced"],
            gate=tuple(intent["gate"]),
            number=number,
            id=id_,
            after=intent["after"],
            state=state if state is not None else AuditState.PENDING,
            note=end.get("note", ""),
            writer=ProcessMark(**intent["writer"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LedgerError(
            f"Cannot read {place}: it is not what this version of Assay writes ({error!r})."
        ) from error


class Resolution(StrEnum):
    """What has to be done about an intent whose writer is gone."""

    MOVE = "move"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Repair:
    """An intent that was left behind, what to do about it and why."""

    record: AuditRecord
    resolution: Resolution
    why: str = ""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """All repairs in order, and how the alias and the chain stand afterwards."""

    repairs: tuple[Repair, ...]
    version: int | None
    last_id: str | None


def plan_repairs(
    chain: AuditChain, version: int | None, *, left_behind: Iterable[AuditRecord]
) -> RepairPlan:
    """Decide about the intents that were left behind, oldest first.

    One that follows the last done action counts: if the alias is where it was going, it
    happened and is completed; if the alias is still where it came from, it is carried out, for
    an intent is a promise. One that another action overtook, or whose alias was moved by
    somebody else, is withdrawn.

    Args:
        chain: All actions on the alias.
        version: Where the alias points now.
        left_behind: The pending actions whose writers are gone.
    """
    repairs: list[Repair] = []
    last_id = chain.last_id
    for record in sorted(left_behind, key=lambda record: record.order):
        resolution, why = _resolve(record, version, last_id=last_id)
        repairs.append(Repair(record, resolution, why))
        if resolution is not Resolution.WITHDRAW:
            version, last_id = record.to_version, record.id
    return RepairPlan(tuple(repairs), version=version, last_id=last_id)


def _resolve(
    record: AuditRecord, version: int | None, *, last_id: str | None
) -> tuple[Resolution, str]:
    if record.action == REPAIR:
        return Resolution.WITHDRAW, "it only finished what was left behind"
    if record.after != last_id:
        return Resolution.WITHDRAW, "another action was done in the meantime"
    if version == record.to_version:
        return Resolution.COMPLETE, ""
    if version == record.from_version:
        return Resolution.MOVE, ""
    where = "gone" if version is None else f"at version {version}"
    return Resolution.WITHDRAW, f"the alias is {where}, moved by somebody else"
