"""Is the new version really better, and on which datapoints?

Run it with ``python examples/comparison.py [DATA_DIR]``.
"""

import sys

from assay import Client, compare_runs, evaluate, evaluators


ROWS = [{"inputs": {"n": n}, "ground_truth": {"even": n % 2 == 0}} for n in range(60)]


def guess(inputs):
    return {"even": inputs["n"] % 3 == 0}


def think(inputs):
    return {"even": inputs["n"] % 2 == 0 if inputs["n"] < 55 else None}


def main(data_dir=None):
    client = Client(data_dir=data_dir)
    options = {"dataset": ROWS, "evaluators": [evaluators.exact_match()], "client": client}
    old = evaluate(guess, name="guess", **options)
    new = evaluate(think, name="think", **options)

    comparison = compare_runs(client, new.run_id, old.run_id)
    comparison.print_table()
    delta = comparison.get_metric_delta("exact_match")
    print(f"{delta.improved_count} got better, {delta.degraded_count} got worse")
    print(f"p = {delta.significance.p_value_adjusted:.2g} ({delta.significance.test})")
    print("worse on:", ", ".join(delta.degraded))
    assert delta.significance.p_value_adjusted < 0.05


if __name__ == "__main__":
    main(*sys.argv[1:2])
