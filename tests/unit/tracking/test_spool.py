"""What is appended is there after any death; what was half-written is not."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ConflictError, LedgerError
from assay.tracking.spool import Spool


ROOM = 10**6


def a_spool(folder: Path, *, max_bytes: int = ROOM, segment_bytes: int = 200) -> Spool:
    return Spool(folder, max_bytes=max_bytes, segment_bytes=segment_bytes)


def numbers(spool: Spool, limit: int = 1000) -> list[int]:
    return [record.content["n"] for record in spool.take(limit)]


def test_records_come_in_order_and_stay_until_acknowledged(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path)) as spool:
        for number in range(20):
            spool.append({"n": number})
        assert spool.pending == 20
        assert numbers(spool, 3) == [0, 1, 2]
        spool.acknowledge(spool.take(15))
        assert numbers(spool) == [15, 16, 17, 18, 19]
        assert spool.pending == 5
    with closing(a_spool(tmp_path)) as spool:
        assert numbers(spool) == [15, 16, 17, 18, 19]
        assert spool.pending == 5


def test_delivered_segments_give_their_room_back(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path, max_bytes=400)) as spool:
        for number in range(100):
            spool.append({"n": number})
            if number % 5 == 4:
                spool.acknowledge(spool.take(5))
        assert len(list(tmp_path.glob("0*.jsonl"))) <= 2


def test_runs_are_remembered_with_what_was_delivered(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path)) as spool:
        spool.append({"n": 1})
        spool.runs["local-1"] = "abc"
        spool.acknowledge(spool.take(1))
    with closing(a_spool(tmp_path)) as spool:
        assert spool.runs == {"local-1": "abc"}
        assert spool.pending == 0


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 400), st.integers(0, 12))
def test_a_death_at_any_byte_loses_only_what_was_half_written(
    count: int, cut: int, delivered: int
) -> None:
    """The last file is cut anywhere; whole records stay, and new ones follow them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(a_spool(folder)) as spool:
            for number in range(count):
                spool.append({"n": number})
            done = spool.take(delivered) if delivered else []
            if done:
                spool.acknowledge(done)
        last = max(folder.glob("0*.jsonl"))
        whole = last.read_bytes()
        kept = max(len(whole) - cut, done[-1].end_bytes if done else 0)
        last.write_bytes(whole[:kept])
        lost = whole[kept:].count(b"\n")
        with closing(a_spool(folder)) as spool:
            spool.append({"n": 99})
            expected = [*range(len(done), count - lost), 99]
            assert numbers(spool) == expected
            assert spool.pending == len(expected)


def test_a_damaged_record_in_the_middle_is_named(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path, segment_bytes=ROOM)) as spool:
        for number in range(3):
            spool.append({"n": number})
    path = tmp_path / "00000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"n":1}', b'{"n":7}'))
    with pytest.raises(LedgerError, match=r"00000001\.jsonl: the record at byte 17 is damaged"):
        a_spool(tmp_path, segment_bytes=ROOM)
    with pytest.raises(LedgerError):  # the refusal gave the folder back: the same words again
        a_spool(tmp_path, segment_bytes=ROOM)


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path)), pytest.raises(ConflictError, match="has the buffer"):
        a_spool(tmp_path)
    a_spool(tmp_path).close()


def test_the_bound_refuses_a_record_and_keeps_the_others(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path, max_bytes=40)) as spool:
        spool.append({"n": 0})
        spool.append({"n": 1})
        with pytest.raises(LedgerError, match="is full: 2 records"):
            spool.append({"n": 2})
        spool.acknowledge(spool.take(1))
        spool.append({"n": 3})
        assert numbers(spool) == [1, 3]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """The kernel writes a part and refuses the rest, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path, segment_bytes=ROOM)) as spool:
        spool.append({"n": 0})
        with no_file_above(25), pytest.raises(LedgerError, match="Nothing of this record is kept"):
            spool.append({"n": 1})
        spool.append({"n": 2})
        assert numbers(spool) == [0, 2]
    with closing(a_spool(tmp_path)) as spool:
        assert numbers(spool) == [0, 2]


def test_what_was_refused_is_kept_beside_the_queue(tmp_path: Path) -> None:
    with closing(a_spool(tmp_path)) as spool:
        assert spool.refused() == []
        spool.append({"n": 0})
        spool.append({"n": 1})
        spool.refuse(spool.take(1)[0], "no such run")
        assert numbers(spool) == [1]
    with closing(a_spool(tmp_path)) as spool:
        assert spool.refused() == [{"n": 0, "refused": "no such run"}]


@pytest.mark.parametrize(
    ("state", "words"), [("{", "is damaged"), ('{"format_version": 2}', "format 2")]
)
def test_a_state_that_cannot_be_read_is_named(tmp_path: Path, state: str, words: str) -> None:
    (tmp_path / "state.json").write_text(state)
    with pytest.raises(LedgerError, match=f"state.json.*{words}"):
        a_spool(tmp_path)


def test_what_is_closed_takes_no_more(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.close()
    with pytest.raises(ConflictError, match="is closed"):
        spool.append({"n": 0})


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be opened"):
        a_spool(tmp_path / "file")
