"""Server-side evaluators in a real browser, over a real server: made, tried, run, changed."""

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.page.conftest import BUILT
from tests.integration.page.gate_project import serving
from tests.integration.page.seen import Scheme, Seen, beyond, violations


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not BUILT.is_file():
        pytest.skip("needs the built page: npm ci && npm run build in frontend/")
    with serving(tmp_path_factory.mktemp("evaluators")) as address:
        yield address


def _post(server: str, path: str, body: Any) -> Any:
    return httpx2.post(server + path, json=body, timeout=60).raise_for_status().json()


@pytest.fixture(scope="module")
def run_id(server: str) -> str:
    """A run of two items, of which one says please."""
    run: str = _post(server, "/v1/runs", {"name": "agent v7"})["run_id"]
    items = [
        {"datapoint_id": f"d{n}", "status": "scored", "outputs": {"text": text}}
        for n, text in enumerate(("Please wait.", "Wait."))
    ]
    _post(server, f"/v1/runs/{run}/items", {"items": items})
    session = {"session_name": "chat", "outputs": {"text": "Good morning"}}
    _post(server, "/session/start", {"session": session})
    return run


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def _metric(server: str, name: str, **fields: Any) -> str:
    body = {"name": name, "kind": "regex", "target": "outputs.text", **fields}
    metric: str = _post(server, "/v1/metrics", body)["metric_id"]
    return metric


def test_a_pattern_is_tried_on_an_event_and_made(
    browser: Browser, server: str, run_id: str
) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/evaluators")
    expect(page.get_by_text("No evaluator lives on this server yet")).to_be_visible()
    page.get_by_role("link", name="New evaluator").click()
    page.get_by_label("Name").fill("polite")
    page.get_by_role("combobox", name="Looks at").fill("outputs.text")
    page.get_by_label("Pattern").fill("please")
    event = page.get_by_label("Event, as JSON")
    expect(event).to_have_value(re.compile("Good morning"))  # the newest stored session
    event.fill(json.dumps({"outputs": {"text": "Please wait."}}))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("The pattern 'please' is not found.")).to_be_visible()
    page.get_by_label("Pattern").fill("(?i)please")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("passed", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make the evaluator").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("polite")
    assert run_id
    seen.close()


def test_an_old_run_is_scored(browser: Browser, server: str, run_id: str) -> None:
    metric = _metric(server, "waits", settings={"pattern": "Please"}, enabled=False)
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/evaluators/{metric}")
    page.get_by_role("combobox", name="Runs").click()
    page.get_by_role("option", name="agent v7").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Score the run").click()
    expect(page.get_by_text("2 of 2 scored.")).to_be_visible()
    page.get_by_role("link", name="See the run").click()
    page.wait_for_url(f"**/runs/{run_id}")
    row = page.get_by_role("row").filter(has_text="waits")
    expect(row.first).to_contain_text("0.500")
    seen.close()


def test_the_list_of_runs_is_downloaded_as_it_is_narrowed(
    browser: Browser, server: str, run_id: str
) -> None:
    _post(server, "/v1/runs", {"name": "another"})
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/runs?kind=experiment&q=agent")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as loading:
        page.get_by_role("menuitem", name="CSV").click()
    text = loading.value.path().read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    assert [(run_id, "agent v7")] == [(row["run_id"], row["name"]) for row in rows]
    seen.close()


def test_a_change_makes_a_version_and_an_older_one_is_taken_up_again(
    browser: Browser, server: str
) -> None:
    metric = _metric(server, "kind", settings={"pattern": "kind"})
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/evaluators/{metric}")
    page.get_by_label("Passes when it is not found").check()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("combobox", name="Field of condition 1").fill("source")
    page.get_by_label("Value of condition 1").fill("prod")
    page.get_by_label("Passes from").fill("0.5")
    page.get_by_label("Score events as they arrive").uncheck()
    page.get_by_role("button", name="Save as version 2").click()
    versions = page.get_by_role("table", name="Versions of the evaluator")
    expect(versions).to_contain_text("filters, threshold, enabled, absent")
    stored = httpx2.get(f"{server}/v1/metrics/{metric}").json()
    [condition] = stored["filters"]["filterArray"]
    assert ("source", "is", "prod") == (*(condition[k] for k in ("field", "operator", "value")),)
    assert (False, {"min": 0.5, "max": None}) == (stored["enabled"], stored["threshold"])
    versions.get_by_role("button", name="Take up again: version 1").click()
    expect(page.get_by_role("combobox", name="Field of condition 1")).to_have_count(0)
    page.get_by_role("button", name="Save as version 3").click()
    expect(page.get_by_role("button", name="Save as version 4")).to_be_disabled()
    seen.close()


def test_an_evaluator_is_deleted_once_that_is_confirmed(browser: Browser, server: str) -> None:
    metric = _metric(server, "short-lived", settings={"pattern": "x"})
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/evaluators/{metric}")
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/evaluators")
    expect(page.get_by_role("searchbox", name="Search evaluators")).to_be_visible()
    expect(page.get_by_role("link", name="short-lived")).to_have_count(0)
    seen.close()


@pytest.mark.parametrize(
    ("kind", "fill", "settings"),
    [
        (
            "Check",
            {"What": "thank you"},
            {"check": "contains", "value": "thank you", "ignore_case": False},
        ),
        (
            "JSON Schema",
            {"JSON Schema (2020-12)": '{"type": "object"}'},
            {"schema": {"type": "object"}},
        ),
        (
            "Judge",
            {
                "Model": "openai:small",
                "Rubric": "Is it kind?",
                "At most": "5",
                "Calls a day": "100",
                "US dollars a day": "2.5",
            },
            {
                "model": "openai:small",
                "rubric": "Is it kind?",
                "answer": "score",
                "max": 5,
                "max_calls_per_day": 100,
                "max_usd_per_day": 2.5,
            },
        ),
        (
            "Weighted mean",
            {"Weights of other metrics, as JSON": '{"weights": {"polite": 1}}'},
            {"weights": {"polite": 1}},
        ),
    ],
)
def test_each_kind_is_made_from_its_form(
    browser: Browser, server: str, kind: str, fill: dict[str, str], settings: dict[str, Any]
) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/evaluators/new")
    page.get_by_label("Name").fill(f"one {kind}")
    _choose(page, "Kind", kind)
    for label, text in fill.items():
        page.get_by_label(label).and_(page.locator("input, textarea")).fill(text)
    page.get_by_role("button", name="Make the evaluator").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"one {kind}")
    stored = httpx2.get(f"{server}/v1/metrics/{page.url.rsplit('/', 1)[-1]}").json()
    assert settings == {key: stored["settings"][key] for key in settings}
    seen.close()


