"""What if other terms were agreed, on the page: the same months, credits and advice as on the command line."""

from typing import Any

import pytest

from app import review_reads, terms_file, whatif
from metrics.sla.window import in_force, months_before
from sql.database import viewer
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.app.test_review_page import fill, press
from tests.app.test_sla_commands import TIERS

pytestmark = pytest.mark.slow

HOLD = "Hold the past months against them"


@pytest.fixture
def page(draw: Draw) -> Any:
    review_reads.forget()
    whatif.hold.clear()
    return press(draw("review"), "What if")


def test_several_tiers_are_held_against_the_past_months(page: Any) -> None:
    fill(page, "whatif acme terms", TIERS)
    fill(page, "whatif acme months", 2)
    html = html_of(press(page, HOLD))
    assert "Usual would have held." in html
    assert "The most demanding of 3 that no month missed: kept in all 2." in html
    assert "US$600 of credits in 2 months" in html
    assert "items that would be missed" in html
    assert "as agreed: met" in html, "what would be missed was met under what is agreed"


def test_it_begins_with_what_is_agreed_and_says_then_what_the_months_say(page: Any, seeded: Placed) -> None:
    (text,) = (box.value for box in page.text_area if box.key == "whatif acme terms")
    view = page.session_state["what is looked at"]
    last = months_before(view.as_of.date().replace(day=1), 2)[0]
    with viewer(seeded.db, [view.customer.customer_id]) as conn:
        assert terms_file.load_text(text, "terms") == [in_force(conn, view.customer.customer_id, last)]
    held = whatif.hold.__wrapped__(view.scope, view.customer, text, last, 1)
    assert held.replays[0].months == held.agreed


def test_few_months_that_prove_anything_advise_nothing(page: Any) -> None:
    fill(page, "whatif acme terms", TIERS)
    html = html_of(press(page, HOLD))
    assert "No tier can be advised." in html
    assert "Only 3 of 13 months prove anything: too few to know whether a tier holds." in html
    assert "Nothing came due in the 10 months before." in html


def test_a_mistake_names_its_line(page: Any) -> None:
    fill(page, "whatif acme terms", TIERS.replace("target: 2}", "target: 200}", 1))
    html = html_of(press(page, HOLD))
    assert "terms:3: 2.objectives.1: 200 is more than 100 percent" in html
    nobody = TIERS.replace("target: 2}", "target: 2, population: {flows: [nobody]}}", 1)
    fill(page, "whatif acme terms", nobody)
    html = html_of(press(page, HOLD))
    assert "terms.2027-01-01.objectives.a1: there is no flow" in html


@pytest.mark.parametrize("role", ["partner_support", "customer_executive"])
def test_only_the_manager_asks(draw: Draw, role: str) -> None:
    assert "What if" not in {button.label for button in draw("review", role).button}
