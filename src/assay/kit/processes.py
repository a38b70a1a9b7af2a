"""Marks of processes: to tell later whether the one that began something still runs."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path


_ENDED = "ZX"  # states of /proc: a zombie waits to be reaped, but does nothing any more


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process, told apart from a later one that was given the same number.

    Attributes:
        host: The machine's name.
        space: The boot and the process namespace, so that equal numbers mean the same process;
            empty where the system does not tell.
        started: When the process started, in the system's own ticks; empty where not told.
    """

    host: str
    pid: int
    space: str = ""
    started: str = ""


def this_process() -> ProcessMark:
    """Return the mark of the process that asks."""
    pid = os.getpid()
    return ProcessMark(socket.gethostname(), pid, space=_space(), started=_started(pid) or "")


def is_running(mark: ProcessMark) -> bool | None:
    """Return whether a process still runs; None where that cannot be told from here."""
    if mark.host != socket.gethostname() or mark.space != _space():
        return None
    try:
        os.kill(mark.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return None
    started = _started(mark.pid)
    if not mark.started:
        return None
    return started == mark.started


def _started(pid: int) -> str | None:
    """Return the start of a process as /proc tells it; None if it ended or there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *rest = fields.rpartition(")")[2].split()  # the name before may hold anything
    return None if state in _ENDED else rest[18]


def _space() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
