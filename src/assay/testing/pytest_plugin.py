"""A pytest plugin: a test function marked ``assay`` is the candidate of an experiment.

::

    @pytest.mark.assay(dataset="questions.jsonl", evaluators=[exact], threshold=0.9)
    def test_agent(inputs):
        return my_agent(inputs["question"])

The test passes when the share of datapoints that pass reaches the threshold; otherwise it
fails with a table. Parameters named ``inputs``, ``ground_truth``, ``metadata``,
``datapoint`` and ``tracer`` come from the dataset, all others are fixtures as ever.
Nothing of Assay but this file is loaded until such a test is found.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest


if TYPE_CHECKING:
    from assay.experiments.models import ExperimentResultSummary


MARK: Final = "assay"
FROM_DATASET: Final = ("inputs", "ground_truth", "metadata", "datapoint", "tracer")

_CANDIDATE = pytest.StashKey[Callable[..., Any]]()
_MOST_FAILURES: Final = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where results are kept."""
    group = parser.getgroup("assay", "experiments as tests")
    group.addoption("--assay-server-url", help="the server that keeps the runs")
    group.addoption("--assay-api-key", help="sent to that server")
    group.addoption("--assay-data-dir", help="the folder that keeps the runs without a server")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers",
        "assay(dataset, evaluators=..., threshold=1.0, **options): run the test function over a "
        "dataset; options are those of assay.evaluate(); a threshold is the share of datapoints "
        "that must pass, or a mapping from metrics to the aggregates they must reach (or must "
        "not pass, where lower is better).",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Remember the function as it was written, before other plugins wrap it."""
    if isinstance(item, pytest.Function) and item.get_closest_marker(MARK) is not None:
        item.stash[_CANDIDATE] = item.obj


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fill the parameters that the dataset fills later, so that no fixture is asked for."""
    if isinstance(item, pytest.Function) and _CANDIDATE in item.stash:
        for name in _parameters(item):
            if name in FROM_DATASET:
                item.funcargs[name] = None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a marked test as an experiment, and hold the result against the threshold."""
    if _CANDIDATE not in pyfuncitem.stash:
        return None
    options = _options(pyfuncitem)
    threshold = _checked_threshold(options.pop("threshold", 1.0))
    from assay.core.errors import AssayError
    from assay.experiments.evaluate import evaluate

    unknown = sorted(options.keys() - inspect.signature(evaluate).parameters.keys())
    if unknown:
        pytest.fail(f"The mark assay has the unknown option {unknown[0]!r}.", pytrace=False)
    result, refusal = None, ""
    try:
        result = evaluate(_candidate(pyfuncitem), print_results=False, **options)
    except AssayError as error:
        refusal = "\n".join((str(error), *getattr(error, "__notes__", ())))
    if result is None:  # outside of the error, which it says all of
        pytest.fail(f"The experiment has no result: {refusal}", pytrace=False)
    pyfuncitem.user_properties.extend(_properties(result))
    problems = _problems(result, threshold)
    if problems:
        pytest.fail(_report(result, problems), pytrace=False)
    return True


def _checked_threshold(threshold: Any) -> Any:
    for lowest in threshold.values() if isinstance(threshold, Mapping) else [threshold]:
        if isinstance(lowest, bool) or not isinstance(lowest, int | float):
            pytest.fail(f"The mark's threshold holds {lowest!r}; give numbers.", pytrace=False)
    if not isinstance(threshold, Mapping) and not 0 <= threshold <= 1:
        pytest.fail(
            f"The mark's threshold is {threshold}; give a share from 0 to 1.", pytrace=False
        )
    return threshold


def _options(item: pytest.Function) -> dict[str, Any]:
    """Return the mark's arguments; of several marks the nearest says last."""
    options: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers(MARK))):
        if len(mark.args) > 1:
            raise pytest.UsageError(
                f"{item.nodeid}: the mark assay takes the dataset alone by position."
            )
        options |= dict(zip(("dataset",), mark.args, strict=False)) | dict(mark.kwargs)
    options.setdefault("name", item.name)
    dataset = options.get("dataset")
    if isinstance(dataset, str | Path) and not Path(dataset).is_absolute():
        options["dataset"] = item.path.parent / dataset
    if "client" not in options:
        for name in ("server_url", "api_key", "data_dir"):
            said = item.config.getoption(f"--assay-{name.replace('_', '-')}")
            options.setdefault(name, said)
    return options


