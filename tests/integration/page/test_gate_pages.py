"""The gate's pages in a real browser, over a real server and a real ledger."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from assay.kit.clock import sleep_blocking
from assay.tracking import open_ledger
from tests.integration.page.conftest import BUILT
from tests.integration.page.gate_project import make_project, serving
from tests.integration.page.seen import Scheme, Seen, beyond, violations


PAGES = {
    "/gate": "Trends",
    "/gate/regressions": "Regressions",
    "/gate/prompts": "Prompts",
    "/gate/prompts/greeting": "greeting",
    "/gate/suites": "Suites",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not BUILT.is_file():
        pytest.skip("needs the built page: npm ci && npm run build in frontend/")
    folder = tmp_path_factory.mktemp("shop")
    make_project(folder)
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[str]:
    with serving(project) as address:
        yield address


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 400)])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule(
    browser: Browser, server: str, axe: str, path: str, scheme: Scheme, width: int
) -> None:
    seen = Seen(browser, scheme=scheme, width=width)
    page = seen.page
    page.goto(server + path)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    expect(page.locator("main")).to_contain_text(re.compile("tone|greeting"))
    assert [] == violations(page, axe)
    assert 0 >= beyond(page)
    seen.close()


def test_a_point_of_a_chart_leads_to_its_run_and_cases(browser: Browser, server: str) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate")
    chart = page.get_by_role("group", name="Pass rate of tone over 3 runs")
    expect(chart.locator("a")).to_have_count(3)
    chart.locator("a").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("tone, ")
    page.get_by_text("Failed 6").click()
    expect(page.get_by_text("no please").first).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(7)
    seen.close()


def test_the_keyboard_reaches_the_runs_of_a_chart(browser: Browser, server: str) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate")
    page.get_by_role("button", name="tone", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    table = page.get_by_role("table", name="Runs of tone")
    expect(table.get_by_text("greeting v2 → v3")).to_be_visible()
    seen.close()


def test_a_regression_names_verdict_evidence_prompts_and_cases(
    browser: Browser, server: str
) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate/regressions")
    report = page.locator("#report-tone")
    expect(report).to_contain_text("REGRESSION")
    expect(report).to_contain_text("worse")
    expect(report).to_contain_text("greeting v2 → v3")
    expect(report).to_contain_text("6 flipped cases")
    side = report.get_by_role("group", name="Current of case-2")
    expect(side).to_contain_text("no please")
    expect(page.locator("#report-quality")).to_contain_text("PASS")
    seen.close()


def test_a_baseline_is_pinned_and_unpinned_for_a_reason(browser: Browser, server: str) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate")
    chart = page.get_by_role("group", name="Pass rate of tone over 3 runs")
    chart.locator("a").first.click()
    page.get_by_role("button", name="Pin as baseline").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("the release")
    dialog.get_by_role("button", name="Pin it").click()
    expect(dialog).to_be_hidden()
    page.goto(f"{server}/gate/regressions")
    report = page.locator("#report-tone")
    expect(report).to_contain_text("Measured by the pinned baseline")
    report.get_by_role("button", name="Unpin").click()
    dialog.get_by_label("Reason").fill("the next release")
    dialog.get_by_role("button", name="Unpin it").click()
    expect(report).not_to_contain_text("pinned")
    seen.close()


def test_a_closed_gate_is_forced_loudly_and_rolled_back_with_a_reason(
    browser: Browser, server: str
) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate/prompts/greeting")
    page.get_by_role("button", name="Promote…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The gate is closed.")).to_be_visible()
    button = dialog.get_by_role("button", name="Promote v3 to production")
    expect(button).to_be_disabled()
    dialog.get_by_label("Promote it in spite of the gate").check()
    force = dialog.get_by_role("button", name="Force v3 to production")
    expect(force).to_be_disabled()
    dialog.get_by_label("Reason").fill("the lead says so")
    dialog.get_by_label("Your name").fill("ada")
    force.click()
    expect(dialog).to_be_hidden()
    audit = page.get_by_role("table", name="Moves of the aliases")
    expect(audit).to_contain_text("promoted (forced)")
    expect(page.get_by_text("production → v3")).to_be_visible()

    page.get_by_role("button", name="Roll back…").click()
    expect(dialog.get_by_text("v3 → v1")).to_be_visible()
    expect(dialog.get_by_text("60 seconds")).to_be_visible()
    back = dialog.get_by_role("button", name="Roll production back to v1")
    expect(back).to_be_disabled()
    dialog.get_by_label("Reason").fill("customers complained")
    back.click()
    expect(dialog).to_be_hidden()
    expect(audit).to_contain_text("customers complained")
    expect(page.get_by_text("production → v1")).to_be_visible()
    page.goto(f"{server}/gate")
    marks = page.get_by_role("group", name="Pass rate of tone").locator("g[data-kind=rollback]")
    expect(marks).to_have_count(1)
    seen.close()


def test_an_open_gate_promotes(browser: Browser, server: str) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate/prompts/greeting")
    page.get_by_role("button", name="Promote…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Version").click()
    page.get_by_role("option", name="v2").click()
    expect(dialog.get_by_text("The gate is open.")).to_be_visible()
    dialog.get_by_role("button", name="Promote v2 to production").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("production → v2")).to_be_visible()
    seen.close()


def test_a_new_version_starts_the_core_suite_whose_progress_is_shown(
    browser: Browser, server: str
) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate/prompts/greeting")
    page.get_by_role("button", name="New version").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The core suite (tone, quality)")).to_be_visible()
    dialog.get_by_label("Text").fill("Would you please say where {{q}} is?")
    dialog.get_by_role("button", name="Register the version").click()
    expect(dialog).to_be_hidden()
    versions = page.get_by_role("table", name="Versions of greeting")
    expect(versions.get_by_text("done")).to_be_visible()
    page.goto(f"{server}/gate/suites")
    expect(page.get_by_text("[2/2]").first).to_be_visible()
    expect(page.get_by_text("2 passed").first).to_be_visible()
    seen.close()


def test_a_suite_is_started_and_counts_up(browser: Browser, server: str) -> None:
    seen = Seen(browser)
    page = seen.page
    page.goto(f"{server}/gate/suites")
    page.get_by_role("button", name="Start core").click()
    newest = page.get_by_role("region", name=re.compile("^core, ")).first
    expect(newest.get_by_text("[2/2]")).to_be_visible()
    expect(newest.get_by_text("completed", exact=False)).to_be_visible()
    seen.close()


def test_a_version_of_another_client_is_noticed_and_run_within_half_a_minute(
    server: str, project: Path
) -> None:
    httpx2.get(f"{server}/api/gate/prompts", timeout=60).raise_for_status()
    sleep_blocking(3.0)  # the first look, which lets be what it finds, comes with the ledger
    with open_ledger(f"sqlite:///{project}/mlflow.db") as ledger:
        made = ledger.register_version("greeting", "Please, {{q}}?", message="from elsewhere")
        mark = ""
        for _ in range(300):
            mark = ledger.get_version("greeting", made.version).tags.get("assay.core_suite", "")
            if '"done"' in mark:
                break
            sleep_blocking(0.2)
        assert "the server" in mark
    runs = httpx2.get(f"{server}/api/gate/suites/runs").json()["runs"]
    [run] = [each for each in runs if each["prompts"] == {"greeting": made.version}]
    begun = datetime.fromisoformat(run["started_at"]) - (made.created_at or datetime.now(UTC))
    assert timedelta(seconds=30) > begun


def test_without_a_gate_the_page_says_which_file_to_write(
    browser: Browser, tmp_path: Path, axe: str
) -> None:
    with serving(tmp_path) as address:
        seen = Seen(browser)
        seen.page.goto(f"{address}/gate")
        expect(seen.page.get_by_text("No gate is set up here")).to_be_visible()
        expect(seen.page.get_by_text("assay.toml").first).to_be_visible()
        assert [] == violations(seen.page, axe)
        seen.page.context.close()
