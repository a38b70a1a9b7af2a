"""How long commands take to start: wall and CPU seconds of fresh processes, the median of some.

Run it as ``python benchmarks/cli_start.py [ROUNDS]``. The first round warms the disk
cache and is not counted. ``python -c pass`` is what every Python program pays.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


RESULTS = Path(__file__).parent / "results" / "cli_start.json"
PROGRAM = "from assay.apps.cli.main import run; run()"
COMMANDS = ("--version", "--help", "bench --help", "bench run --help", "config show", "bench list")
TARGET_SECONDS = 0.3


def measure(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds of one process."""
    before = os.times()
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = os.times()
    cpu = after.children_user + after.children_system
    return wall, cpu - before.children_user - before.children_system


def main() -> None:
    """Print and store the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    sides = {"python -c pass": ["-c", "pass"]}
    sides |= {f"assay {each}": ["-c", PROGRAM, *each.split()] for each in COMMANDS}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for name, arguments in sides.items():
                figures = measure(arguments, Path(folder))
                if number:
                    taken[name].append(figures)
    figures_by_name = {
        name: {
            "wall_seconds": statistics.median(wall for wall, _ in figures),
            "cpu_seconds": statistics.median(cpu for _, cpu in figures),
        }
        for name, figures in taken.items()
    }
    print(f"{'command':26} {'wall':>8} {'CPU':>8}   (light commands: below {TARGET_SECONDS} s)")
    for name, values in figures_by_name.items():
        print(f"{name:26} {values['wall_seconds']:7.3f}s {values['cpu_seconds']:7.3f}s")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"rounds": rounds, "commands": figures_by_name}, indent=2) + "\n")


if __name__ == "__main__":
    main()
