"""Ready evaluators, settings from a file, a pipeline, a judge and a composite metric.

Run it with ``python examples/evaluators.py [DATA_DIR]``. The judge's model is a function
here; give it ``model="openai:gpt-4o"`` or any callable of yours.
"""

import json
import sys
from pathlib import Path

from assay import Client, evaluate, evaluator, evaluators


SETTINGS = Path(__file__).parent / "data" / "assay.toml"
ROWS = [
    {"inputs": {"question": "Capital of France?"}, "ground_truth": {"answer": "Paris"}},
    {"inputs": {"question": "Capital of Peru?"}, "ground_truth": {"answer": "Lima"}},
    {"inputs": {"question": "Capital of Kenya?"}, "ground_truth": {"answer": "Nairobi"}},
]
REPLIES = {"France": "Paris", "Peru": "Lyma", "Kenya": "It is Nairobi, my friend."}


def assistant(inputs):
    country = inputs["question"].removesuffix("?").split()[-1]
    return {"answer": REPLIES[country], "cost_usd": 0.0002}


def small_model(prompt):
    """Stand in for a hosted model: friendly answers are those that say so."""
    friendly = "my friend" in prompt
    return json.dumps({"reasoning": "looked for warm words", "score": 1 if friendly else 0})


def text(outputs):
    return outputs["answer"]


@evaluator(wraps=[text, str.split], checker="<=", target=4, asserts=False)
def words(outputs):
    return len(outputs)


def main(data_dir=None):
    result = evaluate(
        assistant,
        dataset=ROWS,
        evaluators=[
            evaluators.exact_match(asserts=False),
            evaluators.edit_similarity(),
            evaluators.regex(r"^[A-Z]", key="answer"),
            evaluators.latency(limit_seconds=60),
            evaluators.cost(limit_usd=0.001),
            evaluators.judge("Is it friendly?", model=small_model, name="friendly"),
            words,
        ],
        evaluator_settings_file=SETTINGS,
        name="assistant v1",
        client=Client(data_dir=data_dir),
    )
    metrics = result.metrics.get_all_metrics()
    exact, near = metrics["exact_match"].aggregate, metrics["edit_similarity"].aggregate
    assert abs(metrics["composite"].aggregate - (3 * exact + near) / 4) < 1e-12
    assert metrics["friendly"].count == 3


if __name__ == "__main__":
    main(*sys.argv[1:2])
