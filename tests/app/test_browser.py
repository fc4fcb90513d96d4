"""The product in a real browser: what stands there, that nothing overflows, and that nothing complains."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from app.navigation import PAGES
from tests.app.browsing import Open, barriers, browser, visit
from tests.app.conftest import Served

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

ADDRESSES = ["/", *(f"/{page.slug}" for page in PAGES[1:])]


@pytest.mark.parametrize(
    ("partner", "colour"), [("northwind", "rgb(255, 255, 255)"), ("helix", "rgb(20, 18, 28)")]
)
def test_the_brand_is_there_before_the_frontend(visit: Open, partner: str, colour: str) -> None:
    tab = visit(partner)
    tab.page.goto(tab.base + "/flows", wait_until="domcontentloaded")
    assert tab.ask("getComputedStyle(document.body).backgroundColor") == colour
    name = {"northwind": "Northwind Connect", "helix": "Helix Ops"}[partner]
    assert name in tab.page.title()
    tab.settle()
    assert (
        tab.ask("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor") == colour
    )
    assert tab.page.title() == f"Flows · {name}"
    assert "/brand/icon.svg" in tab.ask("document.querySelector('link[rel~=icon]').href")


@pytest.mark.parametrize(  # every two of brand, mode and width meet once
    ("partner", "mode", "width"),
    [("northwind", None, 1440), ("northwind", "dark", 390), ("helix", None, 1440), ("helix", "light", 390)],
)
def test_every_page_fits_and_nothing_complains_or_is_fetched_from_elsewhere(
    visit: Open, partner: str, mode: str | None, width: int
) -> None:
    tab = visit(partner, width=width, mode=mode)
    for path in ADDRESSES:
        if path in ("/portfolio", "/incidents") and partner == "helix":
            continue  # it has one customer: there is nothing to compare, and no such page
        page = tab.go(path)
        wide = tab.ask(
            "[document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth]"
        )
        assert max(wide) <= width, f"{path} is {wide} wide at {width}"
        too_wide = tab.ask(
            "() => [...document.querySelectorAll('.sheet, .sheet table, .tile, [data-testid=stPlotlyChart]')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
        )
        assert not too_wide, f"{path}: {too_wide}"
        assert page.locator(".sheet").count() >= 2
        text = page.content().lower()
        assert "throughline" not in page.inner_text("body").lower()
        assert "streamlit" not in page.inner_text("body").lower()
        assert "<title>streamlit" not in text
        if path == "/portfolio" and width == 1440:
            assert page.locator("td .spark svg path").count() >= 2, "the months are drawn"
        if width == 1440 and (mode is None or path in ("/", "/exceptions")):
            assert barriers(page) == [], path
    assert tab.said == []
    assert tab.asked
    assert [url for url in tab.asked if not url.startswith((tab.base, "data:", "blob:"))] == []


@pytest.mark.parametrize(
    ("path", "target"), [("/", "A1||"), ("/flows", "A6|flow|time-to-erp"), ("/exceptions", "queue|open|all")]
)
def test_a_figure_opens_its_card(visit: Open, path: str, target: str) -> None:
    tab = visit()
    page = tab.go(path)
    page.click(f'[data-open="{target}"]')
    card = page.locator("[data-testid=stDialog]")
    card.get_by_text("Rows behind it").wait_for(timeout=60_000)
    of_metrics = ("Coverage", "Unknown", "Definition") if target.startswith("A") else ()
    for part in ("Formula", "Counted", "As of", *of_metrics):
        assert card.get_by_text(part, exact=False).count(), part
    assert path == "/" or barriers(page) == []
    if of_metrics:
        with page.expect_download(timeout=60_000) as download:
            card.get_by_role("button", name="rows as CSV").click()
        lines = download.value.path().read_text(encoding="utf-8").splitlines()
        assert "in_numerator" in lines[0]
        assert f"All {len(lines) - 1:,} rows as CSV" in card.inner_text()
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    assert tab.said == []


def test_the_queue_is_walked_with_keys(visit: Open) -> None:
    tab = visit()
    page = tab.go("/exceptions")
    pane = page.locator(".pane h2").first
    first = pane.inner_text()
    page.locator(".queue").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")  # the first two are called the same: one of each customer
    expect(pane).not_to_have_text(first, timeout=30_000)
    third = page.locator(".queue .row").nth(2).get_attribute("data-id")
    assert page.locator(".queue .row.here").get_attribute("data-id") == third
    page.keyboard.press("Home")
    expect(pane).to_have_text(first, timeout=30_000)


def test_what_needs_attention_leads_to_the_queue(visit: Open) -> None:
    tab = visit()
    page = tab.go("/")
    link = page.locator(".todo a").nth(1)
    title = link.inner_text()
    link.click()
    page.wait_for_url("**/exceptions?open=*")
    tab.settle()
    page.locator(".pane h2").filter(has_text=title).first.wait_for(timeout=30_000)


def test_the_month_travels_with_the_address(visit: Open) -> None:
    tab = visit()
    page = tab.go("/?customer=borealis&month=2026-10")
    assert page.locator("h1").first.inner_text() == "Borealis Advisory"
    assert "October 2026" in page.locator(".head").first.inner_text()
    page.get_by_role("link", name="Flows").click()
    page.wait_for_url("**/flows*")
    tab.settle()
    assert "October 2026" in page.locator(".head").first.inner_text()
    assert page.locator("h1").first.inner_text() == "Borealis Advisory"


def test_an_executive_cannot_reach_another_customer_by_address(visit: Open) -> None:
    tab = visit(role="customer_executive")
    page = tab.go("/?customer=borealis")
    assert page.locator("h1").first.inner_text() == "Acme Consulting"
    assert "Borealis" not in page.content()


def test_a_lost_connection_is_said(visit: Open) -> None:
    tab = visit()
    page = tab.go("/")
    page.context.set_offline(True)
    page.route("**/*", lambda route: route.abort())
    page.evaluate(
        "() => { const app = document.querySelector('[data-testid=stApp]'); app.dataset.testConnectionState = 'CONNECTING'; }"
    )
    page.locator("#lost").filter(has_text="Connection lost").wait_for(timeout=30_000)


def test_an_ended_session_leads_to_the_sign_in(visit: Open, served: Served) -> None:
    from sqlalchemy import text

    tab = visit(role="partner_support")
    tab.go("/")
    with served.db.engine("owner").begin() as conn:
        own = "SELECT person_id FROM ops.person WHERE email = :email"
        email, _ = served.world.person("northwind", "partner_support")
        conn.execute(text(f"DELETE FROM ops.session WHERE person_id IN ({own})"), {"email": email})
    del served.signed_in["northwind", "partner_support"]
    with suppress(
        PlaywrightTimeout
    ):  # the page may notice by itself, and then there is no link to click any more
        tab.page.get_by_role("link", name="Flows").click(timeout=5_000)
    tab.page.wait_for_url("**/auth/login*", timeout=60_000)


def test_a_dark_page_prints_on_white_paper(visit: Open) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    tab = visit("helix")
    for path in ("/", "/business-impact"):
        page = tab.go(path)
        page.emulate_media(media="print")
        assert not page.locator("[data-testid=stSidebar]").is_visible()
        assert not page.locator(".st-key-toolbar [data-testid=stSelectbox]").first.is_visible()
        assert page.locator(".head h1").is_visible()
        assert (
            tab.ask("getComputedStyle(document.querySelector('.tile')).backgroundColor")
            == "rgb(255, 255, 255)"
        )
        assert tab.ask("getComputedStyle(document.documentElement).colorScheme") == "light"
        paper = page.pdf(format="A4", landscape=True, print_background=True)
        assert len(PdfReader(BytesIO(paper)).pages) <= 3
        page.emulate_media(media="screen")
