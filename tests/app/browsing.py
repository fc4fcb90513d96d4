"""A browser for tests: who signs in, when a page is drawn, and what of it hinders whom."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.app.conftest import Served

CHROMIUM = next(
    (
        path
        for path in ("/usr/bin/chromium", shutil.which("chromium"), shutil.which("google-chrome"))
        if path and os.path.exists(path)
    ),
    None,
)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]  # fmt: skip
Open = Callable[..., "Visit"]


class Visit:
    """A browser tab of a signed-in person; `said` is what the console complained about, `asked` what was fetched."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on(
            "console",
            lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page is drawn and nothing is loading any more."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=90_000)
        self.page.wait_for_selector("text=Data as of", timeout=90_000)
        expect(self.page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=90_000)

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "NOT TESTED in a browser: there is no Chromium (apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


def sign_in(
    context: BrowserContext, served: Served, partner: str, role: str, mode: str | None = None
) -> Visit:
    """A tab of the partner's person with this role, with no page in it yet; whoever has signed in before need not again."""
    base = f"http://{partner}.localhost:{served.port}"
    tab = Visit(context.new_page(), base)
    if mode:
        tab.page.goto(f"{base}/auth/mode?to={mode}&next=/auth/login")
    if kept := served.signed_in.get((partner, role)):
        context.add_cookies(kept)
        return tab
    tab.page.goto(f"{base}/auth/login")
    email, password = served.world.person(partner, role)
    tab.page.fill("input[name=email]", email)
    tab.page.fill("input[name=password]", password)
    tab.page.click("button")
    tab.page.wait_for_load_state("load")
    tab.settle()
    served.signed_in[partner, role] = [each for each in context.cookies() if each["name"] != "mode"]
    return tab


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Open]:
    """Opens a tab and signs in."""
    contexts = []

    def start(
        partner: str = "northwind", role: str = "partner_manager", width: int = 1440, mode: str | None = None
    ) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        return sign_in(context, served, partner, role, mode)

    yield start
    for context in contexts:
        context.close()


# What axe finds in the frontend itself and neither style sheet nor script of ours can mend, by rule, with the reason.
# There is nothing at the moment: the frontend's one poor contrast, the word of a chosen switch, is mended in app.css.
NOT_OURS: dict[str, str] = {}


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical for people who see, hear or move differently, against WCAG 2.2 AA."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical") and rule["id"] not in NOT_OURS
        for node in rule["nodes"]
    ]
