"""Moving from promptfoo: its CSV test cases as a dataset with its assertions.

Run it with ``python examples/from_promptfoo.py [DATA_DIR]``.
"""

import sys
from pathlib import Path

from assay import Client, evaluate, importers


TESTS = Path(__file__).parent / "data" / "promptfoo_tests.csv"
DICTIONARY = {
    ("French", "Hello"): "Bonjour",
    ("French", "Thank you"): "Merci beaucoup",
    ("German", "Hello"): "Servus",
}


def translate(inputs):
    """Stand in for the prompt and the model of the promptfoo configuration."""
    return DICTIONARY[inputs["language"], inputs["text"]]


def main(data_dir=None):
    cases = importers.promptfoo_csv(TESTS)
    result = evaluate(
        translate,
        dataset=cases.rows,
        evaluators=cases.evaluators,
        name="translations",
        client=Client(data_dir=data_dir),
    )
    assert (len(result.passed), len(result.failed)) == (2, 1)


if __name__ == "__main__":
    main(*sys.argv[1:2])
