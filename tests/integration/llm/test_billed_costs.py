"""Prices against what real calls were billed; needs the recorded data, which is not shipped."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from assay.core.costs import Usage
from assay.llm.pricing import price


SHARED = Path(os.environ.get("ASSAY_SHARED_DATA", Path(__file__).parents[4] / "shared"))
RECORDED = sorted((SHARED / "data" / "taskbench").glob("results-*/*/*.json"))


@pytest.mark.skipif(not RECORDED, reason="recorded calls with bills are absent: ASSAY_SHARED_DATA")
def test_offline_prices_reproduce_every_billed_cost_exactly() -> None:
    bills = [
        (result["model_name"], result["input_tokens"], result["output_tokens"], Decimal(bill))
        for path in RECORDED
        for result in json.loads(path.read_text(encoding="utf-8"), parse_float=str)["results"]
        if (bill := result["billed_cost_usd"]) is not None
    ]
    assert len(bills) >= 12
    wrong = [
        (model, billed, cost)
        for model, given, taken, billed in bills
        if (cost := price(model, Usage(given, taken)).amount_usd) != billed
    ]
    assert wrong == []
