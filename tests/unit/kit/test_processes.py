"""Marks of processes: running, ended, another one with the same number, another machine."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from assay.kit.processes import ProcessMark, is_running, this_process


def test_this_process_runs():
    assert os.getpid() == this_process().pid
    assert is_running(this_process()) is True


def test_a_process_that_was_killed_has_ended_even_before_it_is_reaped():
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        mine = this_process()
        started = _started(child.pid)
        mark = replace(mine, pid=child.pid, started=started)
        running = is_running(mark)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        zombie = is_running(mark)
    reaped = is_running(mark)

    assert (True, False, False) == (running, zombie, reaped)


def _started(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123  # as the kernel says
        return file.read().rpartition(")")[2].split()[19]


def test_a_later_process_with_the_same_number_is_another():
    assert is_running(replace(this_process(), started="1")) is False


@pytest.mark.parametrize(
    "mark",
    [
        replace(this_process(), host="elsewhere"),
        replace(this_process(), space="another boot"),
        replace(this_process(), started=""),
        ProcessMark("elsewhere", 1),
    ],
)
def test_what_cannot_be_told_from_here_is_not_told(mark):
    assert is_running(mark) is None
