"""The server's own account of calls: in memory, and in a file that outlives every client."""

import os
import threading
from collections import Counter
from pathlib import Path


class CallLog:
    """Counts calls by key; with a path, each call is also one appended line ``key``.

    A line is written, unbuffered, before the call is worked on, so that a client that is
    killed leaves a full account behind.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._descriptor = (
            None if path is None else os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        )

    def record(self, key: str) -> int:
        """Count one call and return which call of its key it is, from 1."""
        with self._lock:
            self._counts[key] += 1
            call = self._counts[key]
        if self._descriptor is not None:
            os.write(self._descriptor, key.replace("\n", " ").encode() + b"\n")
        return call

    @property
    def counts(self) -> dict[str, int]:
        """How many calls there were of each key."""
        with self._lock:
            return dict(self._counts)

    @property
    def total(self) -> int:
        """How many calls there were."""
        with self._lock:
            return self._counts.total()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_call_log(path: Path) -> Counter[str]:
    """Return how often each key was called, from the file a server keeps."""
    if not path.exists():
        return Counter()
    return Counter(path.read_text(encoding="utf-8").splitlines())
