"""What a user of the honeyhive package writes; run in that package's own environment.

Prints one JSON object as its last line. ``HH_API_URL`` says where to.
"""

import asyncio
import inspect
import json
import sys
from typing import Any

from honeyhive import HoneyHive, HoneyHiveTracer, evaluate, trace
from honeyhive._generated import models
from honeyhive._generated.services import Queues_service as queues
from honeyhive.experiments import compare_runs, get_run_metrics, get_run_result
from honeyhive.models import (
    AddDatapointsToDatasetRequest,
    CreateDatapointRequest,
    CreateDatasetRequest,
    CreateMetricRequest,
)


ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(6)]


@trace  # type: ignore[untyped-decorator]  # the package is not in this environment
def look_up(n: int, options: dict[str, Any]) -> dict[str, Any]:
    return {"double": 2 * n, "steps": [{"kind": "add", "by": n}, None], "empty": {}}


def sloppy(datapoint: dict[str, Any]) -> dict[str, Any]:
    n = datapoint["inputs"]["n"]
    if n == 3:
        raise ValueError("three is too many")
    return {"answer": look_up(n, {"deep": [1, {"a": None}]})["double"] + (n == 1)}


def careful(datapoint: dict[str, Any], tracer: Any) -> dict[str, Any]:
    tracer.enrich_span(metadata={"seen": True})
    return {"answer": look_up(datapoint["inputs"]["n"], {})["double"]}


async def slow(datapoint: dict[str, Any]) -> str:
    await asyncio.sleep(0.001)
    return f"about {2 * datapoint['inputs']['n']}"


def exact(outputs: Any, inputs: Any, ground_truth: Any) -> bool:
    return bool(outputs["answer"] == ground_truth["answer"])


def fancy(outputs: Any, inputs: Any, ground_truth: Any) -> dict[str, Any]:
    return {"score": inputs["n"] / 2, "explanation": "half of it", "weight": 3, "tag": "even"}


def mood(outputs: Any, inputs: Any, ground_truth: Any) -> str:
    return "good"


async def length(outputs: Any, inputs: Any, ground_truth: Any) -> int:
    return len(str(outputs))


def broken(outputs: Any, inputs: Any, ground_truth: Any) -> float:
    raise RuntimeError("this evaluator never works")


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _required(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.default is inspect.Parameter.empty]


def experiments(client: HoneyHive) -> dict[str, Any]:
    quiet: dict[str, Any] = {"print_results": False, "max_workers": 4}
    old = evaluate(sloppy, dataset=ROWS, evaluators=[exact, fancy, mood], name="old", **quiet)
    new = evaluate(careful, dataset=ROWS, evaluators=[exact, fancy, broken], name="new", **quiet)
    later = evaluate(slow, dataset=ROWS, evaluators=[length], name="async", **quiet)
    scope = ["default"] if "project_id" in _required(compare_runs) else []
    comparison = compare_runs(client, new.run_id, old.run_id, *scope)
    return {
        "old": plain(old),
        "new": plain(new),
        "async": plain(later),
        "comparison": plain(comparison),
        "improved": comparison.list_improved_metrics(),
        "sum": plain(get_run_result(client, new.run_id, *scope, aggregate_function="sum")),
        "metrics": plain(get_run_metrics(client, new.run_id, *scope)),
        "pairs": plain(
            client.experiments.compare_run_events(new.run_id, old.run_id, event_type="session")
        ),
    }


def managed(client: HoneyHive) -> dict[str, Any]:
    made = client.datasets.create(CreateDatasetRequest(name="numbers"))
    dataset_id = made.result.insertedId
    rows = [{"n": n, "answer": 2 * n, "level": "easy"} for n in range(3)]
    added = client.datasets.add_datapoints(
        dataset_id,
        AddDatapointsToDatasetRequest(
            data=rows, mapping={"inputs": ["n"], "history": [], "ground_truth": ["answer"]}
        ),
    )
    client.datapoints.create(
        CreateDatapointRequest(
            inputs={"n": 9}, ground_truth={"answer": 18}, linked_datasets=[dataset_id]
        )
    )
    run = evaluate(careful, dataset_id=dataset_id, evaluators=[exact], print_results=False)
    listed = client.datasets.list(dataset_id=dataset_id)
    return {
        "dataset_id": dataset_id,
        "added": plain(added),
        "run": plain(run),
        "dataset": plain(listed),
        "stored_run": plain(client.experiments.get_run(run.run_id)),
    }


def changes(client: HoneyHive, dataset_id: str) -> dict[str, Any]:
    """What is changed by hand: a dataset, an evaluator and its versions, a queue."""
    described = client.datasets.update(
        models.LegacyUpdateDatasetRequest(dataset_id=dataset_id, description="by hand")
    )
    name = f"polite {dataset_id}"
    asked = {"name": name, "type": "HUMAN", "criteria": "Is it polite?"}
    metric = client.metrics.create(CreateMetricRequest(**asked))
    queue = queues.createQueue(
        client.api_config, data=models.CreateAnnotationQueueRequest(name=name)
    )
    shown = queues.getQueue(client.api_config, queue_id=queue.queue.id)
    told = {"described": plain(described), "metric": plain(metric), "queue": plain(shown)}
    if hasattr(client, "metric_versions"):
        told["versions"] = versions(client, metric.metric_id, {**asked, "criteria": "Is it?"})
    return told


def versions(client: HoneyHive, metric_id: str, content: dict[str, Any]) -> Any:
    made = client.metric_versions.create(
        metric_id, models.CreateMetricVersionRequest(message="shorter", content=content)
    )
    client.metric_versions.deploy(metric_id, made.data.name)
    return plain(client.metric_versions.list(metric_id).data)


def runs(client: HoneyHive, run_ids: list[str]) -> dict[str, Any]:
    found = client.experiments.list_runs(run_ids=run_ids, sort_by="created_at", sort_order="asc")
    deleted = client.experiments.delete_run(run_ids[-1])
    return {"listed": plain(found), "deleted": plain(deleted)}


def tracing(client: HoneyHive) -> dict[str, Any]:
    tracer = HoneyHiveTracer.init(session_name="by hand", source="dev", project="default")

    @trace(event_type="model", event_name="ask", tracer=tracer)  # type: ignore[untyped-decorator]
    def ask(question: str) -> str:
        return question.upper()

    ask("why?")
    tracer.enrich_session(metadata={"customer": "c1"}, feedback={"rating": 5})
    tracer.force_flush()
    where = [
        {"field": "session_id", "operator": "is", "value": tracer.session_id, "type": "string"}
    ]
    exported = client.events.export(filters=where, limit=100)
    return {"session_id": tracer.session_id, "events": plain(exported.events)}


def session_events(client: HoneyHive, session_id: str) -> Any:
    return plain(client.events.get_by_session_id(session_id).events)


def main() -> None:
    client = HoneyHive()
    answers = experiments(client)
    answers["managed"] = managed(client)
    answers["changes"] = changes(client, answers["managed"]["dataset_id"])
    answers["tracing"] = tracing(client)
    answers["failed_session"] = session_events(
        client,
        next(
            each["session_id"]
            for each in answers["old"]["datapoints"]
            if each.get("status") == "failed"
        ),
    )
    ids = [answers[name]["run_id"] for name in ("old", "new", "async")]
    answers["runs"] = runs(client, ids)
    sys.stdout.write("\n" + json.dumps(answers, default=str) + "\n")


if __name__ == "__main__":
    main()
