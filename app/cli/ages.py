"""kpi ages: how long things take over long periods and for many customers, in days, and how old what waits was day by day."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.ground import customers, database, find_customer
from app.cli.output import AsJson, answer, refuse
from app.cli.reading import AsOf, MetricName, PeriodText, instant_named, metric_named, period_of
from metrics import ages
from sql.database import viewer


def kpi_ages(
    metric: MetricName,
    period: PeriodText,
    customer: Annotated[str | None, typer.Option("--customer", help="The customer's key.")] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", help="All customers of a partner, as one.")
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="The share that is over by each age.")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="What was open at each day's end, by age.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="project or practice")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Durations in whole days (C2, C4, C5, C9, A13b, B6, B7): percentiles, the curve, or the ages of what was open day by day."""
    found = metric_named(metric)
    if found.key not in ages.KINDS:
        refuse(f"ages are kept of {', '.join(ages.KINDS)}; {found.key} is none of them")
    if (customer is None) == (partner is None):
        refuse("name either --customer or --partner")
    if by is not None and (by not in ages.PARTS or daily or found.key not in ages.SPLIT):
        refuse(
            f"percentiles and curves of {' and '.join(ages.SPLIT)} can be split by {' or '.join(ages.PARTS)}, and nothing else by anything"
        )
    if curve and daily:
        refuse("--curve and --daily are two answers")
    with database() as db:
        if customer is not None:
            entries = [find_customer(db, customer)]
        else:
            entries = [entry for entry in customers(db) if entry.partner_key == partner]
        if not entries:
            refuse(f"there is no partner '{partner}'")
        own = [entry.customer_id for entry in entries]
        span, instant = period_of(period, entries[0]), instant_named(as_of)
        together = customer is None
        with viewer(db, own, instant, staff=True) as conn:
            if daily:
                rows = ages.open_by_day(conn, found.key, own, span, together=together, as_of=instant)
            else:
                ask = ages.curve if curve else ages.summary
                rows = ask(conn, found.key, own, span, by=by, together=together, as_of=instant)
    answer([_line(row) for row in rows], as_json, "Nothing was under way on these days.")


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "customer_id"}
