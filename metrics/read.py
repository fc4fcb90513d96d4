"""The one way from a question to figures: what a page, the command line and a report show comes through here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

import pandas as pd
from sqlalchemy import Connection, TextClause, text

from metrics.catalogue import by_key
from metrics.combine import STANDARD, combined
from metrics.coverage import TIMES, Coverage, coverage, share
from metrics.figure import Figure
from metrics.metric import Metric
from metrics.moment import moment
from metrics.once import asked_once, once
from metrics.period import Period
from sql import query
from sql.ask import mappings
from sql.database import look_from

PRESENT = timedelta(minutes=3)
_SEEN = ("transaction_seen", "latency_seen", "duration_seen", "finished_seen", "money_seen")
_SPLIT = (
    "transaction_by_flow",
    "latency_by_flow",
    "duration_by_flow",
    "part_of_each",
    "part_name",
    "part_join",
    "counted_once",
    "exception_place",
    "trouble_part",
    "place_known",
    "record_place",
    "place_part",
)
Row = Mapping[str, Any]


def figures(
    conn: Connection,
    metric_key: str,
    customer_ids: Sequence[int],
    period: Period,
    by: str | None = None,
    as_of: datetime | None = None,
) -> list[Figure]:
    """The figures of one metric: one for each part, and for each currency where money is counted.

    Several customers become one figure, unless the metric cannot be combined (`Metric.combine`). `conn` is a viewer's
    (sql.database.viewer); `as_of` defaults to the instant of its scope. A part in which nothing happened has a figure
    whose value is None.

    What is rolled up is read from the counts when the instant is the present, give or take `PRESENT`; they are as
    old as the last refresh. From any other instant the transactions themselves are counted. Raises LookupError for
    an unknown metric, PermissionError for the partner's own to anybody else, ValueError for a split it does not have.
    """
    metric = _split(conn, metric_key, by)
    return _answered(conn, metric, customer_ids, period, by, *_look(conn, as_of))


def several(
    conn: Connection, metrics: Sequence[Metric], customer_ids: Sequence[int], period: Period
) -> list[Figure]:
    """The figures of several metrics, in this order, each as `figures` answers it; what was read of the same objects is asked once."""
    look = _look(conn, None)
    with asked_once(conn):
        return [
            figure
            for metric in metrics
            for figure in _answered(conn, allowed(conn, metric.key), customer_ids, period, None, *look)
        ]


def portfolio(
    conn: Connection,
    metric_key: str,
    periods: Mapping[int, Period],
    by: str | None = None,
    as_of: datetime | None = None,
) -> list[Figure]:
    """The same, one figure for each customer: months are cut in each contract's own zone (`periods` by customer_id)."""
    metric = _split(conn, metric_key, by)
    seen, now = _look(conn, as_of)
    figures_ = []
    for period in dict.fromkeys(periods.values()):
        customers = [customer for customer, own in periods.items() if own == period]
        found = _found(conn, metric, customers, period, by, seen, now)
        read = coverage(conn, metric, customers, period, by=by, as_of=seen)
        figures_ += [
            _figure(metric, list(members), period, by, read, seen or now)
            for _, members in groupby(sorted(found, key=_place_of_each), key=_place_of_each)
        ]
    return figures_


def allowed(conn: Connection, metric_key: str) -> Metric:
    """The metric; LookupError when there is none, PermissionError when it is the partner's and the reader is not of its people."""
    metric = by_key(metric_key)
    if metric.is_for_partner and not mappings(conn, query("kpi/staff"), {})[0]["is_staff"]:
        raise PermissionError(f"{metric.id} {metric.key} is for the partner's own people")
    return metric


def _split(conn: Connection, metric_key: str, by: str | None) -> Metric:
    metric = allowed(conn, metric_key)
    if by is not None and by not in metric.by:
        can = ", ".join(metric.by) or "nothing"
        raise ValueError(f"{metric.id} {metric.key} cannot be split by {by!r}; it can be split by: {can}")
    return metric


