"""Every page in a real browser: no fault, no outside request, no accessibility violation."""

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.page.seen import Scheme, beyond, opened, violations


PAGES = {
    "/runs": "Runs",
    "/evaluations/ev_words": "GSM8K, four recorded models",
    "/evaluations/ev_live": "GSM8K, second pass",
    "/evaluations/ev_words?tab=items": "GSM8K, four recorded models",
    "/evaluations/new": "New evaluation",
    "/runs/exp_0": "agent v7",
    "/runs/compare?new=exp_0&old=exp_1": "agent v7 against agent v6",
    "/tasks": "Tasks",
    "/tasks/task_words": "grade-school-maths",
    "/datasets": "Datasets",
    "/datasets/ds_words": "gsm8k",
    "/datasets/mds_words": "word problems",
    "/datasets/mds_words?tab=versions": "word problems",
    "/sessions": "Sessions",
    "/sessions/ses_short": "agent v7",
    "/sessions/ses_long": "long planning session",
    "/reviews": "Reviews",
    "/reviews/que_failed": "Failed answers",
    "/evaluators": "Evaluators",
    "/evaluators/new": "New evaluator",
    "/evaluators/met_polite": "polite",
    "/nowhere": "There is no page at this address",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_accessibility_rule(
    browser: Browser, address: str, axe: str, path: str, scheme: Scheme
) -> None:
    page = opened(browser, address + path, scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    assert violations(page, axe) == []
    page.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_narrow_screen_and_asks_nobody_else(
    browser: Browser, address: str, path: str
) -> None:
    page = opened(browser, "about:blank", width=400)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address + path)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    assert beyond(page) <= 0
    assert faults == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    page.context.close()


def test_a_discordant_cell_leads_to_its_items_and_an_item_to_its_answers(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/evaluations/ev_words")
    page.get_by_role("link", name="76 passed only by 175b_finetuning").click()
    expect(page.get_by_text("76 items")).to_be_visible()
    page.get_by_role("button", name="Open q-").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("article", name="Answer of 175b_finetuning")).to_be_visible()
    assert "item=0" in page.url
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.context.close()


def test_two_runs_are_ticked_and_compared(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/runs?kind=experiment")
    page.get_by_label("Choose agent v6 for a comparison", exact=True).check()
    page.get_by_label("Choose agent v7 for a comparison", exact=True).check()
    page.get_by_text("Compare the two").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agent v7 against agent v6")
    page.context.close()


def test_an_invalid_task_is_shown_with_its_line(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/evaluations/new")
    page.get_by_text("Write or upload YAML").click()
    page.get_by_label("Task as YAML").fill("name: x\nmatchr: {}\n")
    page.get_by_role("button", name="Check and store").click()
    expect(page.get_by_role("alert")).to_contain_text("matchr")
    page.context.close()


def test_on_a_narrow_screen_every_place_is_reached_by_the_keyboard(
    browser: Browser, address: str, axe: str
) -> None:
    page = opened(browser, f"{address}/tasks", width=400)
    button = page.get_by_role("button", name="Tasks")
    places = page.get_by_role("navigation", name="Main")
    expect(places).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(places.get_by_role("link")).to_have_count(7)
    assert violations(page, axe) == []
    assert page.evaluate("document.getElementById('places').scrollWidth") <= 400
    page.keyboard.press("Escape")
    expect(places).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(7):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gate")
    expect(places).to_be_hidden()
    page.context.close()


def test_a_page_that_was_not_opened_before_opens_while_the_server_does_not_answer(
    browser: Browser, address: str
) -> None:
    page = opened(browser, "about:blank")
    with page.expect_response("**/assets/SessionsPage*.js"):
        page.goto(f"{address}/runs")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.get_by_role("link", name="Sessions", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.context.close()
