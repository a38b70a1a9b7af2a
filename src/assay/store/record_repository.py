"""Records beside the work: cached replies, the audit log and API keys."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy import insert as insert_into

from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import ApiKey, AuditEntry, Listing, Page
from assay.core.runs import DEFAULT_PROJECT
from assay.store.repository import Repository, containing, insert_or_ignore
from assay.store.tables import api_keys, audit, responses


_CHUNK = 500
_LOOKUP_DIGITS = 16


class ResponseRepository(Repository):
    """Replies by request digest."""

    def get_response(self, key: str) -> Mapping[str, Any] | None:
        """Return the stored reply, or None."""
        query = select(responses.c.reply).where(responses.c.key == key)
        with self._database.read() as connection:
            reply: Mapping[str, Any] | None = connection.execute(query).scalar()
        return reply

    def get_responses(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the stored replies by key; absent keys are left out."""
        found: dict[str, Mapping[str, Any]] = {}
        with self._database.read() as connection:
            for start in range(0, len(keys), _CHUNK):
                wanted = responses.c.key.in_(keys[start : start + _CHUNK])
                query = select(responses.c.key, responses.c.reply).where(wanted)
                found.update((row.key, row.reply) for row in connection.execute(query))
        return found

    def put_response(self, key: str, reply: Mapping[str, Any]) -> None:
        """Store a reply; a stored one is replaced."""
        with self._database.write() as connection:
            self._database.lock(connection, "response", key)
            connection.execute(delete(responses).where(responses.c.key == key))
            row = {"key": key, "reply": reply, "created_at": self._clock.now()}
            connection.execute(insert_into(responses), row)

    def forget_responses(
        self, prefix: str, *, before: datetime | None = None, limit: int = 1000
    ) -> int:
        """Forget replies whose key begins with ``prefix``, those stored ``before`` a time."""
        here = (responses.c.key >= prefix) & (responses.c.key < _after(prefix))
        if before is not None:
            here &= responses.c.created_at < before
        chosen = select(responses.c.key).where(here).limit(limit)
        with self._database.write() as connection:
            return connection.execute(delete(responses).where(responses.c.key.in_(chosen))).rowcount


class AuditRepository(Repository):
    """Append-only record of changes."""

    def append_audit(self, entry: AuditEntry, *, project: str = DEFAULT_PROJECT) -> None:
        """Store one entry."""
        row = {
            "project": project,
            "action": entry.action,
            "subject": entry.subject,
            "actor": entry.actor,
            "at": entry.at,
            "details": entry.details,
        }
        with self._database.write() as connection:
            self._ensure_projects(connection, [project])
            connection.execute(insert_into(audit), row)

    def list_audit(self, listing: Listing | None = None) -> Page[AuditEntry]:
        """Return one page of entries, newest first, whatever ``listing.sort`` says."""
        listing = listing or Listing()
        query = select(audit)
        if listing.project is not None:
            query = query.where(audit.c.project == listing.project)
        if listing.search:
            query = query.where(
                containing(listing.search, audit.c.action, audit.c.subject, audit.c.actor)
            )
        newest_first = [audit.c.at.desc(), audit.c.id.desc()]
        return self._page(query, listing, sorting=newest_first, build=_entry)


class KeyRepository(Repository):
    """API keys. A secret is stored as its SHA-256 alone.

    That is enough, and slow hashing is not needed, because secrets are random and of
    256 bits; the lookup column holds the first digits of the hash, not of the secret.
    """

    def add_key(self, key: ApiKey, *, secret: str) -> None:
        """Store a key with the hash of its secret, or raise ``ConflictError``."""
        secret_hash = _hash(secret)
        row = {
            "id": key.id,
            "project": key.project,
            "name": key.name,
            "scopes": list(key.scopes),
            "lookup": secret_hash[:_LOOKUP_DIGITS],
            "secret_hash": secret_hash,
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
        }
        with self._database.write() as connection:
            self._ensure_projects(connection, [key.project])
            if insert_or_ignore(connection, api_keys, rows=[row]) == 0:
                raise ConflictError(f"There is an API key {key.id!r} already.")

    def find_key(self, secret: str) -> ApiKey | None:
        """Return the live key with this secret, or None."""
        secret_hash = _hash(secret)
        query = select(api_keys).where(
            api_keys.c.lookup == secret_hash[:_LOOKUP_DIGITS], api_keys.c.revoked_at.is_(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        same = [row for row in rows if hmac.compare_digest(row.secret_hash, secret_hash)]
        return _key(same[0]) if same else None

    def list_keys(self, *, project: str = DEFAULT_PROJECT) -> list[ApiKey]:
        """Return all keys of a project by creation, revoked ones included."""
        query = select(api_keys).where(api_keys.c.project == project)
        with self._database.read() as connection:
            ordered = query.order_by(api_keys.c.created_at, api_keys.c.id)
            return [_key(row) for row in connection.execute(ordered)]

    def revoke_key(self, key_id: str, *, at: datetime) -> None:
        """Make a key unusable, or raise ``NotFoundError``; the first revocation stays."""
        with self._database.write() as connection:
            key = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
            if key is None:
                raise NotFoundError.of_id("API key", key_id)
            if key.revoked_at is None:
                change = update(api_keys).where(api_keys.c.id == key_id)
                connection.execute(change.values(revoked_at=at))


def _after(prefix: str) -> str:
    """Return the first text after all that begin with ``prefix``; an index finds both ends."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.action, row.subject, row.actor, row.at, row.details)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        project=row.project,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
