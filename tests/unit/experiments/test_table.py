"""Tables on the terminal: readable at any width."""

import io
from typing import Any

import pytest
from rich.console import Console

import assay


def printed(result: assay.ExperimentResultSummary, width: int) -> list[str]:
    written = io.StringIO()
    result.print_table(console=Console(file=written, width=width))
    return written.getvalue().splitlines()


def metric(index: int) -> Any:
    return assay.evaluator(lambda outputs: index / 30, name=f"a_metric_with_a_long_name_{index}")


@pytest.mark.parametrize("width", [50, 80, 200])
def test_thirty_metrics_keep_their_names_and_numbers(client: assay.Client, width: int) -> None:
    result = assay.evaluate(
        lambda inputs: 1,
        dataset=[{"n": 1}],
        evaluators=[metric(index) for index in range(30)],
        client=client,
        print_results=False,
    )
    lines = printed(result, width)
    assert max(map(len, lines[1:])) <= width
    cells = "".join(line.split("│")[1].strip() for line in lines if line.startswith("│"))
    for index in range(30):
        assert f"a_metric_with_a_long_name_{index}" in cells
    assert not any("…" in line for line in lines)


def test_a_long_error_is_one_short_line(client: assay.Client) -> None:
    def failing(inputs: Any) -> Any:
        raise ValueError("[red]first[/red]\n" + "x" * 3000)

    result = assay.evaluate(failing, dataset=[{"n": 1}], client=client, print_results=False)
    [line] = [line for line in printed(result, 80) if line.startswith("✗")]
    assert "ValueError: [red]first[/red] xxx" in line
    assert line.endswith(" …")
    assert len(line) < 400
