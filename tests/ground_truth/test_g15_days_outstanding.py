"""G15: days sales outstanding as two public explanations work it out (upflow.io; fool.com/terms/d/days-sales-outstanding)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, text

from sql import query


def days(conn: Connection, receivable: int, sales: list[int], lengths: list[int], **more: int) -> Any:
    """The row for sales by month, the latest first; all of them are the period unless `span` says otherwise."""
    asked = {"opening": 0, "current": receivable, "span": len(sales)} | more
    statement = text(query("kpi/days_outstanding_of_values"))
    return conn.execute(statement, asked | {"receivable": receivable, "sales": sales, "days": lengths}).one()


@pytest.mark.parametrize(
    ("receivable", "sales", "length", "expected"),
    [(200_000, 2_000_000, 365, 36.5), (18_000, 20_000, 30, 27.0)],
)
def test_the_simple_days(conn: Connection, receivable: int, sales: int, length: int, expected: float) -> None:
    assert days(conn, receivable, [sales], [length]).simple == pytest.approx(expected)


def test_the_count_back(conn: Connection) -> None:
    # 212,000 owed after 70,000, 80,000 and 100,000: two months of 30 days, and 32 of the 70
    found = days(conn, 212_000, [100_000, 80_000, 70_000], [30, 30, 30])
    assert found.countback == pytest.approx(60 + 32 / 70 * 30)
    assert round(found.countback, 1) == 73.7


def test_best_possible_and_delinquent_days_add_up_to_the_simple_ones(conn: Connection) -> None:
    found = days(conn, 200_000, [2_000_000], [365], current=150_000)
    assert found.best_possible + found.delinquent == pytest.approx(found.simple)


def test_collecting_all_that_was_due_is_wholly_effective(conn: Connection) -> None:
    # all that is still owed is not due yet
    assert days(conn, 40, [100], [30], opening=60, current=40).effectiveness == 1
    assert days(conn, 60, [100], [30], opening=60, current=40).effectiveness == pytest.approx(100 / 120)


def test_days_locked_up_in_work_and_in_debts(conn: Connection) -> None:
    asked = {"wip": Decimal("312285.48"), "fees": Decimal("1577379.08"), "receivable": 200_000, "days": 365}
    statement = text(query("kpi/lock_up_of_values"))
    found = conn.execute(statement, asked | {"sales": asked["fees"]}).one()
    assert (int(found.wip_days), int(found.debtor_days)) == (72, 46)
    assert found.wip_days == pytest.approx(72.26, abs=0.005)
    assert found.lock_up_days == pytest.approx(found.wip_days + found.debtor_days)