def test_what_cannot_be_used_is_said_where_it_is_typed(browser: Browser, server: str) -> None:
    page = Seen(browser).page
    page.goto(f"{server}/evaluators/new")
    page.get_by_label("Name").fill("ahead")
    page.get_by_label("Pattern").fill("(?=a)")
    page.get_by_role("button", name="Make the evaluator").click()
    expect(page.get_by_role("alert")).to_contain_text("look-ahead")
    _choose(page, "Kind", "JSON Schema")
    page.get_by_label("JSON Schema (2020-12)").fill("{")
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    expect(page.get_by_role("button", name="Make the evaluator")).to_be_disabled()
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("dark", 400)])
def test_the_pages_break_no_rule(
    browser: Browser, server: str, axe: str, scheme: Scheme, width: int
) -> None:
    body = {"name": f"short {scheme} {width}", "kind": "check"}
    settings = {"check": "length", "max": 20}
    made = _post(server, "/v1/metrics", {**body, "settings": settings})["metric_id"]
    seen = Seen(browser, scheme=scheme, width=width)
    for path in ("/evaluators", "/evaluators/new", f"/evaluators/{made}"):
        seen.page.goto(server + path)
        expect(seen.page.get_by_role("heading", level=1)).to_be_visible()
        expect(seen.page.get_by_role("status", name="Loading")).to_have_count(0)
        assert [] == violations(seen.page, axe), path
        assert 0 >= beyond(seen.page), path
    seen.close()
