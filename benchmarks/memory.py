"""How much more memory 100,000 items need than 1,000; prints the growth of the peak.

python benchmarks/memory.py --items 100000
"""

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from assay.core.datasets import Datapoint  # found beside this file
from assay.core.results import ItemResult, ItemStatus
from assay.execution import ExecutionSettings, WorkItem, execute


class CountingSink:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.items = 0

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:  # noqa: ARG002
        """Count a batch."""
        self.items += len(results)


async def candidate(item: WorkItem) -> ItemResult:
    await asyncio.sleep(0)
    return ItemResult(item.key, ItemStatus.SCORED, output="x" * 200, passed=True)


def datapoints(count: int) -> Iterator[Datapoint]:
    return (Datapoint(f"d{n}", {"question": f"Question {n} " * 10}) for n in range(count))


def carry_out(items: int) -> float:
    """Run so many items and return the seconds it took."""
    sink = CountingSink()
    began = time.perf_counter()
    asyncio.run(
        execute(
            candidate,
            datapoints(items),
            run_id="run",
            candidate_name="c",
            planned=items,
            sink=sink,
            settings=ExecutionSettings(concurrency=50),
            on_progress=lambda _: None,
        )
    )
    assert sink.items == items
    return time.perf_counter() - began


def peak_mebibytes() -> float:
    """Return the most memory this process ever held, in MiB.

    On Linux from /proc: the figure of ``getrusage`` would begin with the parent's peak.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    lines = status.read_text(encoding="utf-8").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return float(peak.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    items = parser.parse_args().items
    carry_out(1000)
    before = peak_mebibytes()
    seconds = carry_out(items)
    growth = peak_mebibytes() - before
    print(f"{items} items in {seconds:.1f} s ({seconds / items * 1e6:.0f} µs each)")
    print(f"peak {before:.1f} MiB at 1000 items, growth {growth:.1f} MiB")


if __name__ == "__main__":
    main()
