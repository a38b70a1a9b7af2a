"""Records on disk until they are delivered: appended durably, taken in order, never half.

A folder holds numbered segments of lines ``crc32 JSON``, the state (how far delivery is, and
which run of the server each local run is), a lock, and what the server refused. The state may
be older than the truth: delivering a record twice must change nothing.
"""

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from assay.core.errors import ConflictError, LedgerError
from assay.kit.atomic_files import write_atomic


FORMAT_VERSION: Final = 1
SEGMENT_BYTES: Final = 4 * 2**20
_STATE: Final = "state.json"
_REFUSED: Final = "refused.jsonl"
_LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class Record:
    """One appended record.

    Attributes:
        segment: The number of its file.
        end_bytes: Where in the file it ends.
    """

    content: Mapping[str, Any]
    segment: int
    end_bytes: int


class Spool:
    """An append-only queue in a folder that one process owns; appending is thread-safe.

    One thread takes and acknowledges. Every method but ``append`` may raise ``LedgerError``
    for a folder that cannot be used.
    """

    def __init__(self, folder: Path, *, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the folder, or make it; what a killed process left half-written is cut off.

        Raises:
            ConflictError: If another process has it open.
            LedgerError: If it cannot be used, or a record in it is damaged.
        """
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._appending = Lock()
        self._closed = False
        self._lock_file = _own(folder)
        try:
            self._state = _read_state(folder / _STATE)
            self._count = 0
            self._sizes = self._recover()
            self._output = self._open_output(max(self._sizes))
        except BaseException:
            os.close(self._lock_file)
            raise

    @property
    def folder(self) -> Path:
        """Where the records are."""
        return self._folder

    @property
    def pending(self) -> int:
        """How many records are not acknowledged yet."""
        return self._count

    @property
    def runs(self) -> dict[str, str]:
        """The server's run of each local one, as far as known."""
        return self._state.runs

    def append(self, content: Mapping[str, Any]) -> None:
        """Store a record so that it survives this process and this machine's power.

        Raises:
            ConflictError: If the spool is closed.
            LedgerError: If the bound is reached or the disk is full; nothing is stored then.
        """
        line = _to_line(content)
        with self._appending:
            if self._closed:
                raise ConflictError(f"The buffer {self._folder} is closed.")
            self._make_room(len(line))
            number = max(self._sizes)
            if self._sizes[number] and self._sizes[number] + len(line) > self._segment_bytes:
                number = self._next_segment(number)
            self._write(number, line)
            self._sizes[number] += len(line)
            self._count += 1

    def take(self, limit: int) -> list[Record]:
        """Return up to ``limit`` of the oldest records that are not acknowledged."""
        with self._appending:
            sizes = sorted(self._sizes.items())
        found: list[Record] = []
        for segment, size in sizes:
            if segment < self._state.segment:
                continue
            for record in self._read(segment, self._start_of(segment), size):
                found.append(record)
                if len(found) == limit:
                    return found
        return found

    def acknowledge(self, records: list[Record]) -> None:
        """Mark the oldest records as delivered, and give back the room of finished segments."""
        last = records[-1]
        self._state = _State(last.segment, last.end_bytes, self._state.runs)
        self._save()
        with self._appending:
            self._count -= len(records)
            done = [each for each in self._sizes if each < last.segment]
            for segment in done:
                self._path(segment).unlink(missing_ok=True)
                del self._sizes[segment]

    def refuse(self, record: Record, reason: str) -> None:
        """Keep a record that the server will never take beside the queue, and go on."""
        line = _to_line({**record.content, "refused": reason})
        try:
            with (self._folder / _REFUSED).open("ab") as stream:
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise LedgerError(f"The buffer {self._folder} cannot be written: {error}") from error
        self.acknowledge([record])

    def refused(self) -> list[Mapping[str, Any]]:
        """Return what the server refused, with the reason in ``refused``."""
        path = self._folder / _REFUSED
        if not path.is_file():
            return []
        return [content for content, _ in _lines(path, 0, path.stat().st_size)]

    def close(self) -> None:
        """Give the folder back, once; records stay."""
        with self._appending:
            if not self._closed:
                self._closed = True
                os.close(self._output)
                os.close(self._lock_file)

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment:08d}.jsonl"

    def _make_room(self, extra: int) -> None:
        used = sum(self._sizes.values()) - self._state.offset
        if used + extra > self._max_bytes:
            raise LedgerError(
                f"The buffer {self._folder} is full: {self._count:,} records "
                f"({used / 2**20:.1f} MiB of {self._max_bytes / 2**20:.1f}) wait for the ledger. "
                "See that it runs, or give the buffer a larger bound."
            )

    def _next_segment(self, number: int) -> int:
        descriptor = self._open_output(number + 1)
        os.close(self._output)
        self._output = descriptor
        self._sizes[number + 1] = 0
        return number + 1

    def _open_output(self, segment: int) -> int:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._path(segment), flags, 0o600)
            _sync_folder(self._folder)
        except OSError as error:
            raise LedgerError(f"The buffer {self._folder} cannot be written: {error}") from error
        return descriptor

    def _write(self, segment: int, line: bytes) -> None:
        good = self._sizes[segment]
        try:
            if os.fstat(self._output).st_size != good:  # an earlier cut did not succeed
                os.ftruncate(self._output, good)
            written = os.write(self._output, line)
            if written != len(line):
                raise OSError(28, "No space left on device")  # noqa: TRY301  # a short write is one
            os.fsync(self._output)
        except OSError as error:
            self._cut(good)
            raise LedgerError(
                f"The buffer {self._folder} cannot be written: {error.strerror or error}. "
                "Nothing of this record is kept; make room on the disk and log it again."
            ) from error

    def _cut(self, size: int) -> None:
        try:
            os.ftruncate(self._output, size)
        except OSError:
            return  # the next append tries again, and a reader sees no further than `_sizes`

    def _recover(self) -> dict[int, int]:
        """Count what waits, and cut off a last line that was never finished."""
        numbers = sorted(int(path.stem) for path in self._folder.glob("[0-9]*.jsonl"))
        sizes = {number: self._path(number).stat().st_size for number in numbers}
        for number in numbers:
            if number < self._state.segment:
                continue  # delivered; acknowledging the next record removes it
            is_last = number == numbers[-1]
            start = min(self._start_of(number), sizes[number])
            ends = [at for _, at in _lines(self._path(number), start, sizes[number], torn=is_last)]
            self._count += len(ends)
            if is_last:
                sizes[number] = ends[-1] if ends else start
                os.truncate(self._path(number), sizes[number])
                if start < self._start_of(number):  # what is appended now must not be skipped
                    self._state = _State(number, start, self._state.runs)
        return sizes or {self._state.segment: 0}

    def _start_of(self, segment: int) -> int:
        return self._state.offset if segment == self._state.segment else 0

    def _read(self, segment: int, start: int, end: int) -> Iterator[Record]:
        for content, at in _lines(self._path(segment), start, end):
            yield Record(content, segment, at)

    def _save(self) -> None:
        content = {
            "format_version": FORMAT_VERSION,
            "segment": self._state.segment,
            "offset": self._state.offset,
            "runs": self._state.runs,
        }
        try:
            write_atomic(self._folder / _STATE, json.dumps(content).encode())
        except OSError as error:
            raise LedgerError(f"The buffer {self._folder} cannot be written: {error}") from error


