"""kpi balances: what a stock was worth at each day's end, as it is known now or as it was known then."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.ground import database, find_customer
from app.cli.output import AsJson, answer, refuse
from app.cli.reading import CustomerKey, MetricName, PeriodText, instant_named, metric_named, period_of
from metrics import balances
from sql.database import viewer


def kpi_balances(
    metric: MetricName,
    customer: CustomerKey,
    period: PeriodText,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="As it was known at this instant in ISO form; else now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The balance of every day of a period that has ended: unbilled time, what is owed (C16), what is to be delivered (C18),
    transactions that wait (A10), open exceptions and their money (A13)."""
    found = metric_named(metric)
    if found.key not in balances.METRICS:
        refuse(f"balances are drawn of {', '.join(balances.METRICS)}; {found.key} is none of them")
    with database() as db:
        entry = find_customer(db, customer)
        span, known = period_of(period, entry), instant_named(known_at, "--known-at")
        with viewer(db, [entry.customer_id]) as conn:
            rows = balances.days(conn, found.key, [entry.customer_id], span, known)
    answer(
        [{k: v for k, v in row.items() if k != "customer_id"} for row in rows], as_json, "No balances yet."
    )
