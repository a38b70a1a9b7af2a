"""``evaluate()`` with OpenInference's real instrumentor; run where both packages are.

``SERVER_URL`` says where the runs go, ``MODEL_URL`` where the model is. Prints JSON.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
from openinference.instrumentation.openai import OpenAIInstrumentor

from assay import evaluate


ROWS = [{"inputs": {"number": number}} for number in range(20)]
model = openai.OpenAI(api_key="none", base_url=os.environ["MODEL_URL"], max_retries=0)
patient = openai.AsyncOpenAI(api_key="none", base_url=os.environ["MODEL_URL"], max_retries=0)


def question(text: str) -> dict[str, Any]:
    return {"model": "small", "messages": [{"role": "user", "content": text}]}


def ask(text: str) -> str:
    return str(model.chat.completions.create(**question(text)).choices[0].message.content)


def in_threads(inputs: dict[str, int]) -> str:
    """Ask once here and twice from a pool of its own."""
    first = ask(f"number {inputs['number']}")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, [f"number {inputs['number']} from a pool"] * 2))
    return first


async def in_tasks(inputs: dict[str, int]) -> str:
    reply = await patient.chat.completions.create(**question(f"number {inputs['number']}"))
    return str(reply.choices[0].message.content)


def right(outputs: str, inputs: dict[str, int]) -> bool:
    return outputs == f"The answer to number {inputs['number']}."


def run(function: Any) -> dict[str, Any]:
    result = evaluate(
        function,
        dataset=ROWS,
        evaluators=[right],
        instrumentors=[OpenAIInstrumentor()],
        max_workers=len(ROWS),
        server_url=os.environ["SERVER_URL"],
        print_results=False,
    )
    return {
        "run_id": result.run_id,
        "passed": len(result.passed),
        "lost": {name: report.lost for name, report in result.spans.items()},
        "instrumented_after": bool(OpenAIInstrumentor().is_instrumented_by_opentelemetry),
    }


def main() -> None:
    told = {function.__name__: run(function) for function in (in_threads, in_tasks)}
    ask("after the runs")
    sys.stdout.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
