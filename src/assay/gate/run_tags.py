"""Marks the runs that justify an action, so that it is seen where the runs are seen.

The first action on a run has the tags ``audit.action``, ``audit.actor`` …, the second
``audit.2.action`` … and so on: nothing is overwritten.
"""

from assay.core.errors import LedgerError, NotFoundError
from assay.core.eval_runs import LoggedRun
from assay.core.ledger import RunLedger
from assay.gate.audit_entries import AuditRecord


_TRIES = 5
_LONGEST = 2_000  # a run's tag is cut silently at 8,000; the whole text is in the ledger


def tag_runs(ledger: RunLedger, record: AuditRecord) -> None:
    """Tag every justifying run, once; a run that was deleted since is passed over.

    Raises:
        LedgerError: The ledger cannot be read or written, or others keep writing the same tags.
    """
    for run_id in record.justifying_run_ids:
        try:
            _tag_run(ledger, run_id, record)
        except NotFoundError:
            continue


def _tag_run(ledger: RunLedger, run_id: str, record: AuditRecord) -> None:
    for _ in range(_TRIES):
        run = ledger.get_run(run_id)
        if _has(run, record):
            return
        ledger.set_run_tags(run_id, _tags(record, _free_prefix(run)))
    if not _has(ledger.get_run(run_id), record):
        raise LedgerError(
            f"The run {run_id} could not be marked: others write the same tags. Try again."
        )


def _has(run: LoggedRun, record: AuditRecord) -> bool:
    return any(
        key.startswith("audit.") and key.endswith(".id") and value == record.id
        for key, value in run.tags.items()
    )


def _free_prefix(run: LoggedRun) -> str:
    number, prefix = 1, "audit."
    while f"{prefix}action" in run.tags:
        number += 1
        prefix = f"audit.{number}."
    return prefix


def _tags(record: AuditRecord, prefix: str) -> dict[str, str]:
    values = {
        "id": record.id,
        "action": record.action,
        "prompt_name": record.prompt_name,
        "from_version": "" if record.from_version is None else str(record.from_version),
        "to_version": str(record.to_version),
        "alias": record.alias,
        "timestamp": record.timestamp.isoformat(),
        "actor": record.actor,
        "reason": record.reason,
        "forced": "true" if record.forced else "false",
    }
    return {f"{prefix}{name}": value[:_LONGEST] for name, value in values.items()}
