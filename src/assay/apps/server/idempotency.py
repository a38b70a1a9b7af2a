"""Idempotency keys: a create that is sent twice happens once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, BinaryIO

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from assay.apps.server.access import Access, Writer
from assay.apps.server.context import AppContext, Context
from assay.apps.server.key_locks import KeyLocks
from assay.apps.server.problems import IdempotencyError
from assay.apps.services.housekeeping import idempotency_place
from assay.kit.canonical_json import canonical_json, digest


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Sent again with the same body, the first answer comes back.",
    ),
]


_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Once:
    """Answers a create once per idempotency key."""

    context: AppContext
    access: Access
    route: str
    status: int
    key: str | None
    locks: KeyLocks = field(repr=False)

    def answer(self, body: Mapping[str, Any], make: Callable[[], BaseModel]) -> Any:
        """Return what ``make`` makes, or the stored answer to the same key and body.

        Raises:
            IdempotencyError: If the key was used for another body.
        """
        if self.key is None:
            return make()
        name = hashlib.sha256(
            canonical_json([self.access.project, self.access.actor, self.route, self.key]).encode()
        ).hexdigest()
        place, wanted = idempotency_place(name), digest(dict(body))
        with self.locks.hold(place):
            stored = self.context.store.get_response(place)
            if stored is not None:
                return self._replay(stored, wanted)
            made = make().model_dump(mode="json")
            self.context.store.put_response(place, {"request": wanted, "answer": made})
            return self._respond(made, replayed=False)

    def digest_of(self, file: BinaryIO) -> str | None:
        """Return the SHA-256 of an uploaded file, None if there is no key to keep it for."""
        if self.key is None:
            return None
        content = hashlib.sha256()
        while piece := file.read(_PIECE):
            content.update(piece)
        file.seek(0)
        return content.hexdigest()

    def _replay(self, stored: Mapping[str, Any], wanted: str) -> Response:
        if stored["request"] != wanted:
            raise IdempotencyError(
                f"The idempotency key {self.key!r} was used for another request; take a new key."
            )
        return self._respond(stored["answer"], replayed=True)

    def _respond(self, answer: Any, *, replayed: bool) -> Response:
        headers = {"Idempotency-Replayed": "true"} if replayed else {}
        return Response(
            orjson.dumps(answer),
            status_code=self.status,
            media_type="application/json",
            headers=headers,
        )


def once(request: Request, context: Context, access: Writer, key: Key = None) -> Once:
    """Return what answers this request once."""
    route = request.scope["route"]
    return Once(
        context=context,
        access=access,
        route=route.path,
        status=route.status_code or 200,
        key=key,
        locks=request.app.state.key_locks,
    )


Idempotent = Annotated[Once, Depends(once)]