def _found(
    conn: Connection,
    metric: Metric,
    customer_ids: Sequence[int],
    period: Period,
    by: str | None,
    seen: datetime | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of a question."""
    is_counted = metric.is_rolled_up and _is_present(seen, now)
    asked = _parameters(customer_ids, period, None if is_counted else seen) | {"by": by}

    def ask() -> list[dict[str, Any]]:
        with _at_the_end(conn, metric, period, seen, now):
            return answer(conn, metric.key, asked, is_counted=is_counted)

    return once(conn, (metric.key, is_counted, seen), asked, ask)


def answer(conn: Connection, metric_key: str, asked: Row, *, is_counted: bool) -> list[dict[str, Any]]:
    """The rows of a metric's own query for its parameters, from what is counted or from the facts: figures are made of them."""
    left_out = (_SEEN if is_counted else ()) + (_SPLIT if asked["by"] is None else ())
    question = query(f"viewer/{metric_key}", left_out)
    return mappings(conn, question, asked, planned_once=is_counted)


def _answered(
    conn: Connection,
    metric: Metric,
    customer_ids: Sequence[int],
    period: Period,
    by: str | None,
    seen: datetime | None,
    now: datetime,
) -> list[Figure]:
    found = _found(conn, metric, customer_ids, period, by, seen, now)
    read = coverage(conn, metric, customer_ids, period, by=by, as_of=seen)
    order = _place_of_each if metric.combine == "each" else _place
    return [
        _figure(metric, list(members), period, by, read, seen or now)
        for _, members in groupby(sorted(found, key=order), key=order)
    ]


def _figure(
    metric: Metric,
    group: list[dict[str, Any]],
    period: Period,
    by: str | None,
    read: Coverage,
    as_of: datetime,
) -> Figure:
    value = combined(metric, group)
    customers = tuple(sorted({row["customer_id"] for row in group}))
    part = group[0]["part"]
    return Figure(
        metric=metric,
        customer_ids=customers,
        period=period,
        part=part,
        value=value["value"],
        unit=metric.unit,
        currency=group[0]["currency"],
        numerator=value["numerator"],
        denominator=value["denominator"],
        unknown=value["unknown"],
        sample=value["sample"],
        coverage=share(read, customers, part if by in TIMES else ""),
        low=value["low"],
        high=value["high"],
        as_of=as_of,
        definition_version=metric.version,
        detail={name: item for name, item in value.items() if name not in STANDARD},
    )


def rows(
    conn: Connection,
    metric_key: str,
    customer_ids: Sequence[int],
    period: Period,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """The rows behind a metric's figures; without a limit they add up to numerator, denominator and unknown.

    Columns: customer_id, system_key, item_id, label, at, outcome, in_numerator, in_denominator, is_unknown, value,
    amount, currency, flow_key. An empty frame has the same columns.
    """
    metric, seen, now = _looked(conn, metric_key, as_of)
    asked = _parameters(customer_ids, period, seen) | {"row_limit": limit}
    with _at_the_end(conn, metric, period, seen, now):
        result = conn.execute(_statement(f"viewer/{metric.key}_rows"), asked)
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def records(
    conn: Connection,
    metric_key: str,
    customer_ids: Sequence[int],
    period: Period,
    as_of: datetime | None = None,
) -> list[dict[str, Any]]:
    """The same rows one by one, all of them: for whoever walks them, a frame of thousands costs more than the rows."""
    metric, seen, now = _looked(conn, metric_key, as_of)
    asked = _parameters(customer_ids, period, seen) | {"row_limit": None}
    with _at_the_end(conn, metric, period, seen, now):
        return mappings(conn, query(f"viewer/{metric.key}_rows"), asked)


@cache
def _statement(name: str) -> TextClause:
    return text(query(name))


def _looked(
    conn: Connection, metric_key: str, as_of: datetime | None
) -> tuple[Metric, datetime | None, datetime]:
    return allowed(conn, metric_key), *_look(conn, as_of)


def _look(conn: Connection, as_of: datetime | None) -> tuple[datetime | None, datetime]:
    """The instant to look from (None: now) and the present one. Views read it from the scope, so it is set there."""
    own = moment(conn)
    if as_of is None or as_of == own.asked:
        return own.asked, own.now
    look_from(conn, as_of)
    return as_of, own.now


@contextmanager
def _at_the_end(
    conn: Connection, metric: Metric, period: Period, seen: datetime | None, now: datetime
) -> Iterator[None]:
    """For a stock, look from the last instant of the period while it is read, unless the reader looks from before it."""
    end = period.until - timedelta(microseconds=1)
    if not metric.is_stock or end >= (seen or now):
        yield
        return
    look_from(conn, end)
    yield
    look_from(conn, seen)


def _is_present(seen: datetime | None, now: datetime) -> bool:
    return seen is None or timedelta(0) <= now - seen <= PRESENT


def _parameters(customer_ids: Sequence[int], period: Period, as_of: datetime | None) -> dict[str, Any]:
    return {"customer_ids": list(customer_ids), "since": period.since, "until": period.until, "as_of": as_of}


def _place(row: Row) -> tuple[str, str]:
    return row["part"], row["currency"] or ""


def _place_of_each(row: Row) -> tuple[str, str, int]:
    return *_place(row), row["customer_id"]
