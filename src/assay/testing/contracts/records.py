"""The contracts of ``ResponseCache``, ``AuditLog`` and ``KeyStore``."""

from datetime import timedelta

import pytest

from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import ApiKey, AuditEntry, AuditLog, KeyStore, Listing, ResponseCache, Store
from assay.kit.clock import SYSTEM_CLOCK
from assay.testing.samples import a_moment


SECRET = "a-secret-of-tests"  # noqa: S105 - opens nothing


def a_key(key_id: str = "key-1", *, project: str = "default") -> ApiKey:
    """Return a live key."""
    return ApiKey(key_id, project, f"name of {key_id}", ("read", "write"), a_moment())


def an_entry(action: str = "run.deleted", *, seconds: float = 0) -> AuditEntry:
    """Return a change made ``seconds`` after noon."""
    return AuditEntry(action, "run-1", "Ada", a_moment(seconds), {"reason": "old"})


class ResponseCacheContract:
    """Replies by request digest."""

    def test_a_reply_reads_back(self, store: ResponseCache) -> None:
        """An unknown one is None."""
        store.put_response("digest", {"text": "4", "usage": None})
        assert store.get_response("digest") == {"text": "4", "usage": None}
        assert store.get_response("another") is None

    def test_many_replies_are_read_at_once(self, store: ResponseCache) -> None:
        """Unknown keys are left out."""
        keys = [f"digest-{number}" for number in range(600)]
        for key in (keys[0], keys[599]):
            store.put_response(key, {"text": key})
        found = store.get_responses(keys)
        assert found == {key: {"text": key} for key in (keys[0], keys[599])}
        assert store.get_responses([]) == {}

    def test_a_later_reply_replaces_the_earlier(self, store: ResponseCache) -> None:
        """Also by an empty one."""
        store.put_response("digest", {"text": "4"})
        store.put_response("digest", {})
        assert store.get_response("digest") == {}


class ResponseHousekeepingContract:
    """Replies that are no longer needed."""

    def test_replies_of_a_prefix_are_forgotten_and_no_others(self, store: Store) -> None:
        """Neither letters of another case nor wildcards stand for each other."""
        kept = ["a", "A:1", "a;", "b:1", "a_%:1"]
        for key in [*kept, "a:1", "a:", "a:2:x"]:
            store.put_response(key, {"key": key})
        assert store.forget_responses("a:") == 3
        assert store.forget_responses("a_:") == 0
        assert set(store.get_responses([*kept, "a:1", "a:", "a:2:x"])) == set(kept)

    def test_of_old_replies_so_many_at_once_are_forgotten(self, store: Store) -> None:
        """And none that is younger."""
        for number in range(5):
            store.put_response(f"old:{number}", {})
        now = SYSTEM_CLOCK.now()
        assert store.forget_responses("old:", before=now - timedelta(hours=1)) == 0
        later = now + timedelta(hours=1)
        removed = [store.forget_responses("old:", before=later, limit=2) for _ in range(4)]
        assert removed == [2, 2, 1, 0]


class AuditLogContract:
    """Append-only record of changes."""

    def test_entries_read_back_newest_first(self, store: AuditLog) -> None:
        """By time; of equal times the one written later comes first."""
        entries = [an_entry("a"), an_entry("c", seconds=2), an_entry("b"), an_entry("d", seconds=1)]
        for entry in entries:
            store.append_audit(entry)
        page = store.list_audit()
        assert [entry.action for entry in page.items] == ["c", "d", "b", "a"]
        assert page.items[0] == entries[1]

    def test_entries_are_paged_searched_and_kept_by_project(self, store: AuditLog) -> None:
        """As every listing."""
        for number in range(4):
            store.append_audit(an_entry(f"a{number}", seconds=number))
        store.append_audit(an_entry("elsewhere"), project="other")
        page = store.list_audit(Listing(offset=1, limit=2))
        assert ([entry.action for entry in page.items], page.total) == (["a2", "a1"], 4)
        assert store.list_audit(Listing(search="A3")).total == 1
        assert store.list_audit(Listing(search="ada", project=None)).total == 5


class KeyStoreContract:
    """API keys, hashed at rest."""

    def test_a_key_is_found_by_its_secret_alone(self, store: KeyStore) -> None:
        """A near miss finds nothing."""
        store.add_key(a_key(), secret=SECRET)
        store.add_key(a_key("key-2"), secret=SECRET + "2")
        assert store.find_key(SECRET) == a_key()
        assert store.find_key(SECRET + "3") is None
        assert store.find_key(SECRET[:-1]) is None
        assert store.find_key("") is None

    def test_a_revoked_key_opens_nothing_but_is_still_listed(self, store: KeyStore) -> None:
        """The first revocation stays."""
        store.add_key(a_key(), secret=SECRET)
        store.revoke_key("key-1", at=a_moment(5))
        store.revoke_key("key-1", at=a_moment(9))
        assert store.find_key(SECRET) is None
        assert [key.revoked_at for key in store.list_keys()] == [a_moment(5)]

    def test_keys_are_listed_by_project(self, store: KeyStore) -> None:
        """Without their secrets."""
        for key in (a_key("b"), a_key("a"), a_key("c", project="other")):
            store.add_key(key, secret=f"{SECRET} of {key.id}")
        assert store.list_keys() == [a_key("a"), a_key("b")]
        assert store.list_keys(project="other") == [a_key("c", project="other")]

    def test_a_taken_id_is_a_conflict(self, store: KeyStore) -> None:
        """The first key stays."""
        store.add_key(a_key(), secret=SECRET)
        with pytest.raises(ConflictError, match="key-1"):
            store.add_key(a_key(), secret="another")  # noqa: S106 - opens nothing
        assert store.find_key(SECRET) == a_key()

    def test_an_unknown_key_cannot_be_revoked(self, store: KeyStore) -> None:
        """The message says what was looked for."""
        with pytest.raises(NotFoundError, match="gone"):
            store.revoke_key("gone", at=a_moment())
