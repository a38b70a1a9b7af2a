"""How the gate's routes answer: the gate's JSON form, and who is written down as the actor."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Path, Query, Response

from assay.apps.server.access import Access
from assay.apps.server.context import Context
from assay.apps.services.actor import acting
from assay.apps.services.gate import Gate
from assay.gate.jsonable import to_jsonable


EvalTypeQuery = Annotated[str | None, Query(max_length=200, description="Only this eval type.")]
PromptName = Annotated[str, Path(min_length=1, max_length=200)]
RunId = Annotated[str, Path(min_length=1, max_length=200)]
Version = Annotated[int, Query(ge=1, le=2**31 - 1)]


def open_gate_of(context: Context) -> Gate:
    """Return the project's gate with its ledger open.

    Raises:
        GateNotConfiguredError: If there is none.
        GateMisconfiguredError: If its config file has faults.
        LedgerError: If the ledger cannot be opened.
    """
    return context.gate.open()


OpenGate = Annotated[Gate, Depends(open_gate_of)]


def gate_json(value: Any, *, status: int = 200) -> Response:
    """Answer one of the gate's values exactly as the command line prints it."""
    return Response(
        orjson.dumps(to_jsonable(value)),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def actor_of(access: Access, named: str | None) -> str:
    """Return who is written into the audit.

    The name that was given, and never without the key's own; where no key is needed, the
    account the server runs under if no name was given.
    """
    name = (named or "").strip()
    if access.actor == "local":
        return acting(name)
    return f"{name} ({access.actor})" if name and name != access.actor else access.actor
