"""Both systems side by side on the page Flows: four cells by kind of record, in money gross and net, and the age of breaks."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from app import data, side_by_side
from app.view import View
from metrics.figure import Figure
from tests.app.test_summary import WORDS, measure

CELLS = {"equal": 5, "different": 2, "source_only": 0, "target_only": 1}
AGES = {"broken_1d": 1, "broken_7d": 0, "broken_30d": 0, "broken_older": 2}
HOW = {"automatic": 6, "manual": 1, "suggested": 0, "unsure": 0, "not_read": 0}


def held(currency: str | None = None, **detail: Any) -> Figure:
    """Eight projects of which five are in both systems and equal; or what they are worth."""
    main: Any = measure("C10", 0.625).main
    return replace(
        main, part="project", currency=currency, numerator=5, denominator=8, sample=8, detail={**CELLS, **AGES, **HOW, **detail}
    )  # fmt: skip


def test_a_kind_of_record_stands_in_four_cells_with_the_age_of_its_breaks() -> None:
    name, equal, broken, _ = side_by_side.line(held(), [held()], WORDS)
    assert "matched: 6 by rule, 1 by people" in name
    assert 'data-open="C10|object|project"' in equal
    assert "5 of 8" in equal
    assert "2 different, 1 in the target only" in broken
    assert "for 1 up to a day, 2 longer" in broken


def test_offsetting_errors_show_in_money_although_the_totals_agree() -> None:
    of_value = held("GBP", gross_difference=Decimal(200), net_difference=Decimal(0))
    even = held("EUR", gross_difference=Decimal(0), net_difference=Decimal(0))
    money = side_by_side.line(held(), [held(), of_value, even], WORDS)[3]
    assert money == "£200 apart, £0.00 net<br>EUR: no difference"


def test_where_all_are_equal_it_says_so() -> None:
    well = held(**dict.fromkeys((*CELLS, *AGES), 0))
    assert "All are" in side_by_side.line(well, [well], WORDS)[2]


def test_what_nobody_can_tell_is_not_said_to_be_equal() -> None:
    doubtful = held(**dict.fromkeys((*CELLS, *AGES), 0), unsure=3)
    cell = side_by_side.line(doubtful, [doubtful], WORDS)[2]
    assert "3 not known: only suggested" in cell
    assert "All are" not in cell


def test_months_stand_one_above_the_other_and_lead_to_where_they_open() -> None:
    view: Any = SimpleNamespace(words=WORDS, month="2026-11", customer=SimpleNamespace(key="acme"))
    of_month = [replace(held(), part=part) for part in ("2026-09", "2026-10", "2026-11")]
    worth = replace(held("GBP", gross_difference=Decimal(200), net_difference=Decimal(5)), part="2026-10")
    empty = replace(of_month[0], sample=0)
    html = side_by_side.months([empty, *of_month[1:], worth], view)
    assert [name in html for name in ("September 2026", "October 2026", "November 2026")] == [
        False,
        True,
        True,
    ]
    assert html.index("November") < html.index("October")
    assert 'data-open="C10|month|2026-11"' in html
    assert 'href="/flows?customer=acme&amp;month=2026-10"' in html
    assert html.count("£200 apart, £5.00 net") == 1
    assert side_by_side.months(of_month[:1], view) == "", "one month is nothing to compare"


def test_a_month_of_many_says_what_it_says_alone(drawn: Callable[[str], tuple[str, View]]) -> None:
    html, view = drawn("flows")
    asked = side_by_side.over_time(view)
    by_month = data.figures(view.one, (asked,), view.as_of)[asked]
    seen = [figure for figure in by_month if figure.sample and figure.currency is None]
    assert len(seen) > 1
    for figure in seen:
        alone = data.Asked("C10", view.period_of(figure.part))
        whole = next(
            each for each in data.figures(view.one, (alone,), view.as_of)[alone] if not each.currency
        )
        assert (figure.numerator, figure.denominator) == (whole.numerator, whole.denominator)
        assert view.words.month(figure.part) in html


def test_the_page_says_what_the_figure_says(drawn: Callable[[str], tuple[str, View]]) -> None:
    html, view = drawn("flows")
    (found,) = data.figures(view.one, (side_by_side.question(view),), view.as_of).values()
    of_projects = next(figure for figure in found if figure.part == "project" and figure.currency is None)
    assert "Both systems, side by side" in html
    for cell in side_by_side.line(
        of_projects, [each for each in found if each.part == "project"], view.words
    ):
        assert cell in html
