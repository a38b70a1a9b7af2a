"""What tracing costs: a span, a session, and a hundred datapoints of fifty spans.

Prints one JSON line: nanoseconds of an untraced call of a traced function, microseconds of
a span made, encoded and handed over, and milliseconds of wall and CPU time per datapoint
with fifty spans each, stored by the embedded application and read back.

    python benchmarks/tracing.py [DATAPOINTS] [SPANS]
"""

import asyncio
import json
import sys
import tempfile
import threading
import time
from typing import Any

from assay import evaluate, trace
from assay.tracing.pipeline import pipeline
from assay.tracing.session import SessionInfo


@trace
def leaf(number: int) -> int:
    return number


def calls(count: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        leaf(number)
    return (time.perf_counter() - began) / count


async def spans(count: int) -> float:
    async def take(_body: bytes) -> int:
        return 0

    began = time.perf_counter()
    async with pipeline({"server": take}) as opened:
        with opened.tracer(SessionInfo("s", run_id="r", datapoint_id="d")).activated():
            for number in range(count):
                leaf(number)
                if opened.crowded:
                    await opened.room()
    assert opened.counts()["server"].exported == count
    return (time.perf_counter() - began) / count


async def sessions(count: int) -> float:
    async def take(_body: bytes) -> int:
        return 0

    async with pipeline({"server": take}) as opened:
        began = time.perf_counter()
        for number in range(count):
            with opened.tracer(SessionInfo(str(number), run_id="r")).activated():
                pass
        return (time.perf_counter() - began) / count


def run(datapoints: int, each: int) -> dict[str, Any]:
    def agent(inputs: dict[str, int]) -> int:
        for number in range(each):
            leaf(number)
        return inputs["n"]

    rows = [{"n": n} for n in range(datapoints)]
    with tempfile.TemporaryDirectory() as data_dir:
        evaluate(agent, dataset=rows[:5], data_dir=data_dir, print_results=False)
        wall, cpu = time.perf_counter(), time.process_time()
        result = evaluate(agent, dataset=rows, data_dir=data_dir, print_results=False)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    report = result.spans["server"]
    assert (report.exported, report.lost) == (datapoints * each, 0)
    return {
        "wall_ms_per_datapoint": round(1000 * wall / datapoints, 2),
        "cpu_ms_per_datapoint": round(1000 * cpu / datapoints, 2),
        "spans_per_second": round(datapoints * each / wall),
    }


def main(datapoints: int = 100, each: int = 50) -> None:
    figures = {
        "untraced_call_ns": round(1e9 * calls(100_000)),
        "span_us": round(1e6 * asyncio.run(spans(5_000)), 1),
        "session_us": round(1e6 * asyncio.run(sessions(10_000)), 1),
        "datapoints": datapoints,
        "spans_each": each,
        **run(datapoints, each),
        "threads_alive_after": threading.active_count(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
