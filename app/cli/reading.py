"""Commands that answer with figures: kpi list, kpi show, kpi rows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from app import proof, shares
from app.cli.ground import CustomerEntry, customers, database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, refuse
from app.wording import NOT_REACHED, Words, is_not_reached
from metrics import catalogue, read
from metrics.figure import Figure
from metrics.metric import Metric
from metrics.period import Period
from sql.database import viewer

kpi = typer.Typer(help="Any figure, and the rows behind it.", no_args_is_help=True)

MetricName = Annotated[str, typer.Argument(metavar="METRIC", help="Id or key: A1, sync_success_rate.")]
CustomerKey = Annotated[str, typer.Option("--customer", help="The customer's key.")]
PeriodText = Annotated[
    str, typer.Option("--period", help="2026-10, 2026-10-01..2026-10-15 (the last is not in it) or 28d.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="An instant in ISO form: what had happened by then.")
]


@kpi.command("list")
def kpi_list(as_json: AsJson = False) -> None:
    """Every metric that is counted."""
    rows = [
        {"id": m.id, "key": m.key, "title": m.title, "unit": m.unit, "better": m.better, "version": m.version}
        for m in catalogue.METRICS
    ]
    answer(rows, as_json, "No metrics.")


@kpi.command("show")
def kpi_show(
    metric: MetricName,
    period: PeriodText,
    customer: Annotated[str | None, typer.Option("--customer", help="The customer's key.")] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", help="All customers of a partner, one by one.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="flow, day, system, … as the metric allows.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """One figure, and its parts."""
    found = metric_named(metric)
    if by is not None and by not in found.by:
        refuse(f"{found.key} cannot be split by '{by}'; it can by {', '.join(found.by) or 'nothing'}")
    if (customer is None) == (partner is None):
        refuse("name either --customer or --partner")
    if customer is None:
        _show_portfolio(found, partner or "", period, by, as_of, as_json)
        return
    with database() as db:
        entry = find_customer(db, customer)
        span, instant = period_of(period, entry), instant_named(as_of)
        with viewer(db, [entry.customer_id], instant, staff=True) as conn:
            whole = read.figures(conn, found.key, [entry.customer_id], span, as_of=instant)
            parts = (
                read.figures(conn, found.key, [entry.customer_id], span, by=by, as_of=instant) if by else []
            )
    if as_json:
        answer_json(document(found, entry, span, whole, parts))
        return
    words = Words(entry.locale, entry.time_zone)
    answer([line(figure, words) for figure in (*whole, *parts)], False, "There is nothing to say: no data.")


def _show_portfolio(
    metric: Metric, partner: str, period: str, by: str | None, as_of: str | None, as_json: bool
) -> None:
    """One figure for each customer of a partner, each in its own contract's zone."""
    with database() as db:
        entries = {c.customer_id: c for c in customers(db) if c.partner_key == partner}
        if not entries:
            known = ", ".join(dict.fromkeys(c.partner_key for c in customers(db)))
            refuse(f"there is no partner '{partner}'; partners are {known or 'none yet (throughline apply)'}")
        periods = {own: period_of(period, entry) for own, entry in entries.items()}
        instant = instant_named(as_of)
        with viewer(db, list(entries), instant, staff=True) as conn:
            whole = read.portfolio(conn, metric.key, periods, as_of=instant)
            parts = read.portfolio(conn, metric.key, periods, by=by, as_of=instant) if by else []
    if as_json:
        answer_json(
            [
                document(metric, entry, periods[own], _of(whole, own), _of(parts, own))
                for own, entry in entries.items()
            ]
        )
        return
    lines = sorted((*whole, *parts), key=lambda figure: (entries[figure.customer_ids[0]].key, figure.part))
    told = [_told(entries[figure.customer_ids[0]], figure) for figure in lines]
    answer(told, False, "There is nothing to say: no data.")


def _told(entry: CustomerEntry, figure: Figure) -> dict[str, Any]:
    return {"customer": entry.key} | line(figure, Words(entry.locale, entry.time_zone))


def _of(figures: list[Figure], customer_id: int) -> list[Figure]:
    return [figure for figure in figures if figure.customer_ids == (customer_id,)]


@kpi.command("rows")
def kpi_rows(
    metric: MetricName,
    customer: CustomerKey,
    period: PeriodText,
    as_of: AsOf = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many rows.")] = None,
    as_json: AsJson = False,
) -> None:
    """The rows that a figure is counted from; they add up to it."""
    found = metric_named(metric)
    with database() as db:
        entry = find_customer(db, customer)
        span, instant = period_of(period, entry), instant_named(as_of)
        with viewer(db, [entry.customer_id], instant, staff=True) as conn:
            frame = read.rows(conn, found.key, [entry.customer_id], span, as_of=instant, limit=limit)
    plain = frame.astype(object).where(frame.notna(), None)
    rows = [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False)]
    answer(rows, as_json, "No rows.")


def document(
    metric: Metric, customer: CustomerEntry, period: Period, whole: list[Figure], parts: list[Figure]
) -> dict[str, Any]:
    """What `kpi show --json` answers; every key is always there. Several currencies are parts, never a sum.

    What is counted and also weighted by money answers by count, and the currencies are parts.
    """
    by_count = [figure for figure in whole if figure.currency is None and metric.unit != "money"]
    one = whole[0] if len(whole) == 1 else next(iter(by_count), None)
    several = [figure for figure in whole if figure is not one]
    return {
        "id": metric.id,
        "key": metric.key,
        "customer": customer.key,
        "period": {"from": period.since, "to": period.until, "time_zone": period.time_zone},
        **_numbers(one, metric),
        "verdict": None,
        "as_of": whole[0].as_of if whole else None,
        "definition_version": metric.version,
        "detail": dict(one.detail) if one else {},
        "parts": [
            {"part": f.part, **_numbers(f, metric), "detail": dict(f.detail)} for f in (*several, *parts)
        ],
    }


def _numbers(figure: Figure | None, metric: Metric) -> dict[str, Any]:
    names = ("value", "currency", "numerator", "denominator", "unknown", "sample", "coverage", "low", "high")
    said = {name: getattr(figure, name) if figure else None for name in names}
    if figure is not None and is_not_reached(figure):
        said["value"] = NOT_REACHED  # an answer, and another one than having nothing to say
    return {"unit": metric.unit} | said


def line(figure: Figure, words: Words) -> dict[str, Any]:
    """One figure for a person, in the words of the pages and in numbers; what the log claims beside what was verified of it."""
    claimed = (
        {"claimed": proof.claimed(figure, words)} if figure.detail.get("claimed_share") is not None else {}
    )
    said = {"figure": str(shares.of_figure(figure, words))}
    return {"part": figure.part or "all"} | claimed | said | _numbers(figure, figure.metric)


def metric_named(name: str) -> Metric:
    """The metric of that id or key; anything else is refused."""
    try:
        return catalogue.by_key(name)
    except LookupError:
        refuse(f"there is no metric '{name}'; see throughline kpi list")


def period_of(text: str, customer: CustomerEntry) -> Period:
    """The period that a person wrote, in the customer's zone; anything else is refused."""
    try:
        return Period.parse(text, customer.time_zone, now())
    except ValueError as error:
        refuse(str(error))


def instant_named(text: str | None, option: str = "--as-of") -> datetime | None:
    """The instant that a person wrote; None for none. Anything else is refused."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"{option}: '{text}' is no instant; write it like 2026-10-31T18:00:00+00:00")
    if instant.tzinfo is None:
        refuse(f"{option}: '{text}' has no time zone; add Z or +01:00")
    return instant
