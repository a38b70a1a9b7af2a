"""Traces, datasets and reviews in a real browser, by mouse and by keyboard."""

from playwright.sync_api import Browser, Request, expect

from tests.integration.page.seen import opened


def test_the_keyboard_walks_folds_and_unfolds_a_trace(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/sessions/ses_short")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(10)
    tree.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", level=2)).to_have_text("step 1")
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("treeitem")).to_have_count(8)
    expect(tree.get_by_role("treeitem", selected=True)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=2)).to_have_text("chat small-1")
    assert "event=ses_short-step-0-model" in page.url
    page.context.close()


def test_a_long_trace_draws_only_what_is_in_view_and_is_searched_whole(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/sessions/ses_long")
    expect(page.get_by_text("1,501 events")).to_be_visible()
    assert page.get_by_role("treeitem").count() < 80
    search = page.get_by_label("Search in this trace")
    search.fill("TimeoutError")
    expect(page.get_by_text("56 found")).to_be_visible()
    search.press("Enter")
    search.press("Enter")
    expect(page.get_by_text("2 of 56 found")).to_be_visible()
    expect(page.get_by_label("Error", exact=True)).to_contain_text("TimeoutError")
    page.context.close()


def test_a_datapoint_of_a_run_leads_to_its_trace(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    page.get_by_role("link", name="open the trace of q-0001").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("agent v7")
    expect(page.get_by_label("Annotations")).to_contain_text("The answer leaves one box out.")
    page.context.close()


def test_datapoints_that_moved_are_chosen_by_metric_and_change(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/runs/compare?new=exp_0&old=exp_1")
    expect(page.get_by_role("list", name="Datapoints that got worse")).to_be_visible()
    page.get_by_text("Improved 38").click()
    moved = page.get_by_role("list", name="Datapoints that got better")
    expect(moved.get_by_role("listitem")).to_have_count(20)
    assert "way=improved" in page.url
    page.context.close()


def test_a_datapoint_that_is_no_json_is_refused_before_it_is_sent(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/datasets/mds_words")
    page.get_by_role("button", name="Add datapoint").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Inputs, as JSON").fill("{")
    dialog.get_by_role("button", name="Add to version 4").click()
    expect(dialog).to_contain_text("This is not JSON")
    dialog.get_by_label("Inputs, as JSON").fill('{"question": "2 + 2?"}')
    dialog.get_by_role("button", name="Add to version 4").click()
    expect(dialog).to_be_hidden()
    page.context.close()


def test_a_review_is_answered_by_the_keyboard_alone(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/reviews/que_failed")
    expect(page.get_by_role("button", name="Save and next")).to_be_disabled()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Fail")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="cold")).to_have_attribute("aria-pressed", "true")
    with page.expect_request("**/items/ses_short/complete") as sent:
        page.keyboard.press("Enter")
    assert sent.value.post_data_json == {
        "annotations": [{"name": "correct", "value": False}, {"name": "tone", "value": "cold"}]
    }
    page.context.close()


def test_a_reviewer_goes_with_every_answer_and_is_remembered(
    browser: Browser, address: str
) -> None:
    """A name that is typed after the item was claimed takes the item over before it answers."""
    page = opened(browser, f"{address}/reviews/que_failed")
    expect(page.get_by_role("button", name="Save and next")).to_be_visible()
    posted: list[tuple[str, str | None]] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            author = (request.post_data_json or {}).get("author")
            posted.append((request.url.rsplit("/", 1)[-1], author))

    page.on("request", note)
    page.get_by_label("Reviewer").fill("ada")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("y")
    page.keyboard.press("1")
    page.get_by_role("button", name="Save and next").click()
    page.wait_for_function("localStorage.getItem('assay.reviewer') === '\"ada\"'")
    page.wait_for_load_state("networkidle")
    assert posted == [("release", None), ("complete", "ada"), ("claim", "ada")]
    page.reload()
    expect(page.get_by_label("Reviewer")).to_have_value("ada")
    page.get_by_role("button", name="Skip").click()
    page.wait_for_load_state("networkidle")
    assert posted[3:] == [("claim", "ada"), ("skip", "ada"), ("claim", "ada")]
    page.context.close()


def test_the_items_of_a_run_are_narrowed_by_verdict_and_the_address_says_so(
    browser: Browser, address: str
) -> None:
    page = opened(browser, f"{address}/runs/exp_0")
    page.get_by_text("Not passed", exact=False).first.click()
    page.wait_for_url("**verdict=not_passed*")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="closeness").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="closeness")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="exact")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="closeness")).to_have_count(0)
    page.get_by_role("button", name="Download").click()
    link = page.get_by_role("menuitem", name="CSV, a column per metric").get_attribute("href")
    assert link == "/v1/runs/exp_0/items/export?format=csv&verdict=not_passed"
    page.context.close()
