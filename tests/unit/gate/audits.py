"""Audited moves of one alias, watched from outside."""

from collections import Counter

from assay.gate.audit import Surroundings
from assay.gate.audit_entries import AuditChain, read_chain
from assay.gate.config import GateConfig
from assay.gate.promotion import Promotion, execute_promotion
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.gate.builders import Machine, put, with_prompt


CONFIG = GateConfig()


def promote(
    ledger: MemoryLedger, version: int, around: Surroundings, *, force: bool = True
) -> Promotion:
    return execute_promotion(
        ledger, CONFIG, "tone", version=version, actor="ann", force=force, around=around
    )


def chain_of(ledger: MemoryLedger) -> AuditChain:
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


def assert_no_gap(ledger: MemoryLedger, moves: list[int | None], *, pending: int = 0) -> None:
    """The alias moved exactly as the done records say, one after the other, unforked."""
    chain = chain_of(ledger)
    done = chain.done

    assert pending == len(chain.pending)
    ends = Counter(key.rpartition(".")[0] for key in ledger.get_prompt("tone").tags)
    assert {1, 2} >= set(ends.values()), "an intent has one end at the most"
    assert moves == [1, *(record.to_version for record in done)]
    assert [1, *(record.to_version for record in done)][:-1] == [
        record.from_version for record in done
    ]
    assert [None, *(record.id for record in done)][:-1] == [record.after for record in done]
    for record in done:
        for run_id in record.justifying_run_ids:
            tags = ledger.get_run(run_id).tags
            assert 1 == list(tags.values()).count(record.id), "the run is marked, once"


def watched(machine: Machine) -> tuple[MemoryLedger, Watcher]:
    ledger = MemoryLedger(clock=machine.clock)
    with_prompt(ledger)
    for experiment in ("assay-tone", "assay-routing"):
        put(ledger, experiment, 0.95, prompts={"tone": 2})
    return ledger, Watcher(ledger)
