"""The queue in pages: every exception on one of them, and a choice ends with its page."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from app import queue_bulk, queue_pages
from tests.app.drawing import Draw, html_of


@pytest.fixture
def page(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The queue of a person who sees two customers, in pages of five."""
    monkeypatch.setattr(queue_pages, "SIZE", 5)
    return draw("exceptions", "partner_support")


def shown(page: AppTest) -> tuple[list[str], str]:
    """The rows on the page, and which they are said to be."""
    html = html_of(page)
    span = re.search(r"\d+ to \d+ of \d+", html)
    return re.findall(r'role="option" id="row-\d+" data-id="([^"]+)"', html), span[0] if span else ""


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


def test_one_reads_on_to_the_end_and_back(page: AppTest) -> None:
    first, said = shown(page)
    total = int(said.split()[-1])
    assert said == f"1 to 5 of {total}"
    assert "Back" not in labels(page)
    read = list(first)
    while "Next" in labels(page):
        page = press(page, "Next")
        read += shown(page)[0]
    assert (len(read), len(set(read))) == (total, total)
    while "Back" in labels(page):
        page = press(page, "Back")
    assert shown(page) == (first, said)


def test_another_filter_begins_at_its_first_page_and_a_choice_ends_with_the_page(page: AppTest) -> None:
    page = press(page, "Next")
    assert page.session_state[queue_bulk.ROUNDS] == 1
    page = page.selectbox(key="kind").select("business").run()
    assert "Back" not in labels(page)


def test_a_page_that_was_worked_off_gives_way_to_the_one_before(page: AppTest) -> None:
    first = shown(page)
    page = press(page, "Next")
    reading = page.session_state[queue_pages.PAGES]
    nowhere = (float("inf"), 0.0, 0.0, 0.0, 0.0)
    page.session_state[queue_pages.PAGES] = queue_pages.Reading(
        reading.filtered, reading.ranked_at, (nowhere,)
    )
    assert shown(page.run()) == first