@dataclass(frozen=True, slots=True)
class _State:
    segment: int
    offset: int
    runs: dict[str, str]


def _own(folder: Path) -> int:
    """Lock the folder for this process; the lock ends with it, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerError(f"The buffer {folder} cannot be opened: {error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise ConflictError(
            f"Another process has the buffer {folder} open; give each process its own folder."
        ) from error
    return descriptor


def _read_state(path: Path) -> _State:
    try:
        content = json.loads(path.read_bytes())
        if content["format_version"] != FORMAT_VERSION:
            raise LedgerError(
                f"{path} has the format {content['format_version']}; this version reads "
                f"{FORMAT_VERSION}. Open it with the version of Assay that wrote it."
            )
        return _State(content["segment"], content["offset"], dict(content["runs"]))
    except FileNotFoundError:
        return _State(1, 0, {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{path} is damaged ({error}); remove it: everything in the folder is then "
            "delivered again, which changes nothing that is already there."
        ) from error


def _to_line(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _lines(
    path: Path, start: int, end: int, *, torn: bool = False
) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the records between two offsets, each with its end.

    Args:
        path: The segment.
        start: In bytes.
        end: In bytes; nothing behind it is read.
        torn: Whether the last line may be unfinished: then it is left out.
    """
    with path.open("rb") as stream:
        stream.seek(start)
        while start < end:
            line = stream.readline()
            content = _from_line(line)
            if content is None:
                if torn and start + len(line) >= end:
                    return
                raise LedgerError(
                    f"{path}: the record at byte {start} is damaged; move the file away to go on "
                    "without what is in it."
                )
            start += len(line)
            yield content, start


def _from_line(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.partition(b" ")
    if not text.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text[:-1]):
        return None
    content: dict[str, Any] = json.loads(text)
    return content


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