def _candidate(item: pytest.Function) -> Callable[..., Any]:
    """Return the test function with its fixtures filled in."""
    filled = [name for name in _parameters(item) if name not in FROM_DATASET]
    fixtures = {name: item.funcargs[name] for name in filled if name in item.funcargs}
    function = item.stash[_CANDIDATE]
    candidate = _failing_alone(function)
    return functools.partial(candidate, **fixtures) if fixtures else candidate


def _failing_alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have ``pytest.fail`` fail the datapoint that it is called for, as any error does."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with _failure_as_error():
                return await function(*args, **kwargs)

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with _failure_as_error():
            return function(*args, **kwargs)

    return called


@contextmanager
def _failure_as_error() -> Iterator[None]:
    try:
        yield
    except pytest.fail.Exception as failure:
        raise AssertionError(failure.msg) from failure


def _parameters(item: pytest.Function) -> list[str]:
    return list(inspect.signature(item.stash[_CANDIDATE]).parameters)


def _rate(result: "ExperimentResultSummary") -> float:
    """Return the share of datapoints that passed, from 0 to 1."""
    return len(result.passed) / (len(result.passed) + len(result.failed))


def _problems(result: "ExperimentResultSummary", threshold: Any) -> list[str]:
    if not isinstance(threshold, Mapping):
        rate = _rate(result)
        return (
            []
            if rate >= threshold
            else [f"{rate:.1%} of the datapoints pass, below {threshold:.1%}"]
        )
    problems: list[str] = []
    for name, bound in threshold.items():
        metric = result.metrics.get_metric(name)
        if metric is None or metric.aggregate is None:
            known = ", ".join(result.metrics.list_metrics()) or "none"
            problems.append(f"there is no metric {name!r}; there are: {known}")
        elif metric.higher_is_better and metric.aggregate < bound:
            problems.append(f"{name} is {metric.aggregate:.4g}, below {bound:g}")
        elif not metric.higher_is_better and metric.aggregate > bound:
            problems.append(f"{name} is {metric.aggregate:.4g}, above {bound:g}")
    return problems


def _properties(result: "ExperimentResultSummary") -> list[tuple[str, object]]:
    """Return what a JUnit report shows."""
    shown: list[tuple[str, object]] = [
        ("assay_run_id", result.run_id),
        ("assay_datapoints", len(result.passed) + len(result.failed)),
        ("assay_passed", len(result.passed)),
        ("assay_pass_rate", f"{_rate(result):.6g}"),
    ]
    metrics = ((metric.metric_name, metric.aggregate) for metric in result.metrics.details)
    shown.extend(
        (f"assay_metric_{name}", f"{value:.6g}") for name, value in metrics if value is not None
    )
    return shown


def _report(result: "ExperimentResultSummary", problems: list[str]) -> str:
    names = result.metrics.list_metrics()
    rows = [("datapoint", *names, "why")]
    failed = [point for point in result.datapoints if not point.passed]
    for point in failed[:_MOST_FAILURES]:
        values = {metric.name: metric.value for metric in point.metrics}
        reasons = [point.error] if point.error is not None else []
        reasons += [f"{name}: {why}" for name, why in point.evaluator_errors.items()]
        cells = [_shown(values.get(name)) for name in names]
        rows.append((point.datapoint_id or "?", *cells, "; ".join(reasons)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["; ".join(problems), f"run {result.run_id}, {result.status.value}", ""]
    lines += [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(failed) > _MOST_FAILURES:
        lines.append(f"… and {len(failed) - _MOST_FAILURES} more")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, bool) else f"{value:.4g}"
