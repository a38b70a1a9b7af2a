"""Runs as they go on, their items one by one, and what leads from one page to the next."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route, expect

from tests.integration.page.seen import opened, violations


SESSIONS_ADDRESS = "/sessions?run=exp_0"
POLLED_MS = 3_500


def asked(page: Page) -> dict[str, list[str]]:
    """Return the search parameters of the page's address."""
    return parse_qs(urlsplit(page.url).query)


def test_a_run_that_ends_is_shown_as_it_ended(browser: Browser, address: str) -> None:
    """What was last asked for while it went on is asked for again."""
    page = opened(browser, "about:blank")
    page.clock.install()
    state = {"active": True, "passed": 3}

    def run(route: Route) -> None:
        body: dict[str, Any] = route.fetch().json()
        status = "running" if state["active"] else "completed"
        body["evaluation"] |= {"is_active": state["active"], "status": status}
        route.fulfill(json=body)

    def overview(route: Route) -> None:
        body: dict[str, Any] = route.fetch().json()
        body["verdicts"] = {"passed": state["passed"], "not_passed": 0}
        route.fulfill(json=body)
        # The run ends after this look at it, and with one more item.
        state["active"] = False

    page.route("**/v1/runs/exp_0", run)
    page.route("**/v1/runs/exp_0/overview*", overview)
    page.goto(f"{address}/runs/exp_0")
    expect(page.get_by_text("3 of 3")).to_be_visible()
    page.unroute("**/v1/runs/exp_0/overview*")
    state["passed"] = 4
    page.route("**/v1/runs/exp_0/overview*", overview)
    with page.expect_response("**/v1/runs/exp_0"):
        page.clock.run_for(POLLED_MS)
    expect(page.get_by_text("completed", exact=True)).to_be_visible()
    expect(page.get_by_text("4 of 4")).to_be_visible()
    page.context.close()


def test_the_later_run_is_the_new_one_whichever_was_ticked_first(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/runs?kind=experiment")
    page.get_by_label("Choose agent v7 for a comparison", exact=True).check()
    page.get_by_label("Choose agent v6 for a comparison", exact=True).check()
    page.get_by_text("Compare the two").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agent v7 against agent v6")
    page.context.close()


def test_the_keyboard_leads_from_item_to_item_and_the_address_follows(
    browser: Browser, address: str, axe: str
) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    page.get_by_role("button", name="Open q-0001", exact=True).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("status")).to_contain_text("1 of ")
    expect(drawer.get_by_role("button", name="Previous item")).to_be_disabled()
    for _ in range(30):
        page.keyboard.press("j")
    expect(drawer.get_by_role("heading", name="q-0031")).to_be_visible()
    assert asked(page)["item"] == ["0:q-0031"]
    assert violations(page, axe) == []
    page.keyboard.press("k")
    expect(drawer.get_by_role("heading", name="q-0030")).to_be_visible()
    page.reload()
    expect(page.get_by_role("dialog").get_by_role("heading", name="q-0030")).to_be_visible()
    page.context.close()


def test_the_slowest_items_come_first_when_asked(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    with page.expect_request("**/items?**sort=-item.latency_seconds**"):
        page.get_by_role("button", name="Latency").click()
    expect(page.get_by_role("columnheader", name="Latency")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.context.close()


def test_a_datapoint_of_a_comparison_has_an_address_and_leads_to_its_run(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/runs/compare?new=exp_0&old=exp_1")
    moved = page.get_by_role("list", name="Datapoints that got worse")
    moved.get_by_role("button").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("article")).to_have_count(2)
    page.keyboard.press("j")
    expect(drawer.get_by_role("status")).to_contain_text("2 of 13")
    [item] = asked(page)["item"]
    page.reload()
    expect(drawer.get_by_role("heading", name=item)).to_be_visible()
    drawer.get_by_role("link", name="Open in its run").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agent v7")
    expect(page.get_by_role("dialog").get_by_role("heading", name=item)).to_be_visible()
    page.context.close()


def test_settings_that_differ_between_two_runs_are_named(browser: Browser, address: str) -> None:
    page = opened(browser, "about:blank")

    def comparison(route: Route) -> None:
        body: dict[str, Any] = route.fetch().json()
        body["old_run"]["metadata"] = {"git": {"sha": "a1"}, "owner": "ada"}
        body["new_run"]["metadata"] = {"git": {"sha": "b2"}, "owner": "ada"}
        route.fulfill(json=body)

    page.route("**/compare-with/**", comparison)
    page.goto(f"{address}/runs/compare?new=exp_0&old=exp_1")
    table = page.get_by_role("table", name="Old and new settings")
    expect(table.get_by_role("row", name="metadata.git.sha a1 b2")).to_be_visible()
    expect(table.get_by_text("owner")).to_have_count(0)
    page.context.close()


def test_a_history_leads_to_the_other_runs_over_the_dataset(
    browser: Browser, address: str, axe: str
) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    history = page.get_by_role("region", name="History")
    here = history.get_by_role("link", name="this run")
    expect(here).to_have_count(1)
    assert violations(page, axe) == []
    history.get_by_label("Figure of the history").click()
    page.get_by_role("option", name="exact").click()
    page.wait_for_url("**history=exact*")
    history.get_by_role("link", name="agent v6, 20").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agent v6")
    assert asked(page)["history"] == ["exact"]
    page.context.close()


def test_runs_are_narrowed_to_one_dataset_and_back(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    page.get_by_role("link", name="its runs").click()
    expect(page.get_by_role("group", name="one dataset")).to_be_visible()
    assert "dataset" in asked(page)
    page.get_by_role("button", name="Show more than one dataset").click()
    expect(page.get_by_role("group", name="one dataset")).to_have_count(0)
    assert "dataset" not in asked(page)
    page.context.close()


def test_sessions_of_one_run_say_so_and_lead_to_all(browser: Browser, address: str) -> None:
    page = opened(browser, address + SESSIONS_ADDRESS)
    expect(page.get_by_role("group", name="one run").get_by_role("link")).to_be_visible()
    with page.expect_request("**/v1/events/search") as sent:
        page.get_by_role("button", name="Show more than one run").click()
    fields = [one["field"] for one in json.loads(sent.value.post_data or "{}")["filters"]]
    assert fields == ["event_type"]
    page.context.close()


def test_an_output_is_copied_on_a_page_that_came_over_plain_http(
    browser: Browser, address: str
) -> None:
    """Browsers have no clipboard there; a selection is copied in its place."""
    page = opened(browser, "about:blank")
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(f"{address}/runs/exp_0?item=0:q-0001")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Copy ground truth").click()
    expect(drawer.get_by_role("button", name="Copied")).to_be_visible()
    page.keyboard.press("Escape")
    search = page.get_by_label("Search ids, outputs, errors")
    search.focus()
    page.keyboard.press("Control+V")
    expect(search).not_to_have_value("")
    page.context.close()


def test_what_nobody_answered_is_asked_again_when_the_server_is_back(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    expect(page.get_by_role("button", name="Open q-0001", exact=True)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Search ids, outputs, errors").fill("q-0002")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(page.get_by_text("What is shown may be old")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("button", name="Open q-0002", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.context.close()


def test_stored_datasets_are_asked_for_apart_from_managed_ones(
    browser: Browser, address: str
) -> None:
    page = opened(browser, "about:blank")
    with page.expect_request("**/api/v1/datasets?**managed=false**"):
        page.goto(f"{address}/datasets")
    expect(page.get_by_role("table", name="Stored versions")).to_be_visible()
    page.context.close()
