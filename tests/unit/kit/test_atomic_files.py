"""Atomic files: the old one or the new one, never half of one."""

from pathlib import Path

import pytest

from assay.kit.atomic_files import write_atomic


def test_a_new_file_holds_the_data_and_nothing_else_is_left(tmp_path: Path):
    write_atomic(tmp_path / "deep" / "file.json", b"new")
    assert (tmp_path / "deep" / "file.json").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file.json"]


def test_an_existing_file_is_replaced(tmp_path: Path):
    target = tmp_path / "file.json"
    target.write_bytes(b"old, and much longer than the new one")
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path: Path):
    target = tmp_path / "file.json"
    target.mkdir()
    with pytest.raises(OSError, match=r"file\.json"):
        write_atomic(target, b"new")
    assert target.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]
