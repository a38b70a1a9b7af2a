"""A page in a browser, and what went wrong on it."""

from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, expect


Scheme = Literal["light", "dark"]
PATIENCE_MS = 30_000


class Seen:
    """One page in a context of its own, with the faults it reported."""

    def __init__(self, browser: Browser, *, scheme: Scheme = "light", width: int = 1440) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def close(self) -> None:
        """End the context; nothing may have gone wrong."""
        assert [] == self.faults
        self.page.context.close()


def opened(browser: Browser, address: str, *, scheme: Scheme = "light", width: int = 1440) -> Page:
    """Return a page at ``address``."""
    page = Seen(browser, scheme=scheme, width=width).page
    page.goto(address)
    return page


def violations(page: Page, axe: str) -> list[tuple[str, object]]:
    """Return the accessibility rules that the page breaks, each with its first place."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]]


def beyond(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width
