"""What does a datapoint cost here and elsewhere? One run beside the installed peers.

A function that returns at once, two evaluators, results stored and read back. Every
measurement is a fresh process that warms up with a few datapoints first; the sides take
turns, round by round, and the medians count. Each peer needs an environment of its own:

    python benchmarks experiments_peers --honeyhive-python A/bin/python
        --pydantic-evals-python B/bin/python --mlflow-python C/bin/python
        --phoenix-python D/bin/python --inspect-python E/bin/python

A peer without a Python is left out, and the result file says so. What the clock sees is the
call that evaluates. Ours stores everything and reads the result back within that call;
what the others stored is read after it, uncounted.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peer_servers import SIDES, environment, our_server, phoenix_server


HERE = Path(__file__).resolve().parent
SIDE_SECONDS = 1800.0
OURS = "assay"


@dataclass(frozen=True)
class Side:
    """One way of evaluating the same datapoints.

    Attributes:
        stores: Where results are afterwards.
        peer: The option that names its Python, or None for our own.
        server: Which server it needs.
        slow: Whether it takes minutes, and may be given fewer datapoints and rounds.
    """

    name: str
    script: str
    stores: str
    peer: str | None = None
    flags: tuple[str, ...] = ()
    server: str | None = None
    slow: bool = False


ALL = (
    Side(OURS, "assay_side.py", "SQLite, embedded"),
    Side("assay, served", "assay_side.py", "SQLite, our server by HTTP", server="assay"),
    Side("assay, a span each", "assay_side.py", "SQLite, embedded", flags=("--traced",)),
    Side("pydantic-evals", "pydantic_evals_side.py", "nothing", "pydantic_evals"),
    Side(
        "pydantic-evals, traced",
        "pydantic_evals_side.py",
        "spans in memory",
        "pydantic_evals",
        ("--traced",),
    ),
    Side("inspect", "inspect_side.py", "its log file", "inspect"),
    Side(
        "honeyhive",
        "honeyhive_side.py",
        "SQLite, our server by HTTP",
        "honeyhive",
        server="assay",
        slow=True,
    ),
    Side(
        "phoenix",
        "phoenix_side.py",
        "SQLite, its server by HTTP",
        "phoenix",
        server="phoenix",
        slow=True,
    ),
    Side("mlflow", "mlflow_side.py", "SQLite, embedded", "mlflow", slow=True),
)


def main() -> None:
    options = parse(sys.argv[1:])
    sides = [side for side in ALL if python_of(side, options) is not None]
    rounds: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    for number in range(options.rounds):
        for side in sides[number % len(sides) :] + sides[: number % len(sides)]:
            if number >= (options.slow_rounds if side.slow else options.rounds):
                continue
            taken = measure(side, options)
            rounds[side.name].append(taken)
            each = 1000 * taken["seconds"] / taken["datapoints"]
            load = taken["load_before"]
            print(f"round {number + 1}: {side.name:24} {each:8.2f} ms (load {load})", flush=True)
            result = summary(rounds, options)  # now: a run that is ended early keeps its file
            options.output.parent.mkdir(parents=True, exist_ok=True)
            options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)
    print(f"written to {options.output}")


def python_of(side: Side, options: argparse.Namespace) -> str | None:
    if side.peer is None:
        return sys.executable
    named: str | None = getattr(options, f"{side.peer}_python")
    return None if named is None else os.path.abspath(named)  # noqa: PTH100 - no link is followed


def measure(side: Side, options: argparse.Namespace) -> dict[str, Any]:
    """Run one side in a fresh process and a fresh folder; all its datapoints must be there."""
    python = python_of(side, options)
    assert python is not None
    datapoints = (options.slow_datapoints if side.slow else None) or options.datapoints
    with tempfile.TemporaryDirectory() as folder, server(side, options, folder) as url:
        command = [python, str(SIDES / side.script), *side.flags]
        command += ["--datapoints", str(datapoints), "--folder", folder]
        command += [] if url is None else ["--url", url]
        load = round(os.getloadavg()[0], 1)
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(own=side.peer is None),
            capture_output=True,
            text=True,
            timeout=SIDE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"{side.name} failed:\n{done.stderr[-4000:]}")
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["stored"] in {None, datapoints}, (side.name, told)
    return {**told, "datapoints": datapoints, "load_before": load}


def server(
    side: Side, options: argparse.Namespace, folder: str
) -> AbstractContextManager[str | None]:
    """Return the server of a side, running while the context is open."""
    if side.server == "assay":
        return our_server(folder)
    if side.server == "phoenix":
        return phoenix_server(str(python_of(side, options)), folder)
    return nullcontext()


def summary(rounds: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> dict[str, Any]:
    """Return what the result file holds."""
    medians = {name: middle(taken) for name, taken in rounds.items() if taken}
    stores = {side.name: side.stores for side in ALL}
    return {
        "format_version": 1,
        "datapoints": options.datapoints,
        "evaluators": 2,
        "sides": {
            name: {
                **median,
                "times_ours": times(rounds[name], rounds[OURS], "seconds"),
                "processor_times_ours": times(rounds[name], rounds[OURS], "cpu_seconds"),
                "stores": stores[name],
                "measured": len(rounds[name]),
                "rounds": rounds[name],
            }
            for name, median in medians.items()
        },
        "left_out": [side.name for side in ALL if side.name not in medians],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def times(taken: list[dict[str, Any]], ours: list[dict[str, Any]], key: str) -> float:
    """Return how many times ours, the median of the rounds' ratios: the load changes between them."""
    ratios = [
        one[key] / one["datapoints"] / (other[key] / other["datapoints"])
        for one, other in zip(taken, ours, strict=False)
    ]
    return round(statistics.median(ratios), 2) if ratios else 0.0


def middle(taken: list[dict[str, Any]]) -> dict[str, Any]:
    middle_of: Callable[[str], float] = lambda key: statistics.median(one[key] for one in taken)  # noqa: E731
    datapoints = taken[0]["datapoints"]
    return {
        "package": taken[0]["package"],
        "datapoints": datapoints,
        "wall_ms_per_datapoint": round(1000 * middle_of("seconds") / datapoints, 3),
        "cpu_ms_per_datapoint": round(1000 * middle_of("cpu_seconds") / datapoints, 3),
        "threads_alive_after": max(one["threads_alive_after"] for one in taken),
        "stored": taken[0]["stored"],
    }


def show(result: dict[str, Any]) -> None:
    print("| side | wall ms | processor ms | x ours | threads left | results are in |")
    print("|---|---|---|---|---|---|")
    for name, side in result["sides"].items():
        print(
            f"| {name} ({side['package']}) | {side['wall_ms_per_datapoint']:.2f} "
            f"| {side['cpu_ms_per_datapoint']:.2f} | {side['times_ours']:.1f} "
            f"| {side['threads_alive_after']} | {side['stores']} |"
        )
    if result["left_out"]:
        print(f"left out, for no Python was given: {', '.join(result['left_out'])}")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--datapoints", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=2, help="of slow peers")
    parser.add_argument("--slow-datapoints", type=int, help="of slow peers, by default as many")
    for peer in sorted({side.peer for side in ALL if side.peer is not None}):
        parser.add_argument(
            f"--{peer.replace('_', '-')}-python", help=f"an interpreter that has {peer}"
        )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "experiments_peers.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
