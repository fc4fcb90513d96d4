"""Saved views on the page: an address sets the filters of whoever may use it, and of nobody else."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import queue_reads, queue_saved, saved_views
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of

pytestmark = pytest.mark.slow

Saves = Callable[..., int]


@pytest.fixture
def saves(seeded: Placed, draw: Draw, now: datetime) -> Iterator[Saves]:
    """Saves a filter as the person who draws pages, or as somebody of the other partner."""

    def save(name: str, shared: bool = False, partner: str = "northwind", **chosen: str) -> int:
        person = session_of(seeded.world, "partner_manager", partner).person_id
        with seeded.db.engine("owner").connect() as conn:
            of = text(
                "SELECT p.person_id FROM ops.person p JOIN ops.partner r ON r.partner_id = p.partner_id"
                " WHERE r.key = :partner AND p.role LIKE 'partner%' ORDER BY p.person_id = :person DESC LIMIT 1"
            )
            person = conn.execute(of, {"partner": partner, "person": person}).scalar_one()
        return saved_views.save(seeded.db, person, name, chosen, shared, now)

    yield save
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("DELETE FROM ops.saved_view"))


def follow(page: AppTest, number: int) -> AppTest:
    page.query_params["saved"] = str(number)
    return page.run()


def chosen(page: AppTest) -> dict[str, str]:
    return dict(page.session_state["filter of the queue"])


def test_an_address_sets_the_filters_and_stays_as_long_as_they_say_the_same(draw: Draw, saves: Saves) -> None:
    page = follow(draw("exceptions", "partner_support"), saves("Waits", view="waiting", kind="technical"))
    assert chosen(page) == {**saved_views.USUAL, "view": "waiting", "kind": "technical"}
    assert page.query_params["saved"] == page.session_state[queue_saved.FOLLOWED]
    page.selectbox(key="kind").select("any").run()
    assert "saved" not in page.query_params
    assert chosen(page) == {**saved_views.USUAL, "view": "waiting"}


def test_a_button_sets_them_too_and_nothing_of_the_filter_before_is_left(draw: Draw, saves: Saves) -> None:
    saves("Waits", view="waiting")
    page = draw("exceptions", "partner_support")
    page.selectbox(key="kind").select("business").run()
    next(button for button in page.button if button.label.startswith("Waits ")).click().run()
    assert chosen(page) == {**saved_views.USUAL, "view": "waiting"}


def test_a_view_says_how_many_it_holds_before_and_after_it_is_chosen(draw: Draw, saves: Saves) -> None:
    saves("Waits", view="waiting")
    saves("Deals", kind="business", find="was won")
    saves("Nowhere", find="no such words")
    page = draw("exceptions", "partner_support")
    told = dict(button.label.rsplit(" ", 1) for button in page.button if button.key.startswith("saved view"))
    assert told["Nowhere"] == "0"
    for name in ("Waits", "Deals"):
        page = next(button for button in page.button if button.label.startswith(name)).click().run()
        assert html_of(page).count('role="option"') == int(told[name]) > 0


def test_no_view_is_counted_beyond_what_anybody_would_read(
    draw: Draw, saves: Saves, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves("All of it", view="open")
    monkeypatch.setattr(queue_reads, "COUNTED_TO", 3)
    page = draw("exceptions", "partner_support")
    assert "All of it 3+" in [button.label for button in page.button]


def test_another_partner_s_view_sets_nothing(draw: Draw, saves: Saves) -> None:
    theirs = saves("Theirs", shared=True, partner="helix", view="closed")
    page = follow(draw("exceptions", "partner_support"), theirs)
    assert chosen(page) == saved_views.USUAL
    assert "saved" not in page.query_params
    assert not any(button.label.startswith("Theirs") for button in page.button)


def test_a_customer_s_person_has_none_and_saves_none(
    draw: Draw, saves: Saves, seeded: Placed, now: datetime
) -> None:
    number = saves("Ours", shared=True, view="closed")
    page = follow(draw("exceptions", "customer_executive"), number)
    assert chosen(page) == saved_views.USUAL
    assert not any(button.label.startswith("Ours") for button in page.button)
    with seeded.db.engine("owner").connect() as conn:
        whose = conn.execute(
            text("SELECT person_id FROM ops.person WHERE role = 'customer_executive' LIMIT 1")
        ).scalar_one()
    assert saved_views.of_person(seeded.db, whose) == []
    with pytest.raises(saved_views.SavedViewError, match="only the partner's people"):
        saved_views.save(seeded.db, whose, "x", {}, False, now)


def test_what_a_filter_no_longer_knows_is_left_out() -> None:
    saved = saved_views.Saved(1, "Old", {"view": "new", "colour": "red"}, False, True, "Sam")
    assert saved.whole == {**saved_views.USUAL, "view": "new"}
