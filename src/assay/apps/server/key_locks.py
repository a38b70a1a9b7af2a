"""Locks by name, there only while somebody holds or awaits them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class KeyLocks:
    """One lock per name in use, so that two who name the same go one after the other."""

    def __init__(self) -> None:
        """Start with no name in use."""
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold the lock of ``name``."""
        with self._guard:
            lock, users = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, users = self._locks.pop(name)
                if users > 1:
                    self._locks[name] = (lock, users - 1)
