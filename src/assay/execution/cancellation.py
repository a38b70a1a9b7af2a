"""Asking a running execution to end, from any thread."""

import threading
from collections.abc import Callable


class Cancellation:
    """A request to end; once made it stays.

    What finished is stored before the execution returns; what was in flight is dropped
    and runs again on a resume.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the end was asked for."""
        return self.reason is not None

    @property
    def reason(self) -> str | None:
        """Why, or None while nobody asked."""
        with self._lock:
            return self._reason

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask for the end; only the first reason counts."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when the end is asked for, or now if it was; returns how to leave.

        The listener runs in the thread that cancels and must not block or raise.
        """
        with self._lock:
            self._listeners.append(listener)
            late = self._reason is not None
        if late:
            listener()
        return lambda: self._leave(listener)

    def _leave(self, listener: Callable[[], None]) -> None:
        with self._lock:
            self._listeners.remove(listener)
