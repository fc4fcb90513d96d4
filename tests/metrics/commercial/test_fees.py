"""Monthly fees and how they change: worked by hand, by currency, from the versions of terms and the end of the service."""

from decimal import Decimal

import pytest

from metrics.period import Period
from tests.metrics.builders import at

YEARLY = {"amount": 1200, "currency": "USD", "per": "year"}
QUARTERLY = {"amount": "1000", "currency": "USD", "per": "quarter"}


@pytest.mark.parametrize(
    ("agreed", "stopped", "expected"),
    [
        ([("2026-01-01", 500)], None, {"USD": "500"}),
        ([("2026-01-01", YEARLY)], None, {"USD": "100"}),
        ([("2026-01-01", QUARTERLY)], None, {"USD": "333.3333"}),
        ([("2026-01-01", 500), ("2026-10-31", 650)], None, {"USD": "650"}),
        ([("2026-01-01", 500), ("2026-11-01", 650)], None, {"USD": "500"}),  # from the next month on
        ([("2026-01-01", 500), ("2026-06-01", None)], None, {"USD": "0"}),
        ([("2026-01-01", 500)], "2026-10-20", {"USD": "0"}),
        ([("2026-01-01", 500)], "2026-11-02", {"USD": "500"}),  # stopped after the month
        ([("2026-01-01", {"amount": 70, "currency": "EUR"})], None, {"EUR": "70"}),
        ([("2026-01-01", 0)], None, {"USD": "0"}),  # on trial
        ([("2026-01-01", None)], None, {None: None}),
        ([], None, {None: None}),
    ],
)
def test_the_fee_of_a_month(books, agreed, stopped, expected) -> None:
    books.customer(*agreed, stopped=stopped)
    found = books.figures("D1")
    assert {key: figure.value for key, figure in found.items()} == {
        key: value and Decimal(value) for key, value in expected.items()
    }
    assert found[next(iter(expected))].unknown == (expected == {None: None})
    assert found[next(iter(expected))].coverage == 1


def test_a_day_begins_where_the_customer_is(books) -> None:
    new_york = books.customer(("2026-01-01", 100), ("2026-10-15", 200), zone="America/New_York")
    day = Period.parse("2026-10-15..2026-10-16", "UTC", at("2026-11-20"))
    assert books.figures("D1", new_york, period=day, as_of=at("2026-10-15 03:59"))["USD"].value == 100
    assert books.figures("D1", new_york, period=day, as_of=at("2026-10-15 04:01"))["USD"].value == 200


def test_currencies_are_never_added_and_customers_of_one_are(books) -> None:
    books.customer(("2026-01-01", 500), tier="gold")
    books.customer(("2026-01-01", 250), tier="silver")
    books.customer(("2026-01-01", {"amount": 80, "currency": "GBP"}))
    books.customer()
    found = books.figures("D1")
    assert {key: figure.value for key, figure in found.items()} == {"USD": 750, "GBP": 80, None: None}
    assert (found["USD"].sample, found[None].unknown) == (2, 1)
    assert {part: f.value for (part, c), f in books.figures("D1", by="tier").items() if c == "USD"} == {
        "gold": 500,
        "silver": 250,
    }
    frame = books.rows("D1")
    assert frame.loc[frame["currency"] == "USD", "amount"].sum() == 750


MOVES = ("new", "reactivation", "expansion", "contraction", "churn", "other_currency")


@pytest.mark.parametrize(
    ("agreed", "stopped", "moves"),
    [
        ([("2026-10-01", 500)], None, {"new": 500}),  # the first of the month belongs to it
        ([("2026-09-30", 500)], None, {}),
        ([("2026-01-01", 0), ("2026-10-09", 500)], None, {"new": 500}),
        ([("2026-01-01", None), ("2026-10-09", 500)], None, {"new": 500}),
        (
            [("2026-01-01", 500), ("2026-10-09", 600), ("2026-10-20", 450)],
            None,
            {"expansion": 100, "contraction": 150},
        ),
        ([("2026-01-01", 500), ("2026-10-09", None)], None, {"churn": 500}),
        ([("2026-01-01", 500), ("2026-10-09", 0)], None, {"churn": 500}),
        ([("2026-01-01", 500)], "2026-10-09", {"churn": 500}),
        ([("2026-01-01", 500), ("2026-10-20", 900)], "2026-10-09", {"churn": 500}),  # what never came true
        ([("2026-01-01", 500), ("2026-08-01", None), ("2026-10-09", 300)], None, {"reactivation": 300}),
        ([("2026-01-01", 500), ("2026-10-09", YEARLY)], None, {"contraction": 400}),
    ],
)
def test_what_moved_it(books, agreed, stopped, moves) -> None:
    books.customer(*agreed, stopped=stopped)
    figure, frame = books.figures("D1b")["USD"], books.rows("D1b")
    assert {name: figure.detail[name] for name in MOVES if figure.detail[name]} == moves
    assert figure.detail["closing"] == books.figures("D1")["USD"].value
    assert figure.detail["opening"] + figure.value == figure.detail["closing"]
    assert sum(frame["amount"]) == figure.value
    parts = books.figures("D1b", by="movement")
    assert {part.replace(" ", "_"): abs(f.value) for (part, _), f in parts.items()} == moves


def test_another_currency_is_neither_growth_nor_loss(books) -> None:
    books.customer(("2026-01-01", 500), ("2026-10-09", {"amount": 450, "currency": "EUR"}))
    found = books.figures("D1b")
    assert {key: f.detail["other_currency"] for key, f in found.items()} == {"USD": -500, "EUR": 450}
    assert {key: (f.detail["opening"], f.detail["closing"]) for key, f in found.items()} == {
        "USD": (500, 0),
        "EUR": (0, 450),
    }
    assert all(f.detail[name] == 0 for f in found.values() for name in MOVES[:-1])


def test_what_nobody_agreed_does_not_move(books) -> None:
    books.customer()
    assert {key: f.value for key, f in books.figures("D1b").items()} == {None: None}
