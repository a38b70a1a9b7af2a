"""``assay baseline`` over a database of MLflow's own: pin, show, check against it, unpin."""

from pathlib import Path

from tests.command_series import assay_series


def report(*verdicts: bool) -> str:
    rows = [f'{{"id": "c{n}", "passed": {str(v).lower()}}}\n' for n, v in enumerate(verdicts)]
    return "".join(rows)


def test_a_pinned_run_is_the_baseline_until_it_is_unpinned(mlflow_sqlite_url: str, tmp_path: Path):
    env = {"ASSAY_TRACKING_URI": mlflow_sqlite_url}
    for number, passed in enumerate((10, 9, 8)):
        text = report(*([True] * passed), *([False] * (10 - passed)))
        (tmp_path / f"{number}.jsonl").write_text(text)
    publish = ("runs", "publish", "--eval-type", "tone", "--format", "json", "--cases")
    logged = assay_series(
        [(*publish, f"{number}.jsonl") for number in range(3)], folder=tmp_path, env=env
    )
    runs = [said.json["run_id"] for said in logged]

    pin = ("baseline", "pin", runs[0], "--reason", "approved", "--actor", "ada")
    said = assay_series(
        [
            ("check", "--format", "json"),
            ("baseline", "show"),
            pin,
            ("baseline", "show", "--format", "json"),
            ("check", "--format", "json"),
            ("baseline", "unpin", "tone", "--reason", "no more"),
            ("check", "--format", "json"),
            ("baseline", "unpin", "tone", "--reason", "no more"),
        ],
        folder=tmp_path,
        env=env,
    )
    assert [0, 0, 0, 0, 0, 0, 0, 2] == [each.code for each in said], [each.err for each in said]
    plain, nothing, pinned, shown, against, unpinned, again, _ = said

    assert plain.json["reports"][0]["baseline_run_id"] == runs[1]
    assert "No baseline is pinned" in nothing.out
    assert f"tone is measured by {runs[0]}" in pinned.out
    [entry] = shown.json["baselines"]
    assert (runs[0], "ada", "approved") == (entry["run_id"], entry["actor"], entry["reason"])
    [compared] = against.json["reports"]
    assert (runs[0], True) == (compared["baseline_run_id"], compared["baseline_pinned"])
    assert (compared["verdict"], compared["delta_pp"]) == ("WARNING", -20.0)
    assert "newest complete run again" in unpinned.out
    assert again.json["reports"][0]["baseline_run_id"] == runs[1]
