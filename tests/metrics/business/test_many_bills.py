"""What a customer was billed and paid, and what is at risk, is told in steps that grow with the records, not with their square."""

from datetime import datetime, timedelta
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


def test_four_times_the_failed_transactions_are_not_sixteen_times_the_work(world, as_viewer) -> None:
    flow, work = world.flow("opportunity to project", 1), {}
    for number in (40, 160):
        while (
            made := world.conn.execute(text("SELECT count(*) FROM ops.exception_occurrence")).scalar_one()
        ) < number:
            world.won(at("2026-06-02"), number=f"N-{made}", amount=100, currency="USD")
            due = at("2026-06-03") + timedelta(minutes=made)
            run = world.run(due, status="failed", object_type="project", object_key=f"N-{made}", flow_id=flow)
            failed(world, flow, run, due, made + 1)
        with as_viewer([world.customer_id]) as reader:
            question = text("EXPLAIN (ANALYZE, FORMAT JSON) " + query("viewer/value_at_risk"))
            (plan,) = reader.execute(question, MONTH | {"customer_ids": [world.customer_id]}).scalar_one()
        work[number] = _rows(plan["Plan"])
    assert work[160] < 6 * work[40], work


def failed(world, flow: int, run: str, due: datetime, number: int) -> None:
    """An open exception of one run."""
    keys = {"customer_id": world.customer_id, "exception_id": number, "system_id": world.system_id}
    times = dict.fromkeys(
        ("opened_at", "last_occurred_at", "first_seen_at", "last_seen_at"), at("2026-06-03")
    )
    said = {
        "rule": "run_failed",
        "class": "technical",
        "fingerprint": f"F{number}",
        "fingerprint_version": 1,
        "title": "It failed",
    }
    world.put("ops.exception", **keys | times | said)
    about = {
        "subject_type": "transaction",
        "subject_id": run,
        "flow_id": flow,
        "occurred_at": due,
    }
    world.put("ops.exception_occurrence", **keys | about)
