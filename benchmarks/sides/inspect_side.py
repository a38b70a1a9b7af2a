"""Inspect: a solver that answers at once, two scorers, a log that is written and read back."""

from typing import Any

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log
from inspect_ai.scorer import Score, Target, accuracy, mean, scorer
from inspect_ai.solver import Generate, TaskState, solver
from measuring import WORKERS, arguments, report


@solver
def echo() -> Any:
    async def solve(state: TaskState, _generate: Generate) -> TaskState:
        state.output.completion = state.input_text
        return state

    return solve


@scorer(metrics=[accuracy()])
def exact() -> Any:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value="C" if state.output.completion == target.text else "I")

    return score


@scorer(metrics=[mean()])
def size() -> Any:
    async def score(state: TaskState, _target: Target) -> Score:
        return Score(value=float(state.output.completion))

    return score


def main() -> None:
    options = arguments()

    def run(count: int) -> Any:
        samples = [Sample(input=str(n), target=str(n), id=n + 1) for n in range(count)]
        task = Task(dataset=MemoryDataset(samples), solver=echo(), scorer=[exact(), size()])
        [log] = evaluate(
            task, model="mockllm/model", max_samples=WORKERS, log_dir=options.folder, display="none"
        )
        return log.location

    def stored(location: str) -> int:
        log = read_eval_log(location)
        assert log.status == "success", log.error
        return len([each for each in log.samples or [] if {"exact", "size"} <= set(each.scores)])

    report(run, datapoints=options.datapoints, package="inspect-ai", stored=stored)


if __name__ == "__main__":
    main()
