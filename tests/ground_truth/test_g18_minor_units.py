"""G18: how many decimals a currency has, from CLDR (JPY 0, USD, EUR and CHF 2, KWD and BHD 3, CLF 4): counted and said alike."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.wording import Words
from metrics import work
from metrics.news import News
from tests.metrics.builders import a_customer, a_system, at, insert

DECIMALS = [("JPY", 0), ("USD", 2), ("EUR", 2), ("CHF", 2), ("KWD", 3), ("BHD", 3), ("CLF", 4)]


@pytest.mark.parametrize(("currency", "decimals"), DECIMALS)
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_money_is_said_to_its_minor_unit(locale: str, currency: str, decimals: int) -> None:
    said = Words(locale, "UTC").money(Decimal("12.34567"), currency, whole=False)
    digits = re.search(r"12(?:[.,](\d+))?", said)
    assert digits
    assert len(digits[1] or "") == decimals


def test_half_a_unit_is_rounded_up_and_not_to_the_even_one() -> None:
    assert Words("en-GB", "UTC").money(Decimal("1234.5"), "JPY", whole=False).endswith("1,235")
    assert Words("en-GB", "UTC").money(Decimal("0.125"), "USD").endswith("0.13")
    assert Words("en-GB", "UTC").money(Decimal("-0.125"), "USD", whole=False).endswith("0.13")


@pytest.mark.parametrize(("currency", "decimals"), DECIMALS)
def test_work_is_worth_whole_minor_units(conn, currency: str, decimals: int) -> None:
    customer = a_customer(conn)
    insert(
        conn,
        "biz.time_entry",
        customer_id=customer,
        system_id=a_system(conn, customer, "psa", "psa"),
        source_id="T1",
        worked_on=date(2026, 6, 1),
        minutes=60,
        billable=True,
        rate=Decimal("12.3457"),
        currency=currency,
        approval_state="draft",
        first_seen_at=at("2026-06-01"),
        last_seen_at=at("2026-06-01"),
    )
    work.count_again(conn, News(customer, None, 0, ()))
    amount = conn.execute(
        text("SELECT amount FROM kpi.work WHERE customer_id = :id"), {"id": customer}
    ).scalar_one()
    assert amount == round(Decimal("12.3457"), decimals)
