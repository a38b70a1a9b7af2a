"""A process that carries out one evaluation-like run as often as it is told.

It loads everything once, then forks for each line on its input: the child resumes the
run from its database and may be killed at any moment. It prints the child's process id
and, when the child has ended, its exit code.
"""

import argparse
import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.core.chat import ChatMessage, ChatRequest
from assay.core.datasets import Datapoint
from assay.core.errors import ModelCallError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution import ExecutionSettings, WorkItem, execute
from assay.llm.gateway import Gateway, GatewaySettings


REPEATS = 2
RUN_ID = "run"


class SqliteSink:
    """Keeps a row per write, without a key, so that an item stored twice is seen."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS items (run TEXT, id TEXT, repeat INT, status TEXT)"
        )

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?)",
                [(run_id, *result.key, result.status.value) for result in results],
            )

    def done(self) -> dict[ItemKey, ItemStatus]:
        rows = self._connection.execute("SELECT id, repeat, status FROM items")
        return {ItemKey(name, repeat): ItemStatus(status) for name, repeat, status in rows}


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

    sink = SqliteSink(options.database)
    await execute(
        candidate,
        datapoints(options.datapoints),
        run_id=RUN_ID,
        candidate_name="any",
        planned=options.datapoints * REPEATS,
        sink=sink,
        settings=ExecutionSettings(repeats=REPEATS, concurrency=options.concurrency),
        done=sink.done(),
    )
    await gateway.aclose()


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
