"""Evaluate a function, change it, and ask whether the change made it better.

Run it with ``python examples/experiments_basic.py [DATA_DIR]``. Without a server it keeps
its results in the data folder, by default ``.assay``.
"""

import sys

from assay import Client, EvalResult, compare_runs, evaluate, evaluator


ROWS = [
    {"inputs": {"question": f"What is {a} + {b}?"}, "ground_truth": {"answer": str(a + b)}}
    for a in range(10)
    for b in range(10)
]


def careless(inputs):
    """Add two numbers, but drop what is carried."""
    a, b = numbers_in(inputs["question"])
    return {"answer": str((a + b) % 10)}


def careful(inputs):
    """Add two numbers."""
    a, b = numbers_in(inputs["question"])
    return {"answer": str(a + b)}


def numbers_in(question):
    words = question.removesuffix("?").split()
    return int(words[2]), int(words[4])


@evaluator
def exact(outputs, ground_truth):
    return outputs["answer"] == ground_truth["answer"]


@evaluator(higher_is_better=False)
def distance(outputs, ground_truth):
    off = abs(int(outputs["answer"]) - int(ground_truth["answer"]))
    return EvalResult(score=off, reason=f"off by {off}")


def main(data_dir=None):
    client = Client(data_dir=data_dir)
    options = {"dataset": ROWS, "evaluators": [exact, distance], "client": client}
    old = evaluate(careless, name="careless adder", **options)
    new = evaluate(careful, name="careful adder", **options)
    comparison = compare_runs(client, new.run_id, old.run_id)
    comparison.print_table()
    assert comparison.list_improved_metrics() == ["exact", "distance"]


if __name__ == "__main__":
    main(*sys.argv[1:2])
