"""Files of runs on this machine, and places that cannot be reached."""

from pathlib import Path

import pytest

from assay.core.errors import LedgerError, NotFoundError
from assay.tracking.artifacts import list_files, local_folder, read_file, write_file


@pytest.mark.parametrize("prefix", ["", "file://", "file://localhost"])
def test_a_folder_is_written_listed_and_read(tmp_path: Path, prefix: str) -> None:
    uri = f"{prefix}{tmp_path}/run/artifacts"
    assert list_files(uri) == []
    write_file(uri, "cases.json", b"one")
    write_file(uri, "cases.json", b"two")
    (tmp_path / "run" / "artifacts" / "models").mkdir()
    assert list_files(uri) == ["cases.json"]
    assert read_file(uri, "cases.json") == b"two"
    with pytest.raises(NotFoundError, match="no artifact"):
        read_file(uri, "other.json")


def test_a_place_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    uri = str(tmp_path / "file")
    with pytest.raises(LedgerError, match="cannot be read"):
        list_files(uri)
    with pytest.raises(LedgerError, match="cannot be read"):
        read_file(uri, "cases.json")
    with pytest.raises(LedgerError, match="cannot be written"):
        write_file(uri, "cases.json", b"")


def test_escapes_in_a_file_uri_are_read() -> None:
    assert local_folder("file:///data/my%20runs") == Path("/data/my runs")
    assert local_folder("s3://bucket/runs") is None
    assert local_folder("file://elsewhere/runs") is None


def test_what_only_a_server_reaches_says_so() -> None:
    for call in (list_files, lambda uri: write_file(uri, "cases.json", b"")):
        with pytest.raises(LedgerError, match="use the server's http:// URL"):
            call("mlflow-artifacts:/1/run/artifacts")
