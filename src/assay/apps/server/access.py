"""Who may do what: bearer keys with scopes; loopback without a key is open."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from assay.apps.server.context import AppContext, Context
from assay.apps.server.problems import ForbiddenError, UnauthorizedError
from assay.core.errors import NotFoundError
from assay.core.runs import DEFAULT_PROJECT


Scope = Literal["read", "write", "admin"]
_INCLUDES: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}
_BEARER = HTTPBearer(auto_error=False, description="An API key. Loopback needs none by default.")


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, for which project, and with which scopes."""

    actor: str
    project: str
    scopes: frozenset[str]


class Owned(Protocol):
    """Something that belongs to a project."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def project(self) -> str:
        """The project it belongs to."""
        ...


def identify(
    context: Context,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Access:
    """Return who asks.

    Raises:
        UnauthorizedError: If a key is needed and none or a wrong one came.
    """
    if credentials is not None:
        access = _of_key(context, credentials.credentials)
        if access is not None:
            return access
        if not context.open_access:
            raise UnauthorizedError("This API key opens nothing here; it is wrong or revoked.")
    if context.open_access:
        return Access("local", DEFAULT_PROJECT, _INCLUDES["admin"])
    raise UnauthorizedError("This address needs an API key: Authorization: Bearer KEY.")


def _of_key(context: AppContext, secret: str) -> Access | None:
    own = context.settings.api_key
    if own is not None and secrets.compare_digest(
        secret.encode(errors="surrogateescape"), own.get_secret_value().encode()
    ):
        return Access("settings", DEFAULT_PROJECT, _INCLUDES["admin"])
    key = context.store.find_key(secret)
    if key is None:
        return None
    scopes = frozenset[str]().union(*(_INCLUDES.get(scope, frozenset()) for scope in key.scopes))
    return Access(f"key:{key.name}", key.project, scopes)


def _require(scope: Scope) -> Callable[[Access], Access]:
    def check(access: Annotated[Access, Depends(identify)]) -> Access:
        if scope not in access.scopes:
            held = ", ".join(sorted(access.scopes)) or "none"
            raise ForbiddenError(f"This needs the scope {scope!r}; the key has: {held}.")
        return access

    return check


Reader = Annotated[Access, Depends(_require("read"))]
Writer = Annotated[Access, Depends(_require("write"))]


def check_owned(thing: Owned, access: Access, *, noun: str) -> None:
    """Raise ``NotFoundError`` for what belongs to another project: it does not exist here."""
    if thing.project != access.project:
        raise NotFoundError.of_id(noun, thing.id)
