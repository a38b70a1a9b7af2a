"""``python -m assay.testing.model_server --port 0``: prints the port, serves until it is ended."""

import argparse
import asyncio
import sys
from pathlib import Path

from assay.testing.model_server.behaviour import BY_NAME, Plan
from assay.testing.model_server.call_log import CallLog
from assay.testing.model_server.server import port_of, serve


def main(arguments: list[str] | None = None) -> None:
    """Serve with the behaviour the arguments describe."""
    options = _parser().parse_args(arguments)
    plan = Plan(
        latency_seconds=options.latency,
        jitter_seconds=options.jitter,
        rates=dict(options.rate),
        text=options.text,
        cost_usd=options.cost,
        seed=options.seed,
    )
    asyncio.run(_serve(plan, CallLog(options.log), options.port))


async def _serve(plan: Plan, log: CallLog, port: int) -> None:
    server = await serve(plan, log, port=port)
    sys.stdout.write(f"{port_of(server)}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assay.testing.model_server")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per reply")
    parser.add_argument("--jitter", type=float, default=0.0, help="up to so many seconds more")
    parser.add_argument(
        "--rate",
        type=_rate,
        action="append",
        default=[],
        metavar="NAME=SHARE",
        help=f"share of requests that end so: {', '.join(BY_NAME)}",
    )
    parser.add_argument("--text", default="The answer to {key}.", help="what is answered")
    parser.add_argument("--cost", help="billed US dollars per reply")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, help="file that each call is appended to")
    return parser


def _rate(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    return name, float(share)


if __name__ == "__main__":
    main()
