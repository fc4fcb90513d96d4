"""A card is split by what a person picks, and becomes the card of the part that is picked."""

import pytest
from streamlit.testing.v1 import AppTest

from app import data
from app.target import Target
from app.view import View
from metrics.catalogue import METRICS, by_key
from tests.app.drawing import Draw, html_of

pytestmark = pytest.mark.slow


def _opened(view, target):
    from app import card

    card.draw(view, target)


@pytest.fixture
def view(draw: Draw) -> View:
    return draw("definitions").session_state["what is looked at"]


def opened(view: View, key: str, by: str | None = None, part: str = "") -> AppTest:
    return AppTest.from_function(
        _opened, kwargs={"view": view, "target": Target(key, by, part)}, default_timeout=60
    ).run()


def test_unbilled_work_is_split_by_practice_and_by_project(view: View) -> None:
    card = opened(view, "C7")
    for by in ("practice", "project"):
        card.selectbox(key="split C7").select(by).run()
        figures = data.figures(view.one, (data.Asked("C7", view.period, by),), view.as_of)[
            data.Asked("C7", view.period, by)
        ]
        shown = card.dataframe[0].value
        assert sorted(shown["Part"]) == sorted(figure.part for figure in figures) != []
        assert set(shown["Figure"]) == {view.words.value(figure) for figure in figures}


def test_a_part_that_is_picked_is_what_the_card_is_of_and_its_rows_add_up(view: View) -> None:
    card = opened(view, "C7")
    card.selectbox(key="split C7").select("practice").run()
    name = card.selectbox(key="part C7 practice").options[1]
    card.selectbox(key="part C7 practice").select(name).run()
    said = html_of(card)
    assert (name in said, "as in the figure." in said, "do not tell" in said) == (True, True, False)


def test_the_card_of_a_part_is_not_split_again(view: View) -> None:
    assert not opened(view, "C7", "practice", "Cloud").selectbox


def test_a_card_offers_what_its_metric_can_be_split_by_and_no_trend(view: View) -> None:
    for key in ("C5", "C14", "A1"):
        offered = opened(view, key).selectbox[0].options
        assert offered == [
            "Nothing",
            *(by.capitalize() for by in by_key(key).by if by not in ("day", "month")),
        ]
    assert any(set(metric.by) & {"day", "month"} for metric in METRICS)


def test_a_table_of_parts_says_what_a_share_was_counted_from_and_nothing_twice(view: View) -> None:
    card = opened(view, "C7")
    card.selectbox(key="split C7").select("practice").run()
    assert list(card.dataframe[0].value) == ["Part", "Figure", "Unknown"], (
        "one currency, and money is its own number"
    )
    card = opened(view, "C13")
    card.selectbox(key="split C13").select("practice").run()
    shown = card.dataframe[0].value
    assert list(shown) == ["Part", "Counted", "Figure", "In numbers", "Unknown"]
    assert all(
        " of " in said
        for said, share in zip(shown["In numbers"], shown["Figure"], strict=True)
        if "%" in share
    )
