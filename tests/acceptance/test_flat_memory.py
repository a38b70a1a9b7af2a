"""Memory stays flat however many items a run has."""

import subprocess
import sys
from pathlib import Path


SCRIPT = Path(__file__).parents[2] / "benchmarks" / "memory.py"
MOST_GROWTH_MEBIBYTES = 20.0


def test_a_hundred_thousand_items_need_no_more_memory_than_a_thousand() -> None:
    """The peak is measured in a process of its own, where nothing else allocates."""
    finished = subprocess.run(
        [sys.executable, str(SCRIPT), "--items", "100000"],
        check=True,
        capture_output=True,
        text=True,
    )
    growth = float(finished.stdout.split()[-2])
    assert growth < MOST_GROWTH_MEBIBYTES, finished.stdout
