"""Moves an alias in a process of its own for each line it is told, and kills it where told.

MLflow takes seconds to import, so it is imported once and forked. A line is a JSON object:
``calls``, a list of actions that begin at the same moment (``promote`` a version, ``rollback``,
``history``), each perhaps with ``die``, the ledger call from the intent on before which the
process ends, or ``kill_after`` so many seconds after its intent is written. The answer is a
list with what each process did, as a line of JSON.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, cast

from assay.core.errors import AssayError
from assay.core.eval_runs import LoggedStatus, RunStart
from assay.core.ledger import Ledger
from assay.gate import GateConfig, execute_promotion, execute_rollback, read_history, to_jsonable
from assay.tracking import MlflowLedger, open_ledger


PROMPT = "tone"
VERSIONS = 4
EVAL_TYPES = ("assay", "assay-tone", "assay-tools")
CONFIG = GateConfig()


class TellingLedger:
    """A ledger that tells every call after the first intent, and may die before one."""

    def __init__(self, ledger: Ledger, *, tell: Callable[[str], None], die: int | None) -> None:
        self._ledger = ledger
        self._tell = tell
        self._die = die
        self._calls: int | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if self._calls is not None:
                if self._calls == self._die:
                    os.kill(os.getpid(), signal.SIGKILL)
                self._calls += 1
                self._tell(name)
            answer = found(*arguments, **options)
            if name == "set_prompt_tag" and str(arguments[1]).endswith(".intent"):
                self._calls = self._calls or 0
                self._tell("intent")
            return answer

        return call


def prepare(ledger: Ledger) -> None:
    """Register versions, each with a complete run of every eval type that passes."""
    for version in range(1, VERSIONS + 1):
        ledger.register_version(PROMPT, f"text {version}")
        for name in EVAL_TYPES:
            run = ledger.start_run(RunStart(name, "run", {f"prompt.{PROMPT}": f"v{version}"}))
            ledger.log_metrics(run, {"pass_rate": 0.9, "total_cases": 10, "error_cases": 0})
            ledger.finish_run(run, LoggedStatus.FINISHED)
    ledger.set_alias(PROMPT, "production", 1)


def act(opened: MlflowLedger, call: dict[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
    """Do one action and return what came of it."""
    ledger = cast("Ledger", TellingLedger(opened, tell=tell, die=call.get("die")))
    try:
        if call["do"] == "history":
            return {"history": to_jsonable(read_history(ledger, PROMPT))}
        if call["do"] == "rollback":
            done = execute_rollback(
                ledger, CONFIG, PROMPT, alias="production", reason="test", actor="ada"
            )
            return {"executed": True, "audit": to_jsonable(done)}
        version = call["version"]
        return execute_promotion(ledger, CONFIG, PROMPT, version=version, actor="bob").to_json()
    except AssayError as error:
        return {"executed": False, "error": type(error).__name__, "message": str(error)}


def child(ledger: MlflowLedger, call: dict[str, Any], *, gate: int, output: int) -> None:
    """Wait until all are there, then act and write what happens, line by line."""
    forget_connections(ledger)

    def tell(line: str) -> None:
        os.write(output, f"{line}\n".encode())

    os.read(gate, 1)
    tell(json.dumps(act(ledger, call, tell)))


def forget_connections(ledger: MlflowLedger) -> None:
    """Leave the parent's connections to the parent: a process opens its own."""
    backend: Any = ledger._backend  # opening anew takes MLflow half a second
    for store in (backend._tracking, backend._registry):  # the same
        store.engine.dispose(close=False)


def run_all(ledger: MlflowLedger, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fork a process for each call, let them go at once, and collect what they told."""
    opening, opener = os.pipe()
    children: list[tuple[int, int]] = []
    for call in calls:
        told, telling = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(opener)
            child(ledger, call, gate=opening, output=telling)
            os._exit(0)
        os.close(telling)
        children.append((process, told))
    os.close(opening)
    os.close(opener)  # end of file for all of them at once
    return [
        collect(process, told, call.get("kill_after"))
        for (process, told), call in zip(children, calls, strict=True)
    ]


def collect(process: int, told: int, kill_after: float | None) -> dict[str, Any]:
    """Read what a process tells until it ends; kill it some time after its intent."""
    data = b""
    deadline: float | None = None
    while True:
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([told], [], [], wait)
        if not ready:
            os.kill(process, signal.SIGKILL)
            deadline = None
            continue
        some = os.read(told, 65536)
        if not some:
            break
        if kill_after is not None and b"intent" in some and b"intent" not in data:
            deadline = time.monotonic() + kill_after
        data += some
    os.close(told)
    _, status = os.waitpid(process, 0)
    lines = data.decode().splitlines()
    killed = os.WIFSIGNALED(status)
    return {
        "killed": killed,
        "steps": [line for line in lines if not line.startswith("{")],
        "answer": json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None,
    }


def main(uri: str) -> None:
    """Prepare, then do as told until the input ends."""
    ledger = open_ledger(uri)
    prepare(ledger)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run_all(ledger, json.loads(line)["calls"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
