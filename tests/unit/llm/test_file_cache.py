"""Replies kept as files."""

from pathlib import Path

import pytest

from assay.core.errors import StorageError
from assay.llm.file_cache import FileResponseCache
from assay.testing.contracts import ResponseCacheContract


@pytest.fixture
def store(tmp_path: Path) -> FileResponseCache:
    return FileResponseCache(tmp_path / "replies")


class TestResponses(ResponseCacheContract): ...


def test_what_is_no_reply_any_more_is_asked_again(tmp_path: Path) -> None:
    cache = FileResponseCache(tmp_path)
    cache.put_response("key", {"text": "4"})
    [file] = tmp_path.glob("*/*.json")
    for content in (b"", b"[]", b'{"text"'):
        file.write_bytes(content)
        assert cache.get_response("key") is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    cache = FileResponseCache(tmp_path / "file")
    with pytest.raises(StorageError, match="cannot be kept in"):
        cache.put_response("key", {})
    assert cache.get_response("key") is None
