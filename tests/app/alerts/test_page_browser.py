"""The page Alerts in a real browser: an alert is taken by its button, and a channel is tested, while somebody looks."""

import pytest
from playwright.sync_api import expect

from tests.app.alerts.test_page import told  # noqa: F401
from tests.app.browsing import Open, browser, visit  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.usefixtures("told")
def test_an_alert_is_taken_and_a_channel_tested_where_they_stand(visit: Open) -> None:  # noqa: F811
    tab = visit("northwind")
    page = tab.go("/alerts")
    buttons = page.get_by_role("button", name="Acknowledge")
    expect(buttons).to_have_count(2)
    buttons.first.click()
    expect(page.locator(".banner", has_text="Acknowledged")).to_be_visible(timeout=20_000)
    tab.settle()
    expect(buttons).to_have_count(1)
    page.get_by_role("button", name="Test a channel").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".banner", has_text="is on its way through chat")).to_be_visible(timeout=20_000)
    assert tab.said == []
