"""A dataset of your own: from a file, as rows, or from a frame; ids follow from the content.

Run it with ``python examples/external_dataset.py [DATA_DIR]``.
"""

import sys
from pathlib import Path

from assay import Client, evaluate, evaluators, prepare_external_dataset


DATA = Path(__file__).parent / "data" / "capitals.csv"
CAPITALS = {"France": "Paris", "Germany": "Berlin", "Peru": "Lima", "Kenya": "Mombasa"}


def capital_of(inputs):
    return {"answer": CAPITALS[inputs["country"]]}


def main(data_dir=None):
    result = evaluate(
        capital_of,
        dataset=DATA,
        evaluators=[evaluators.exact_match()],
        name="capitals from a file",
        client=Client(data_dir=data_dir),
    )
    assert result.failed == ["EXT-ke"]

    # Without ids, content decides: the same row has the same id wherever it stands.
    rows = [{"country": "France"}, {"country": "Peru"}]
    _, ids = prepare_external_dataset(rows)
    _, shuffled = prepare_external_dataset([{"country": "Kenya"}, *reversed(rows)])
    assert ids == [shuffled[2], shuffled[1]]


if __name__ == "__main__":
    main(*sys.argv[1:2])
