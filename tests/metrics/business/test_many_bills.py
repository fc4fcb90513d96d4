"""What a customer was billed and paid is told in steps that grow with its bills, not with their square."""

from typing import Any

import pytest
from sqlalchemy import text

from sql import query
from tests.metrics.business.conftest import at

MONTH = {"since": at("2026-06-01"), "until": at("2026-07-01"), "as_of": at("2026-11-20"), "by": None}


def _rows(node: dict[str, Any]) -> float:
    """The rows that a plan and all beneath it took in hand, those that it threw away among them."""
    removed = sum(node[name] for name in node if name.startswith("Rows Removed"))
    return (node["Actual Rows"] + removed) * node["Actual Loops"] + sum(map(_rows, node.get("Plans", ())))


@pytest.mark.parametrize("metric", ["overall_realization", "days_sales_outstanding"])
def test_four_times_the_bills_are_not_sixteen_times_the_work(world, as_viewer, metric) -> None:
    work = {}
    for number in (40, 160):
        invoice = ""
        while world.conn.execute(text("SELECT count(*) FROM biz.payment")).scalar_one() < number:
            invoice = world.invoice("paid", at("2026-07-05"), net=100, gross=120)
            world.entry(invoice_line_ref=world.line(invoice, net=100, currency="USD"))
            world.record(
                "biz.payment",
                "PAY",
                {"invoice_ref": invoice, "amount": 60, "currency": "USD", "paid_on": at("2026-08-01")},
                {},
            )
        if number == 40:  # few are credited
            world.invoice("posted", at("2026-07-20"), kind="credit", net=20, gross=24, credits_ref=invoice)
        world.work_out()
        with as_viewer([world.customer_id]) as reader:
            question = text("EXPLAIN (ANALYZE, FORMAT JSON) " + query(f"viewer/{metric}"))
            (plan,) = reader.execute(question, MONTH | {"customer_ids": [world.customer_id]}).scalar_one()
        work[number] = _rows(plan["Plan"])
    assert work[160] < 6 * work[40], work
