"""Service margin: worked by hand; whatever is missing leaves the month unknown; the hourly cost is the partner's secret."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from metrics.period import Period
from tests.metrics.builders import at
from tests.metrics.conftest import LATER

QUARTER = Period.parse("2026-08-01..2026-11-01", "UTC", LATER)
RUNNING = Period.parse("2026-11", "UTC", LATER)


@pytest.fixture
def served(books):
    """2,000 USD a month, 100 owed back in October, 90 minutes at 60 an hour."""
    own = books.customer(("2026-01-01", 2000))
    books.hour_costs(("USD", "2026-01-01", "40"), ("USD", "2026-10-01", "60"))
    books.sealed(own, "2026-10", "100.00")
    books.logged(own, 60, "2026-10-05 08:00")
    books.logged(own, 30, "2026-10-30 08:00")
    return own


def test_fees_less_credits_less_work(books, served) -> None:
    figure, frame = books.figures("D2")["USD"], books.rows("D2")
    assert (figure.numerator, figure.denominator, figure.value) == (1810, 2000, 0.905)
    assert (figure.detail["credits"], figure.detail["cost"], figure.detail["minutes"]) == (100, 90, 90)
    assert frame.loc[frame["in_numerator"], "amount"].sum() == figure.numerator
    assert frame.loc[frame["in_denominator"], "amount"].sum() == figure.denominator


def test_a_month_is_costed_as_it_was_then_and_months_are_a_ratio_of_sums(books, served) -> None:
    books.sealed(served, "2026-09", "0.00")
    books.logged(served, 600, "2026-09-05 08:00")  # at 40
    figure = books.figures("D2", period=QUARTER)["USD"]
    assert (figure.numerator, figure.denominator) == (Decimal(1810 + 1600), 4000)
    by_month = books.figures("D2", by="month", period=QUARTER)
    assert {part: f.value for (part, c), f in by_month.items() if c} == {"2026-09": 0.8, "2026-10": 0.905}
    august = books.figures("D2", period=QUARTER)[None]
    assert (august.unknown, august.detail["not_sealed"]) == (1, 1)


def test_the_newest_version_of_a_statement_counts_from_when_it_was_sealed(books, served) -> None:
    books.sealed(served, "2026-10", "300.00", version=2)
    assert books.figures("D2")["USD"].detail["credits"] == 300
    assert books.figures("D2", as_of=at("2026-11-02"))[None].detail["not_sealed"] == 1


@pytest.mark.parametrize(
    ("arrange", "missing"),
    [
        (lambda b, own: b.logged(own, 60, "2026-10-05"), "not_sealed"),
        (lambda b, own: b.sealed(own, "2026-10", "0.00"), "not_logged"),
        (lambda b, own: (b.logged(own, 9, "2026-10-05"), b.sealed(own, "2026-10", None)), "not_decided"),
        (lambda b, own: (b.logged(own, 9, "2026-10-05"), b.sealed(own, "2026-10", "0.00")), "no_rate"),
    ],
)
def test_what_is_not_known_makes_the_month_unknown(books, arrange, missing) -> None:
    own = books.customer(("2026-01-01", {"amount": 2000, "currency": "EUR"}))
    books.hour_costs(("USD", "2026-01-01", "40"))  # in the wrong currency: it is not converted
    arrange(books, own)
    (figure,) = books.figures("D2").values()
    assert (figure.value, figure.unknown, figure.detail[missing]) == (None, 1, 1)
    assert books.rows("D2")["is_unknown"].sum() == 1


def test_a_month_that_is_not_over_and_one_without_a_fee_have_none(books, served) -> None:
    (running,) = books.figures("D2", period=RUNNING).values()
    assert (running.value, running.unknown, running.sample) == (None, 0, 0)
    free = books.customer(("2026-01-01", 0))
    (nothing,) = books.figures("D2", free).values()
    assert (nothing.value, nothing.unknown) == (None, 0)


def test_the_fee_is_that_of_the_months_first_day_as_in_its_statement(books) -> None:
    own = books.customer(("2026-10-01", 1000), ("2026-10-02", 3000), stopped="2026-10-20")
    late = books.customer(("2026-10-02", 800))
    books.hour_costs(("USD", "2026-01-01", "60"))
    for each in (own, late):
        books.sealed(each, "2026-10", "0.00")
        books.logged(each, 60, "2026-10-05")
    assert books.figures("D2", own)["USD"].denominator == 1000
    assert {key: f.value for key, f in books.figures("D2", late).items()} == {None: None}


def test_work_can_cost_more_than_the_fee(books) -> None:
    own = books.customer(("2026-01-01", 100))
    books.hour_costs(("USD", "2026-01-01", "60"))
    books.sealed(own, "2026-10", "0.00")
    books.logged(own, 150, "2026-10-05")
    assert books.figures("D2")["USD"].value == -0.5


def test_the_hourly_cost_is_read_for_the_partners_own_people_only(conn, books, served, as_viewer) -> None:
    ask = text("SELECT count(*) FROM ops.hourly_cost")
    with as_viewer([served], LATER) as reader:
        assert reader.execute(ask).scalar_one() == 0
    with as_viewer([served], LATER, staff=True) as reader:
        assert reader.execute(ask).scalar_one() == 1
    with as_viewer(
        [], LATER, staff=True
    ) as reader:  # of a partner with none of whose customers one has to do
        assert reader.execute(ask).scalar_one() == 0


@pytest.mark.parametrize("role", ["triage", "portal", "collector"])
def test_no_other_role_reads_the_hourly_cost(books, served, as_viewer, role) -> None:
    with (
        as_viewer([served], LATER, role=role, staff=True) as reader,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        reader.execute(text("SELECT * FROM ops.hourly_cost"))
