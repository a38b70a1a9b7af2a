"""The doctor finds what is wrong and says how to mend it."""

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assay.apps.diagnosis import (
    Finding,
    diagnose,
    extra_package,
    free_space,
    page,
    port,
    provider_key,
)
from assay.apps.settings import Settings


def findings(folder: Path, **changed: object) -> dict[str, Finding]:
    settings = Settings.model_validate({"data_dir": folder, "port": 0, **changed})
    return {finding.check: finding for finding in diagnose(settings)}


def test_a_fresh_installation_has_no_failure(tmp_path: Path):
    found = findings(tmp_path / "data")
    assert "failure" not in {finding.state for finding in found.values()}
    assert "empty; it is set up on first use" == found["database"].found


def test_a_data_folder_that_is_a_file_is_a_failure_with_a_way_out(tmp_path: Path):
    (tmp_path / "data").write_text("")
    found = findings(tmp_path / "data")["data folder"]
    assert "failure" == found.state
    assert found.remedy is not None
    assert "--data-dir" in found.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_without_the_right_to_write_is_a_failure(tmp_path: Path):
    tmp_path.chmod(0o555)
    assert "failure" == findings(tmp_path)["data folder"].state


def test_a_database_that_is_none_is_a_failure(tmp_path: Path):
    (tmp_path / "assay.sqlite").write_bytes(b"no database" * 1000)
    found = findings(tmp_path)["database"]
    assert "failure" == found.state
    assert "not a SQLite database" in found.found


def test_a_database_of_a_later_version_asks_for_a_newer_assay(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "assay.sqlite")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999_later')")
        connection.commit()
    found = findings(tmp_path)["database"]
    assert "failure" == found.state
    assert "install a newer Assay" in found.found


def test_a_port_that_is_taken_is_a_warning_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = port("127.0.0.1", taken.getsockname()[1])
    assert "warning" == found.state
    assert found.remedy is not None
    assert "--port 0" in found.remedy


def test_little_space_is_a_warning(tmp_path: Path):
    assert "ok" == free_space(tmp_path / "not" / "there", free=lambda _: 2_000_000_000).state
    assert "warning" == free_space(tmp_path, free=lambda _: 5_000_000).state


def test_an_extra_that_is_not_installed_is_named_with_its_command():
    found = extra_package("llm", "openai", find=lambda _: None)
    assert ("warning", "pip install 'assay[llm]'") == (found.state, found.remedy)


def test_a_key_is_never_shown():
    assert "set (not shown)" == provider_key("openai", present=True).found


def test_a_page_that_is_not_built_is_a_warning(tmp_path: Path):
    assert "warning" == page(tmp_path / "index.html").state
    (tmp_path / "index.html").write_text("")
    assert "ok" == page(tmp_path / "index.html").state
