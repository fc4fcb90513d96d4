"""However terms follow each other: opening and movements are the closing, and both are what a plain walk through the days says."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

pytestmark = pytest.mark.slow

FIRST = date(2026, 9, 1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
fees = st.none() | st.builds(
    lambda amount, currency, per: {"amount": str(amount), "currency": currency, "per": per},
    st.sampled_from([0, 0, 100, 250, 1000]),
    st.sampled_from(["USD", "EUR"]),
    st.sampled_from(list(MONTHS)),
)
customers = st.tuples(st.dictionaries(st.integers(0, 80), fees, max_size=5), st.none() | st.integers(0, 80))


def monthly(fee):
    """(currency, amount) of a month."""
    exact = Decimal(fee["amount"]) / MONTHS[fee["per"]]
    return fee["currency"], exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def walk(agreed, stop):
    """Day by day: the closing balance, and what moved it, by currency, from the first of October to its end; no SQL, no windows."""
    paid, moved = {}, defaultdict(Decimal)
    has_paid = False
    opening = {}
    for number in range((date(2026, 11, 1) - FIRST).days):
        day = FIRST + timedelta(days=number)
        if day == date(2026, 10, 1):
            opening = dict(paid)
        if stop is not None and number >= stop:
            after = {}
        elif number in agreed:
            named = [monthly(agreed[number])] if agreed[number] else []
            after = {currency: amount for currency, amount in named if amount}
        else:
            continue
        if day >= date(2026, 10, 1) and after != paid:
            ((old, was),) = paid.items() or [(None, Decimal(0))]
            ((new, now),) = after.items() or [(None, Decimal(0))]
            if not was:
                moved["reactivation" if has_paid else "new", new] += now
            elif not now:
                moved["churn", old] += was
            elif old != new:
                moved["other_currency", old] -= was
                moved["other_currency", new] += now
            else:
                moved["expansion" if now > was else "contraction", new] += abs(now - was)
        paid = after
        has_paid = has_paid or bool(after)
    return opening, moved, paid


def test_opening_and_movements_are_the_closing(books) -> None:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(customers, min_size=1, max_size=4))
    def hold(drawn) -> None:
        nested = books.conn.begin_nested()
        books.customers.clear()
        expected, openings, closings = (defaultdict(Decimal) for _ in range(3))
        for agreed, stop in drawn:
            versions = [((FIRST + timedelta(days=n)).isoformat(), fee) for n, fee in agreed.items()]
            ends = None if stop is None else (FIRST + timedelta(days=stop)).isoformat()
            books.customer(*versions, stopped=ends)
            begins, moved, closes = walk(agreed, stop)
            for name, amount in moved.items():
                expected[name] += amount
            for currency, amount in begins.items():
                openings[currency] += amount
            for currency, amount in closes.items():
                closings[currency] += amount
        found = books.figures("D1b")
        told = books.figures("D1")
        frame = books.rows("D1b")
        for currency, figure in found.items():
            if currency is None:
                continue
            of = figure.detail
            for name in ("new", "reactivation", "expansion", "contraction", "churn", "other_currency"):
                assert of[name] == expected[name, currency], (name, drawn)
            added = of["new"] + of["reactivation"] + of["expansion"] + of["other_currency"]
            assert of["opening"] + added - of["contraction"] - of["churn"] == of["closing"]
            assert (of["opening"], of["closing"]) == (openings[currency], closings[currency])
            mine = frame.loc[frame["currency"] == currency, "amount"]
            assert sum(mine, Decimal(0)) == figure.value == of["closing"] - of["opening"]
        assert {c for _, c in expected} <= set(found)
        assert {c: f.value for c, f in told.items() if c and f.value} == {
            c: v for c, v in closings.items() if v
        }
        nested.rollback()

    hold()


def test_the_walk_itself_is_right() -> None:
    opening, moved, closing = walk(
        {
            0: {"amount": "300", "currency": "USD", "per": "quarter"},
            40: None,
            50: {"amount": "70", "currency": "USD", "per": "month"},
        },
        None,
    )
    assert (opening, closing) == ({"USD": 100}, {"USD": 70})
    assert dict(moved) == {("churn", "USD"): 100, ("reactivation", "USD"): 70}
