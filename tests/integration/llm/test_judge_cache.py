"""Judges that ask over the network: replies are kept, and a kept one costs nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import evaluators
from assay.testing.model_server import ModelServer, Plan


ROWS = [{"n": n} for n in range(5)]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(server: ModelServer, **options: Any) -> assay.ExperimentResultSummary:
    cache = options.pop("cache", True)
    model = f"openai:judge@{server.base_url}"
    return assay.evaluate(
        lambda inputs: inputs["n"],
        dataset=ROWS,
        evaluators=[evaluators.judge("x", model=model, samples=2, cache=cache)],
        print_results=False,
        **options,
    )


def test_the_same_question_is_paid_for_once(workplace: Path) -> None:
    answer = json.dumps({"reasoning": "r", "score": 1})
    with ModelServer(Plan(text=answer)) as server:
        first = judged(server)
        assert (10, 0, 10) == (first.judges.calls, first.judges.cached, server.calls.total)
        assert first.judges.input_tokens > 0
        again = judged(server, judge_calls=0)
        assert (0, 10, 10) == (again.judges.calls, again.judges.cached, server.calls.total)
        assert len(ROWS) == len(again.passed)
        anew = judged(server, cache=False, judge_calls=3)
        assert (3, 0, 13) == (anew.judges.calls, anew.judges.cached, server.calls.total)
    assert (workplace / ".assay" / "cache" / "judges").is_dir()
