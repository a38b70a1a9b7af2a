"""What Assay itself costs per datapoint: a function that returns at once, two evaluators.

Everything is stored in the embedded application and read back. Prints one JSON line:
milliseconds of wall and CPU time per datapoint, the best of some rounds, the first round
(which loads the server's code) apart.

    python benchmarks/experiments_overhead.py [DATAPOINTS] [ROUNDS]
"""

import json
import sys
import tempfile
import threading
import time
from typing import Any

from assay import evaluate, evaluator


@evaluator
def exact(outputs: dict[str, int], ground_truth: dict[str, int]) -> bool:
    return outputs == ground_truth


@evaluator
def size(outputs: dict[str, int]) -> float:
    return float(outputs["answer"])


def echo(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": inputs["n"]}


def measure(rows: list[dict[str, Any]], data_dir: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = evaluate(
        echo, dataset=rows, evaluators=[exact, size], data_dir=data_dir, print_results=False
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert len(result.passed) == len(rows)
    return 1000 * wall / len(rows), 1000 * cpu / len(rows)


def main(datapoints: int = 1000, rounds: int = 5) -> None:
    rows = [{"inputs": {"n": n}, "ground_truth": {"answer": n}} for n in range(datapoints)]
    with tempfile.TemporaryDirectory() as data_dir:
        measured = [measure(rows, data_dir) for _ in range(rounds + 1)]
    first, later = measured[0], measured[1:]
    figures = {
        "datapoints": datapoints,
        "rounds": rounds,
        "first_wall_ms_per_datapoint": round(first[0], 3),
        "wall_ms_per_datapoint": round(min(wall for wall, _ in later), 3),
        "cpu_ms_per_datapoint": round(min(cpu for _, cpu in later), 3),
        "threads_alive_after": threading.active_count(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
