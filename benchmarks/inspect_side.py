"""Inspect's side of ``concurrency.py``; runs where ``inspect-ai`` is installed."""

import argparse
import json
import os
import tempfile
import time


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    options = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = "none"
    print(json.dumps(measure(options)))


def measure(options: argparse.Namespace) -> dict[str, float]:
    from inspect_ai import Task
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import get_model
    from inspect_ai.solver import generate

    model = get_model("openai/m", base_url=options.base_url, responses_api=False)
    samples = [Sample(input=f"Question {n}", id=f"d{n}") for n in range(options.calls)]
    task = Task(dataset=MemoryDataset(samples), solver=generate())
    with tempfile.TemporaryDirectory() as folder:
        began, used = time.perf_counter(), time.process_time()
        logs = evaluate(
            task,
            model=model,
            max_connections=options.concurrency,
            max_samples=options.concurrency,
            log_dir=folder,
            display="none",
            score=False,
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        done = [sample for sample in logs[0].samples or [] if sample.output.completion]
    return {"seconds": seconds, "cpu_seconds": cpu, "answered": len(done)}


if __name__ == "__main__":
    main()
