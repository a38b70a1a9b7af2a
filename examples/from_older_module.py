"""Moving from the older names: both work side by side, and the older ones say where to go.

Run it with ``python examples/from_older_module.py [DATA_DIR]``.
"""

import sys
import warnings

import assay
from assay import Client, evaluation


ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": n * n}} for n in range(5)]


def square(inputs):
    return {"answer": inputs["n"] ** 2}


def correct(outputs, inputs, ground_truth):
    return outputs["answer"] == ground_truth["answer"]


def main(data_dir=None):
    client = Client(data_dir=data_dir)

    # before: from assay.evaluation import evaluate, evaluator
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = evaluation.evaluate(
            square, dataset=ROWS, evaluators=[evaluation.evaluator(correct)], client=client
        )
    for warning in caught:
        print(f"{warning.category.__name__}: {warning.message}")

    # after: from assay import evaluate, evaluator
    after = assay.evaluate(
        square, dataset=ROWS, evaluators=[assay.evaluator(correct)], client=client
    )
    assert before.metrics == after.metrics
    assert len(caught) == 2


if __name__ == "__main__":
    main(*sys.argv[1:2])
