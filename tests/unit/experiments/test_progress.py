"""Progress in notebooks and reprs that stay short."""

from decimal import Decimal
from typing import Any

import assay
from assay.core.progress import Progress, ProgressKind
from assay.experiments.progress import _Cell, _display, shown_progress


class Shown:
    """What a notebook shows: its display function and the handle it gives."""

    def __init__(self) -> None:
        self.said: list[dict[str, str]] = []

    def __call__(self, data: dict[str, str], *, raw: bool, display_id: bool) -> "Shown":
        assert raw
        assert display_id
        self.said.append(data)
        return self

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.said.append(data)


def progress(ended: int, planned: int = 20) -> Progress:
    counts = {"scored": ended}
    return Progress(ProgressKind.ADVANCED, "run", "f", planned, counts, 0, Decimal(0), 0.0)


def test_a_notebook_has_one_bar_that_moves() -> None:
    shown = Shown()
    cell = _Cell("a <b> run", shown)
    for ended in (0, 7, 20):
        cell(progress(ended))
    texts = [data["text/plain"] for data in shown.said]
    assert ["a <b> run", "a <b> run: 0 of 20", "a <b> run: 7 of 20", "a <b> run: 20 of 20"] == texts
    assert (
        '<progress value="7" max="20"></progress> a &lt;b&gt; run: 7 of 20'
        == (shown.said[2]["text/html"])
    )


def test_without_ipython_there_is_no_display_to_show_a_bar_on() -> None:
    assert _display("assay.nowhere") is None


def test_a_result_of_any_size_is_shown_in_one_line(client: assay.Client) -> None:
    def ok(outputs: Any) -> bool:
        return True

    rows = [{"n": n} for n in range(500)]
    old, new = (
        assay.evaluate(
            lambda inputs: 1,
            dataset=rows,
            evaluators=[ok],
            client=client,
            name=name,
            print_results=False,
        )
        for name in ("old", "new")
    )
    assert (
        f"ExperimentResultSummary(name='new', run_id='{new.run_id}', status='completed', "
        "success=True, passed=500, failed=0, metrics={'ok': 1.0})" == repr(new)
    )
    compared = assay.compare_runs(client, new.run_id, old.run_id)
    assert (
        "RunComparisonResult(new='new', old='old', common_datapoints=500, metrics={'ok': 0.0})"
        == repr(compared)
    )
    assert len(str(new)) < 300


def test_no_progress_is_shown_unless_it_is_wanted() -> None:
    with shown_progress("run", wanted=False) as on_progress:
        pass
    assert on_progress is None
