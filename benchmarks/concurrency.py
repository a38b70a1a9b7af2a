"""Model calls in flight: the engine beside a bare asyncio loop and beside Inspect.

Every side makes the same calls of the same latency, as many at once, against a loopback
model server in a process of its own. The engine stores every row in SQLite; the bare
loop (a semaphore and ``gather`` over the ``openai`` client) stores nothing. Each
measurement is a fresh process; sides alternate; only the calls are timed, not imports.

    python benchmarks/concurrency.py
    python benchmarks/concurrency.py --inspect-python other-venv/bin/python
"""

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


HERE = Path(__file__).resolve()
SOURCE = HERE.parents[1] / "src"
INSPECT = HERE.parent / "inspect_side.py"


def main() -> None:
    options = parse(sys.argv[1:])
    if options.side is not None:
        print(json.dumps(SIDES[options.side](options)))
        return
    rounds: dict[str, list[dict[str, float]]] = {"bare": [], "assay": [], "inspect": []}
    if not knows_inspect(options.inspect_python):
        print("inspect: not measured (give --inspect-python with inspect-ai installed)")
        del rounds["inspect"]
    with model_server(options.latency) as base_url:
        for number in range(options.rounds):
            for side, taken in rounds.items():
                taken.append(measure(side, base_url, options))
                print(f"round {number + 1}: {line(side, taken[-1])}", flush=True)
    report(rounds, options)


def line(side: str, taken: dict[str, float]) -> str:
    return f"{side:8} {taken['seconds']:7.2f} s   {taken['cpu_seconds']:6.2f} s of CPU"


def report(rounds: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> None:
    ideal = options.calls * options.latency / options.concurrency
    medians = {side: middle(taken) for side, taken in rounds.items()}
    ratios = {
        side: taken["seconds"] / medians["bare"]["seconds"] for side, taken in medians.items()
    }
    print(f"ideal    {ideal:7.2f} s")
    for side, taken in medians.items():
        print(f"median   {line(side, taken)}   {ratios[side]:.3f} × the bare loop")
    result = {
        "format_version": 1,
        "calls": options.calls,
        "concurrency": options.concurrency,
        "latency_seconds": options.latency,
        "ideal_seconds": ideal,
        "rounds": rounds,
        "median": medians,
        "ratio_to_bare": ratios,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"written to {options.output}")


def middle(taken: list[dict[str, float]]) -> dict[str, float]:
    keys = ("seconds", "cpu_seconds")
    return {key: statistics.median(one[key] for one in taken) for key in keys}


def measure(side: str, base_url: str, options: argparse.Namespace) -> dict[str, float]:
    """Run one side in a fresh process and return its times; every row must be there."""
    shared = ["--base-url", base_url, "--calls", str(options.calls)]
    shared += ["--concurrency", str(options.concurrency)]
    if side == "inspect":
        command = [options.inspect_python, str(INSPECT), *shared]
    else:
        command = [sys.executable, str(HERE), "--side", side, *shared]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    outcome = json.loads(finished.stdout.strip().splitlines()[-1])
    assert outcome["answered"] == options.calls, outcome
    return {"seconds": outcome["seconds"], "cpu_seconds": outcome["cpu_seconds"]}


def bare(options: argparse.Namespace) -> dict[str, Any]:
    """The least anybody can do: a semaphore and ``gather`` over the client."""
    import httpx2
    import openai

    limits = httpx2.Limits(
        max_connections=options.concurrency, max_keepalive_connections=options.concurrency
    )

    async def run() -> dict[str, Any]:
        client = openai.AsyncOpenAI(
            api_key="none",
            base_url=options.base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(limits=limits, timeout=60),
        )
        slots = asyncio.Semaphore(options.concurrency)

        async def call(number: int) -> str | None:
            async with slots:
                reply = await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": f"Question {number}"}]
                )
                return reply.choices[0].message.content

        await call(-1)
        began, used = time.perf_counter(), time.process_time()
        texts = await asyncio.gather(*(call(number) for number in range(options.calls)))
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        await client.close()
        answered = sum(text is not None for text in texts)
        return {"seconds": seconds, "cpu_seconds": cpu, "answered": answered}

    return asyncio.run(run())


def assay(options: argparse.Namespace) -> dict[str, Any]:
    """The engine and the gateway, each row stored in SQLite before it counts."""
    sys.path.insert(0, str(SOURCE))
    from assay.core.chat import ChatMessage, ChatRequest
    from assay.core.datasets import Datapoint
    from assay.core.ports import Store
    from assay.core.results import ItemResult, ItemStatus
    from assay.core.runs import Run, RunKind, RunStatus
    from assay.execution import ExecutionSettings, WorkItem, execute
    from assay.kit.clock import SYSTEM_CLOCK
    from assay.llm.gateway import Gateway, GatewaySettings
    from assay.store import open_store

    async def run(store: Store) -> dict[str, Any]:
        gateway = Gateway(GatewaySettings(concurrency=options.concurrency))
        model = gateway.open(f"openai:m@{options.base_url}")

        async def candidate(item: WorkItem) -> ItemResult:
            request = ChatRequest(
                (ChatMessage("user", str(item.datapoint.inputs["question"])),),
                datapoint_id=item.datapoint.id,
                repeat=item.repeat,
            )
            reply = await model.complete(request)
            return ItemResult(
                item.key,
                ItemStatus.SCORED,
                output=reply.text,
                usage=reply.usage,
                cost=reply.cost,
                latency_seconds=reply.latency_seconds,
                finish_reason=reply.finish_reason,
                attempts=reply.attempts,
            )

        await candidate(WorkItem("warm", Datapoint("warm", {"question": "?"}), 0))
        began, used = time.perf_counter(), time.process_time()
        await execute(
            candidate,
            (Datapoint(f"d{n}", {"question": f"Question {n}"}) for n in range(options.calls)),
            run_id="run",
            candidate_name="m",
            planned=options.calls,
            sink=store,
            settings=ExecutionSettings(concurrency=options.concurrency),
            on_progress=lambda _: None,
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        await gateway.aclose()
        return {"seconds": seconds, "cpu_seconds": cpu}

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/assay.sqlite")
        now = SYSTEM_CLOCK.now()
        kind, status = RunKind.BENCH, RunStatus.RUNNING
        store.create_run(Run("run", "default", "calls", kind, status, now, now))
        measured = asyncio.run(run(store))
        answered = sum(store.count_results("run").values())
        store.close()
    return {**measured, "answered": answered}


SIDES = {"bare": bare, "assay": assay}


def knows_inspect(python: str | None) -> bool:
    if python is None:
        return False
    asked = [python, "-c", "import importlib.util as u; exit(u.find_spec('inspect_ai') is None)"]
    return subprocess.run(asked, check=False).returncode == 0


@contextmanager
def model_server(latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "assay.testing.model_server", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SOURCE) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        finally:
            server.terminate()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inspect-python", help="an interpreter that has inspect-ai")
    parser.add_argument("--output", type=Path, default=HERE.parent / "results/concurrency.json")
    parser.add_argument("--side", choices=["bare", "assay"], help=argparse.SUPPRESS)
    parser.add_argument("--base-url", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
