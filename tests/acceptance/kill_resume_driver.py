"""A process that carries out one evaluation-like run as often as it is told.

It loads everything once, then forks for each line on its input: the child resumes the
run from its database and may be killed at any moment. It prints the child's process id
and, when the child has ended, its exit code.
"""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from assay.core.chat import ChatMessage, ChatRequest
from assay.core.datasets import Datapoint
from assay.core.errors import ConflictError, ModelCallError
from assay.core.ports import Store
from assay.core.results import ItemResult, ItemStatus
from assay.core.runs import Run, RunKind, RunStatus
from assay.execution import ExecutionSettings, WorkItem, execute
from assay.kit.clock import SYSTEM_CLOCK
from assay.llm.gateway import Gateway, GatewaySettings
from assay.store import open_store


REPEATS = 2
RUN_ID = "run"


def opened(database: Path) -> Store:
    """Open the product's own store, with the run in it."""
    store = open_store(f"sqlite:///{database}")
    now = SYSTEM_CLOCK.now()
    with contextlib.suppress(ConflictError):
        store.create_run(
            Run(RUN_ID, "default", "killed", RunKind.BENCH, RunStatus.RUNNING, now, now)
        )
    return store


def datapoints(count: int) -> Iterator[Datapoint]:
    return (Datapoint(f"d{number}", {"question": f"What is {number}?"}) for number in range(count))


async def resume(options: argparse.Namespace) -> None:
    gateway = Gateway(GatewaySettings(concurrency=options.concurrency))
    model = gateway.open(f"openai:any@{options.base_url}")

    async def candidate(item: WorkItem) -> ItemResult:
        request = ChatRequest(
            (ChatMessage("user", str(item.datapoint.inputs["question"])),),
            extra={"user": f"{item.datapoint.id}/{item.repeat}"},
            repeat=item.repeat,
        )
        reply = await model.complete(request)
        return ItemResult(item.key, ItemStatus.SCORED, output=reply.text, cost=reply.cost)

    store = opened(options.database)
    await execute(
        candidate,
        datapoints(options.datapoints),
        run_id=RUN_ID,
        candidate_name="any",
        planned=options.datapoints * REPEATS,
        sink=store,
        settings=ExecutionSettings(repeats=REPEATS, concurrency=options.concurrency),
        done=store.finished_keys(RUN_ID),
    )
    await gateway.aclose()
    store.close()


async def warm_up() -> None:
    """Load, before the first fork, all that a call loads: ask where nobody listens."""
    gateway = Gateway(GatewaySettings(retries=0))
    model = gateway.open("openai:any@http://127.0.0.1:1/v1")
    with contextlib.suppress(ModelCallError):
        await model.complete(ChatRequest((ChatMessage("user", "?"),)))
    await gateway.aclose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--datapoints", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(warm_up())
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(resume(options))
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
