"""Looks at the registry every few seconds, in a thread that ends when it is told to."""

import threading
from collections.abc import Callable

from assay.kit.log import get_logger


POLL_SECONDS = 10.0
"""Time between two looks: a new version's core suite starts well within 30 s."""

STOP_SECONDS = 15.0


class PromptWatch:
    """Calls ``look`` again and again; a defect in it is logged and the watch goes on."""

    def __init__(self, look: Callable[[], None], *, poll_seconds: float = POLL_SECONDS) -> None:
        """Take what to call, and the time between two calls."""
        self._look = look
        self._poll_seconds = poll_seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with a first look at once."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, name="assay-prompts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a look that is under way is waited for."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                self._look()
            except Exception:  # noqa: BLE001  # a defect ends one look, not the watch
                get_logger("registrations").exception("prompt_watch_broke")
            self._ended.wait(self._poll_seconds)
