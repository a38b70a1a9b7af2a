"""Moving from HoneyHive: the same function, dataset and evaluators under another import.

Run it with ``python examples/from_honeyhive.py [DATA_DIR]``. What was::

    from honeyhive import evaluate, evaluator
    evaluate(function=my_agent, dataset=rows, evaluators=[exact], api_key=..., project=...)

becomes the code below. To keep the ``honeyhive`` package instead, start ``assay up`` and
set ``HH_API_URL`` to its address.
"""

import sys

from assay import Client, compare_runs, evaluate, evaluator


ROWS = [
    {"inputs": {"query": "2 + 2"}, "ground_truth": {"answer": "4"}},
    {"inputs": {"query": "3 + 4"}, "ground_truth": {"answer": "7"}},
]


def my_agent(datapoint):
    """Take the whole datapoint, as there."""
    left, right = datapoint["inputs"]["query"].split(" + ")
    return {"answer": str(int(left) + int(right))}


@evaluator
def exact(outputs, inputs, ground_truth):
    """Take outputs, inputs and ground truth, as there."""
    return {"score": outputs["answer"] == ground_truth["answer"], "explanation": "compared"}


def main(data_dir=None):
    client = Client(data_dir=data_dir)
    first = evaluate(function=my_agent, dataset=ROWS, evaluators=[exact], client=client)
    second = evaluate(function=my_agent, dataset=ROWS, evaluators=[exact], client=client)
    comparison = compare_runs(client, second.run_id, first.run_id, "average")
    assert len(comparison.common_datapoints) == 2
    assert comparison.list_degraded_metrics() == []


if __name__ == "__main__":
    main(*sys.argv[1:2])
