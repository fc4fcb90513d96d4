"""Retention: a cohort of a year ago worked by hand, and lost customers with Wilson's interval."""

import pytest

from metrics.period import Period
from tests.metrics.conftest import LATER


@pytest.fixture
def cohort(books):
    """A year ago 1,000 + 500 + 300 + 200 USD and 400 EUR; one grew, one shrank, one left, one moved to another currency."""
    books.customer(("2025-01-01", 1000), ("2026-03-01", 1400))
    books.customer(("2025-01-01", 500), ("2026-03-01", 350))
    books.customer(("2025-01-01", 300), stopped="2026-07-01")
    books.customer(("2025-01-01", 200), ("2026-02-01", {"amount": 180, "currency": "EUR"}))
    books.customer(("2025-01-01", {"amount": 400, "currency": "EUR"}))
    books.customer(("2025-11-02", 900))  # came a day too late to belong
    return books


@pytest.mark.parametrize(
    ("key", "dollars"),
    [("D3", (1750, 1800)), ("D3b", (1350, 1800))],
)
def test_of_what_was_paid_a_year_ago(cohort, key, dollars) -> None:
    found, frame = cohort.figures(key), cohort.rows(key)
    assert (found["USD"].numerator, found["USD"].denominator) == dollars
    assert found["USD"].value == pytest.approx(dollars[0] / dollars[1])
    assert (found["EUR"].numerator, found["EUR"].denominator, found["EUR"].sample) == (400, 400, 1)
    assert (found["USD"].sample, found[None].unknown, found[None].value) == (3, 1, None)
    mine = frame[frame["currency"] == "USD"]
    sums = [mine.loc[mine[side], "amount"].sum() for side in ("in_numerator", "in_denominator")]
    assert tuple(sums) == dollars
    assert frame["is_unknown"].sum() == 1


def test_customers_lost_are_counted(cohort) -> None:
    figure, frame = cohort.figures("D3c")[None], cohort.rows("D3c")
    assert (figure.numerator, figure.denominator) == (1, 5)
    assert (frame["in_numerator"].sum(), frame["in_denominator"].sum()) == (1, 5)


def test_the_year_ends_with_the_period_however_long_it_is(cohort) -> None:
    year = Period.parse("2025-11-01..2026-11-01", "UTC", LATER)
    assert cohort.figures("D3", period=year)["USD"].value == cohort.figures("D3")["USD"].value


def test_nobody_who_paid_a_year_ago_is_no_retention_at_all(books) -> None:
    books.customer(("2026-01-01", 500))
    for key in ("D3", "D3b", "D3c"):
        assert books.figures(key) == {}
